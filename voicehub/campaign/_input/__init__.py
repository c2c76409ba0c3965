"""Files of callees, read in constant memory: their formats, their columns, their numbers."""
