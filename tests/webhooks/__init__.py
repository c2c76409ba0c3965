"""Reports that are pushed to us."""
