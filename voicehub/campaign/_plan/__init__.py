"""A campaign is read, checked and stored, and a digest binds what was looked at."""
