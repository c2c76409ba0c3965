"""Settles doubts by evidence only: a callee known to have been phoned is accepted; no callee is released."""
