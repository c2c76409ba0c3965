"""Which column holds the numbers: the one that is named, else the only possible one; never a guess between two."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from voicehub._masking import printable
from voicehub.errors import ConfigError

SAMPLE = 50  # rows that are looked at
_NAMES = {
    *("phone", "phones", "number", "msisdn", "mobile", "callee", "to", "tel", "telephone", "cell", "cellphone"),
    *("phonenumber", "phoneno", "mobilenumber", "mobileno", "mobilephone", "telephonenumber", "callednumber"),
    "recipient",
}
_LIKE_A_NUMBER = re.compile("[0-9 .()+/-]+")
_LIKE_A_DATE = re.compile("[0-9]{4}([./ -])[0-9]{1,2}\\1[0-9]{1,2}|[0-9]{1,2}([./ -])[0-9]{1,2}\\2[0-9]{4}")
_NO_NAME = 5  # a cell with this many digits is no column name; a name may contain a year


class Column(NamedTuple):
    """The column of the numbers. ``place`` counts from 0; ``guessed``: it was not named."""

    place: int
    name: str
    guessed: bool


def is_header(first: Sequence[str], asked: str | None) -> bool:
    """Whether the first row names the columns: it has the name that was asked for, or no cell has many digits.

    If unsure it counts as a row: a header is then listed as invalid, but a lost row would not be noticed. Not so the
    header of a report, which must be recognized as one.
    """
    named = (asked is not None and asked in first) or _is_of_a_report(first)
    return named or not any(_digits(cell) >= _NO_NAME for cell in first)


def outcome_in(names: Sequence[str]) -> int | None:
    """The position of a report's column ``outcome``, however it is capitalized; ``None``: there is none."""
    return next((place for place, name in enumerate(names) if _plain(name) == "outcome"), None)


def _is_of_a_report(row: Sequence[str]) -> bool:
    return {"outcome", "call_id"} <= {*map(_plain, row)}


def _plain(name: str) -> str:
    return name.strip().casefold()


def numbered(count: int) -> list[str]:
    """Names for columns without a name."""
    return [f"column_{place + 1}" for place in range(count)]


def choose(names: Sequence[str], rows: Sequence[Sequence[str]], asked: str | None) -> Column:
    """The column of the numbers: by name, by position from 1, or guessed. Raises `ConfigError` listing the columns.

    Also if the names of a report's columns stand in one of the rows: as a table without them it would be planned again.
    """
    if any(map(_is_of_a_report, rows)):
        raise ConfigError("the columns of a report are named below its first row; delete what stands above their names")
    if asked is not None:
        return Column(*_asked_for(names, asked), guessed=False)
    known = [place for place, name in enumerate(names) if re.sub("[^a-z]", "", name.lower()) in _NAMES]
    alike = [place for place in range(len(names)) if _holds_numbers(rows, place)]
    for places in (known, [place for place in known if place in alike], alike):
        if len(places) == 1:
            return Column(places[0], names[places[0]], guessed=True)
    why = "several columns could hold the numbers" if known or alike else "no column looks like numbers"
    raise ConfigError(f"{why}; name one with --column (from Python: column=). {_listed(names)}")


def _asked_for(names: Sequence[str], asked: str) -> tuple[int, str]:
    places = [place for place, name in enumerate(names) if name == asked]
    if not places and re.fullmatch("[0-9]{1,6}", asked) and 1 <= int(asked) <= len(names):
        places = [int(asked) - 1]
    if not places:
        raise ConfigError(f"there is no column {printable(repr(asked))}. {_listed(names)}")
    if len(places) > 1:
        which = " and ".join(str(place + 1) for place in places)
        raise ConfigError(
            f"{len(places)} columns are named {printable(repr(asked))}; ask for one by its position, {which}"
        )
    return places[0], names[places[0]]


def _holds_numbers(rows: Sequence[Sequence[str]], place: int) -> bool:
    values = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
    return bool(values) and all(
        _digits(value) >= _SHORTEST and _LIKE_A_NUMBER.fullmatch(value) and not _LIKE_A_DATE.fullmatch(value)
        for value in values
    )


def _digits(cell: str) -> int:
    return sum(map(str.isdigit, cell))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"{place} {printable(repr(name))}" for place, name in enumerate(names[:_SHOWN], 1))
    return f"The columns are {shown}" + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


_SHORTEST = 7  # digits of the shortest number
_SHOWN = 30
