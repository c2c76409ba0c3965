"""The suite: it mirrors the rooms of ``voicehub``."""
