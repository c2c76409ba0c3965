"""Suggests the known name closest to a misspelt one."""

from collections.abc import Iterable

from voicehub._masking import printable


def closest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'alerts'?`` to append to an error text, or ``""`` if no known name is similar."""
    from difflib import get_close_matches  # imported here: only an error needs it

    found = get_close_matches(name, list(known), 1)
    return f"; did you mean {printable(found[0])!r}?" if found else ""
