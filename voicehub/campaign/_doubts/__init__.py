"""Doubts are settled by evidence alone: who is known to have been phoned is accepted, nobody is released."""
