"""What somebody meant who misspelt a name."""

from collections.abc import Iterable

from voicehub._masking import printable


def closest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'alerts'?`` to put behind an error, or ``""`` where no known name looks like this one."""
    from difflib import get_close_matches  # here, for only an error needs it

    found = get_close_matches(name, list(known), 1)
    return f"; did you mean {printable(found[0])!r}?" if found else ""
