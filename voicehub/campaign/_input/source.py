"""A file of callees, read block by block: its format, the column of its numbers, and whether it stayed unchanged."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from voicehub.campaign._input import csv, jsonl, tables
from voicehub.campaign._input.columns import outcome_in
from voicehub.campaign._input.layout import Block, Layout, cell
from voicehub.campaign._input.stream import Fingerprint, Watched, shown, unreadable
from voicehub.campaign._outcomes import OUTCOMES, SAFE_AGAIN
from voicehub.errors import ConfigError

_LOOKS = {
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), jsonl.look),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), tables.look_excel),
    **dict.fromkeys((".parquet", ".pq"), tables.look_parquet),
}
_BLOCKS: dict[str, Callable[..., Iterator[Block]]] = {
    "csv": csv.blocks,
    "jsonl": jsonl.blocks,
    "excel": tables.blocks,
    "parquet": tables.blocks,
}


def look(path: Path, column: str | None = None, only: str | None = None) -> Layout:
    """The format of the file, by its suffix (any other: CSV), and the column of the numbers.

    ``column``: its name, or its position from 1; ``None``: it is guessed, if only one is possible. ``only``: take only
    a report's rows with this outcome; a report is refused without it. Raises `ConfigError`.
    """
    if only is not None and only not in SAFE_AGAIN:
        listed = ", ".join(SAFE_AGAIN)
        theirs = "; pending callees are phoned by the campaign of that report: resume it" if only == "pending" else ""
        raise ConfigError(f"only {only!r}: the rows of a report that may be phoned (again) are {listed}{theirs}")
    Watched(path).close()  # a fault of the file itself is reported first
    try:
        layout = _LOOKS.get(path.suffix.lower(), csv.look)(path, column)
    except ConfigError as error:
        text = str(error)
        raise ConfigError(text if text.startswith(shown(path)) else f"{shown(path)}: {text}") from None
    outcome = outcome_in(layout.columns)
    if only is not None and outcome is None:
        raise ConfigError(
            f"{shown(path)}: only {only!r} is asked for, and there is no column 'outcome': it is no report"
        )
    if only is None and outcome is not None:
        _refuse_report(layout, outcome)
    return replace(layout, only=only)


def _refuse_report(layout: Layout, place: int) -> None:
    """Raise `ConfigError` if a row has an outcome of a report: to plan all its rows would phone people twice."""
    with Source(layout) as source:
        for block in source.blocks():
            for at, row in enumerate(block.rows):
                if (outcome := cell(row, place, layout.columns[place])) in OUTCOMES:
                    raise ConfigError(
                        f"{shown(layout.path)}: is a report (line {block.lines()[at]}: outcome {str(outcome)!r}), and "
                        "whoever in it was phoned would be phoned again; take the rows of one outcome, such as "
                        f"--only refused ({', '.join(SAFE_AGAIN)}), or, if that column is yours, rename it"
                    )


class Source:
    """The rows of a file. Read `blocks` once to its end, then ask for the `fingerprint`."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._file = Watched(layout.path)
        self.size = self._file.size

    @property
    def position(self) -> int:
        """How many bytes were read."""
        return self._file.position

    def blocks(self, *, with_rows: bool = True) -> Iterator[Block]:
        """The rows, except empty ones and those of another outcome than ``only``. Raises `ConfigError`.

        Without ``with_rows`` blocks may lack rows and lines, which is faster.
        """
        only = self.layout.only
        blocks = _BLOCKS[self.layout.kind](self._file, self.layout, with_rows=with_rows or only is not None)
        try:
            yield from blocks if only is None else (self._selected(block, only) for block in blocks)
        except OSError as error:
            raise unreadable(self.layout.path, error) from None

    def fingerprint(self) -> Fingerprint:
        """The fingerprint of the file. Raises `ConfigError` if it changed while it was read."""
        return self._file.fingerprint()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _selected(self, block: Block, only: str) -> Block:
        place = outcome_in(self.layout.columns) or 0  # `look` made sure that there is one
        name = self.layout.columns[place]
        return block.picked([at for at, row in enumerate(block.rows) if cell(row, place, name) == only])
