"""The laws of the provider contract; each is one question to a provider and its vendor's side."""
