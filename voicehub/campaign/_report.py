"""`report`: the input again, every row of it, with what became of it."""

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TextIO

from voicehub.campaign._columns import numbered
from voicehub.campaign._files import written
from voicehub.campaign._layout import Block, Layout, Row, text_of
from voicehub.campaign._ledger import Ledger, Record, Result
from voicehub.campaign._numbers import Numbers
from voicehub.campaign._outcomes import COLUMNS, DUPLICATE, INVALID
from voicehub.campaign._rows import CALLEE, REPEATED, unpacked, why
from voicehub.campaign._source import Source
from voicehub.campaign._stream import shown
from voicehub.errors import ConfigError, LedgerError

Format = Literal["csv", "jsonl"]
_Outcome = tuple[Any, ...]
_MISFIT = "the ledger holds other callees than its plan: it was changed by something else"


def report(
    ledger: Ledger,
    name: str,
    output: str | os.PathLike[str] | TextIO,
    *,
    format: Format = "csv",  # noqa: A002
) -> dict[str, int]:
    """Write every row of the input, in order, with its outcome; returns how many rows have which.

    Own columns come first, as they are: nothing in them is changed, also no value that a spreadsheet would take for a
    formula (a number begins with ``+``), so open the file as text. Then follow `COLUMNS`: ``outcome`` is a callee's
    state, ``invalid`` or ``duplicate``, ``time`` ISO 8601 in UTC. An own column of such a name gets ``input_`` before
    it; if all seven are there, the input is itself a report and they are replaced.

    ``output``: a file, which is written whole or not at all and readable by its owner alone, or an open text stream.
    Raises `ConfigError` if the input is not what was planned any more, `LedgerError` if there is no such campaign.
    """
    if format not in ("csv", "jsonl"):
        raise ConfigError(f"the format of a report is csv or jsonl, not {format!r}")
    record = ledger.record(name)
    layout = Layout.of(record.document["reading"])
    names = _names(layout, record)
    results = ledger.results(name)
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        if isinstance(output, str | os.PathLike):
            file = stack.enter_context(written(Path(output).absolute(), never=layout.path))
        else:
            file = output
        put = _csv_writer(file, layout, names) if format == "csv" else _jsonl_writer(file, names)
        for row, outcome in _joined(layout, record, results):
            put(row, outcome)
            counts[outcome[0]] += 1
    return dict(counts)


def _names(layout: Layout, record: Record) -> Mapping[str | int, str]:
    """Each own column (JSON lines: by its name, else by its place) and its name in the report.

    Reads the input to its end, so that nothing is written if it is not what was planned.
    """
    widest, found = len(layout.columns), dict.fromkeys(layout.columns)
    with Source(layout) as source:
        for block in source.blocks():
            if layout.kind == "jsonl":
                for row in block.rows:
                    found.update(dict.fromkeys(row))
            else:
                widest = max(widest, max(map(len, block.rows), default=0))
        if source.fingerprint().sha256 != record.document["file"]["sha256"]:
            told = "is not what was planned any more; a report needs the input as it was"
            raise ConfigError(f"{shown(layout.path)}: {told}")
    if layout.kind == "jsonl":
        return _renamed([(name, name) for name in found])
    names = [*layout.columns, *numbered(widest)[len(layout.columns) :]]
    return _renamed(list(enumerate(names)))


def _renamed(columns: Sequence[tuple[str | int, str]]) -> Mapping[str | int, str]:
    own = [name for _, name in columns]
    if set(own) >= set(COLUMNS):
        columns = [(key, name) for key, name in columns if name not in COLUMNS]
    taken, renamed = {*COLUMNS}, {}
    for key, name in columns:
        while name in taken:
            name = f"input_{name}"
        taken.add(name)
        renamed[key] = name
    return renamed


def _joined(layout: Layout, record: Record, results: Iterator[Result]) -> Iterator[tuple[Row, _Outcome]]:
    """Each row with its outcome. Raises `LedgerError` if ledger and plan do not fit, `ConfigError` for another file."""
    marks, reasons = unpacked(record.attachment), record.document["reasons"]
    # A number of a region takes long to read, so that only its place says whose result it is.
    numbers = Numbers() if record.document["region"] is None else None
    start = 0
    with Source(layout) as source:
        for block in source.blocks():
            part = marks[start : start + len(block.rows)]
            start += len(block.rows)
            expected = {} if numbers is None else _expected(block, numbers)
            for place, (row, mark) in enumerate(zip(block.rows, part, strict=True)):
                if mark != CALLEE:
                    outcome = DUPLICATE if mark == REPEATED else INVALID
                    yield row, (outcome, None, None, why(mark, reasons), None, None, None)
                    continue
                result = next(results, None)
                if result is None or expected.get(place, result.callee[1:]) != result.callee[1:]:
                    raise LedgerError(_MISFIT)
                yield row, (str(result.state), *result[2:7], None if result.time is None else _utc(result.time))
        again = source.fingerprint().sha256
    if start != len(marks) or next(results, None) is not None:
        raise LedgerError(_MISFIT)
    if again != record.document["file"]["sha256"]:
        raise ConfigError(f"{shown(layout.path)}: changed while it was being read")


def _expected(block: Block, numbers: Numbers) -> dict[int, str]:
    """The digits of each valid number of a block, by its place."""
    checked = numbers.check(block.numbers)
    wrong = {place for place, _ in checked.faults}
    places = (place for place in range(len(block.numbers)) if place not in wrong)
    return dict(zip(places, checked.numbers(), strict=True))


def _csv_writer(file: TextIO, layout: Layout, names: Mapping[str | int, str]) -> Callable[[Row, _Outcome], None]:
    writer = csv.writer(file, delimiter=layout.delimiter or ",")
    writer.writerow((*names.values(), *COLUMNS))

    def put(row: Row, outcome: _Outcome) -> None:
        own = _own(row, names)
        writer.writerow((*(text_of(own.get(name)) for name in names.values()), *outcome))

    return put


def _jsonl_writer(file: TextIO, names: Mapping[str | int, str]) -> Callable[[Row, _Outcome], None]:
    def put(row: Row, outcome: _Outcome) -> None:
        fields = {**_own(row, names), **dict(zip(COLUMNS, outcome, strict=True))}
        file.write(json.dumps(fields, default=text_of) + "\n")

    return put


def _own(row: Row, names: Mapping[str | int, str]) -> dict[str, Any]:
    cells = row.items() if isinstance(row, Mapping) else enumerate(row)
    return {names[key]: value for key, value in cells if key in names}


@lru_cache
def _utc(seconds: float) -> str:
    """ISO 8601, to the millisecond; those of a batch are alike."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
