"""Files of callees, read once and in constant memory: their formats, their columns, their numbers."""
