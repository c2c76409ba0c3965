"""The layout of a file, and a block of its rows: what the readers of all formats share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from voicehub.campaign._input.columns import Column

Kind = Literal["csv", "jsonl", "excel", "parquet"]
#: A row: its cells in the order of the columns, or by name (JSON lines).
Row = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """Where the numbers are in a file. ``header``: the first row names the columns.

    ``delimiter`` is for CSV, ``sheet`` for Excel; ``only``: take only rows with this outcome (``None``: all rows).
    """

    path: Path
    kind: Kind
    columns: tuple[str, ...]
    column: Column
    header: bool = True
    delimiter: str | None = None
    sheet: str | None = None
    only: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `of` reads it back."""
        return {**asdict(self), "path": str(self.path), "column": list(self.column)}

    def terms(self) -> dict[str, Any]:
        """What decides which numbers are read from the same bytes."""
        place, name, _ = self.column
        table = {"kind": self.kind, "column": [place, name], "header": self.header, "only": self.only}
        return {**table, "delimiter": self.delimiter, "sheet": self.sheet}

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Layout":
        """The layout that `as_dict` wrote."""
        made = {"path": Path(table["path"]), "columns": tuple(table["columns"]), "column": Column(*table["column"])}
        return cls(**{**table, **made})


@dataclass(slots=True)
class Block:
    """Some rows in order. ``lines``: the line each begins on, found only on demand.

    ``faults``: positions in the block whose row or number could not be read, with what is wrong.
    """

    rows: Sequence[Row]
    numbers: Sequence[str]
    lines: Callable[[], Sequence[int]]
    faults: Mapping[int, str] = field(default_factory=dict)

    def believed(self) -> Sequence[str]:
        """The numbers, ``""`` where there is a fault."""
        if not self.faults:
            return self.numbers
        return ["" if place in self.faults else number for place, number in enumerate(self.numbers)]

    def picked(self, places: Sequence[int]) -> "Block":
        """Only these rows."""
        return Block(
            [self.rows[place] for place in places],
            [self.numbers[place] for place in places],
            lambda: [lines[place] for lines in [self.lines()] for place in places],
            {new: self.faults[old] for new, old in enumerate(places) if old in self.faults},
        )


def cell(row: Row, place: int, name: str) -> Any:
    """One cell; ``None`` where the row has none."""
    if isinstance(row, Mapping):
        return row.get(name)
    return row[place] if place < len(row) else None


def numbers_of(values: Iterable[Any]) -> tuple[list[str], dict[int, str]]:
    """Numbers from cells with types, and the positions of those that are not numbers, each with what is wrong."""
    numbers: list[str] = []
    faults: dict[int, str] = {}
    for place, value in enumerate(values):
        numbers.append(text_of(value))
        # As text -1 or 1.5 would pass for a phone number: people separate digits by dots and dashes.
        if isinstance(value, int | float | Decimal) and not numbers[-1].isdigit():
            faults[place] = "is no whole number above 0"
        elif isinstance(value, datetime | date | time):
            faults[place] = "is a date or a time"
    return numbers, faults


def text_of(value: Any) -> str:
    """A value as text: whole numbers without ``.0``, times as ISO 8601, nothing as ``""``."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | Decimal):
        try:
            return str(int(value)) if value == int(value) else str(value)
        except (ValueError, OverflowError):  # infinite, or not a number
            return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        import json

        return json.dumps(value)
    return str(value)
