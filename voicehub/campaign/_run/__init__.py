"""A campaign is run: slots drive generators, and each account has a governor."""
