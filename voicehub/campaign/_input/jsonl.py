"""JSON lines: one object per line; a line that is not an object is a row without a number."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from voicehub.campaign._input.columns import SAMPLE, choose
from voicehub.campaign._input.layout import Block, Layout, numbers_of, text_of
from voicehub.campaign._input.stream import Watched, broken_encoding, shown
from voicehub.errors import ConfigError

_ROWS = 512
_BROKEN = "is not a JSON object, or has a name twice"


def look(path: Path, asked: str | None) -> Layout:
    """The layout of a file of JSON lines. Raises `ConfigError`."""
    with Watched(path) as file:
        objects = [row for _, row in islice(_read(file, path), SAMPLE)]
    found = [row for row in objects if row is not None]
    if not found:
        raise ConfigError(f"{shown(path)}: has no JSON object; JSON lines have one object per line")
    names = list(dict.fromkeys(name for row in found for name in row))
    rows = [[text_of(row.get(name)) for name in names] for row in found]
    return Layout(path, "jsonl", tuple(names), choose(names, rows, asked))


def blocks(file: Watched, layout: Layout, *, with_rows: bool = True) -> Iterator[Block]:  # noqa: ARG001 - one signature for all formats
    """All lines that are not empty. Raises `ConfigError` naming a line that is not UTF-8."""
    name = layout.column.name
    lines = _read(file, layout.path)
    while part := list(islice(lines, _ROWS)):
        rows = [row or {} for _, row in part]
        numbers, faults = numbers_of(row.get(name) for row in rows)
        faults |= {place: _BROKEN for place, (_, row) in enumerate(part) if row is None}
        yield Block(rows, numbers, partial(_lines, part), faults)


def _lines(part: Sequence[tuple[int, Mapping[str, Any] | None]]) -> list[int]:
    return [line for line, _ in part]


def _read(file: Watched, path: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    try:
        for number, line in enumerate(file.text(), 1):
            if line.strip():
                yield number, _object(line)
    except UnicodeDecodeError:
        raise broken_encoding(path) from None


def _object(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line, parse_constant=_refuse, object_pairs_hook=_undoubled)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _undoubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("the object has a name twice")
    return value


def _refuse(name: str) -> None:
    raise ValueError(name)  # NaN and the like are JavaScript's, not JSON's
