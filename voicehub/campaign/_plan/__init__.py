"""Reads, checks and stores a campaign; a digest binds everything that was planned."""
