"""Files that are type-checked and never run: they play the people who use the library."""
