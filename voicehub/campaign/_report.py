"""`report`: every row of the input, with its outcome."""

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import lru_cache
from itertools import compress, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TextIO

from voicehub.campaign._files import needed, written
from voicehub.campaign._input.columns import numbered
from voicehub.campaign._input.duplicates import REPEATED
from voicehub.campaign._input.layout import Block, Layout, Row, text_of
from voicehub.campaign._input.numbers import Numbers
from voicehub.campaign._input.rows import CALLEE, Planned
from voicehub.campaign._input.source import Source
from voicehub.campaign._input.stream import shown
from voicehub.campaign._ledger.calls import Call
from voicehub.campaign._ledger.contract import Ledger, Record, Result
from voicehub.campaign._outcomes import COLUMNS, DUPLICATE, INVALID, SUBMISSION
from voicehub.campaign._telling import Telling
from voicehub.config import Configuration
from voicehub.errors import ConfigError, LedgerError

Format = Literal["csv", "jsonl"]
_Outcome = tuple[Any, ...]
_Put = Callable[[Sequence[Row], Sequence[_Outcome]], None]
_NO_CALL = (None,) * (len(COLUMNS) - len(SUBMISSION))
_MISFIT = "the ledger holds other callees than its plan: it was changed by something else"


def report(
    ledger: Ledger,
    name: str,
    output: str | os.PathLike[str] | TextIO,
    *,
    format: Format = "csv",  # noqa: A002
    configuration: Configuration | None = None,
    calls: Counter[str] | None = None,
) -> dict[str, int]:
    """Write every row of the input, in order, with its outcome; returns the number of rows by outcome.

    The input's columns come first, unchanged, even values that a spreadsheet would take for a formula (a number begins
    with ``+``), so open the file as text. Then follow `COLUMNS`: ``outcome`` is a callee's state, ``invalid`` or
    ``duplicate``, ``time`` ISO 8601 in UTC; from ``call_state`` on they hold what vendors reported of the call, if
    anything. An input column with such a name gets the prefix ``input_``; if all of them are there, the input is itself
    a report and they are replaced (in an older report, the seven up to ``time``).

    ``output``: a file, which is written whole or not at all and readable by its owner only, or an open text stream.
    ``configuration`` says for which accounts a pushed report counts only if verified (``None``: for none). To
    ``calls`` the number of calls by state is added.
    Raises `ConfigError` if the input is no longer what was planned, `LedgerError` if there is no such campaign.
    """
    if format not in ("csv", "jsonl"):
        raise ConfigError(f"the format of a report is csv or jsonl, not {format!r}")
    record = ledger.record(name)
    if "reading" not in record.document:
        raise LedgerError(f"campaign {name!r} was not planned from a file, and a report is the rows of one")
    layout = Layout.of(record.document["reading"])
    if not layout.path.exists():
        told = "there is no such file, and a report is its rows; put it back as it was planned (status needs no file)"
        raise ConfigError(f"{shown(layout.path)}: {told}")
    names = _names(layout, record)
    results = ledger.results(name)
    telling = Telling(ledger, record.document, configuration)
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        if isinstance(output, str | os.PathLike):
            never = needed(layout.path, record.document, configuration)
            file = stack.enter_context(written(Path(output).absolute(), never=never))
        else:
            file = output
        put = _csv_writer(file, layout, names) if format == "csv" else _jsonl_writer(file, layout, names)
        for rows, outcomes in _joined(layout, record, results, telling):
            put(rows, outcomes)
            counts.update(map(itemgetter(0), outcomes))
            if calls is not None:
                calls.update(filter(None, map(itemgetter(len(SUBMISSION)), outcomes)))
    return {str(outcome): count for outcome, count in counts.items()}


def _names(layout: Layout, record: Record) -> Mapping[str | int, str]:
    """The name in the report of each input column, by the column's name (JSON lines) or its position.

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
    for ours in (COLUMNS, SUBMISSION):
        if set(own) >= set(ours):
            columns = [(key, name) for key, name in columns if name not in ours]
            break
    taken, renamed = {*COLUMNS}, {}
    for key, name in columns:
        while name in taken:
            name = f"input_{name}"
        taken.add(name)
        renamed[key] = name
    return renamed


def _joined(
    layout: Layout, record: Record, results: Iterator[Result], telling: Telling
) -> Iterator[tuple[Sequence[Row], Sequence[_Outcome]]]:
    """Rows with their outcomes. Raises `LedgerError` if ledger and plan do not fit, `ConfigError` if a file changed."""
    planned = Planned(record.attachment, record.document["reasons"])
    # Numbers of a region are slow to read, so there only the position says whose result it is.
    numbers = Numbers() if record.document["region"] is None else None
    with Source(layout) as source:
        for block in source.blocks():
            marks = planned.marks(block)
            found = list(islice(results, marks.count(CALLEE)))
            if len(marks) != len(block.rows) or not _fit(found, block, marks, numbers):
                raise LedgerError(_MISFIT)
            yield block.rows, _outcomes(marks, found, telling.of(found), planned)
        again = source.fingerprint().sha256
    if not planned.ended or next(results, None) is not None:
        raise LedgerError(_MISFIT)
    if again != record.document["file"]["sha256"]:
        raise ConfigError(f"{shown(layout.path)}: changed while it was being read")


def _fit(found: Sequence[Result], block: Block, marks: bytes, numbers: Numbers | None) -> bool:
    """Whether these are the results of the callees of this block."""
    if numbers is None:
        return len(found) == marks.count(CALLEE)
    checked = numbers.check(list(compress(block.numbers, map(CALLEE.__eq__, marks))))
    return not checked.faults and checked.numbers() == [result[0][1:] for result in found]


def _outcomes(marks: bytes, found: Sequence[Result], calls: Sequence[Call | None], planned: Planned) -> list[_Outcome]:
    """The outcome of each row: for callees the next result, for the other rows what the plan found."""
    both = zip(found, map(_called, calls), strict=True)
    of_callees = [(*result[1:7], _utc(result[7]), *called) for result, called in both]
    if len(of_callees) == len(marks):
        return of_callees
    each = iter(of_callees)
    return [next(each) if mark == CALLEE else _left_out(mark, planned.why(place)) for place, mark in enumerate(marks)]


def _left_out(mark: int, why: str) -> _Outcome:
    return DUPLICATE if mark == REPEATED else INVALID, None, None, why, None, None, None, *_NO_CALL


def _called(call: Call | None) -> _Outcome:
    """The values of a call's columns, those after `SUBMISSION`."""
    if call is None:
        return _NO_CALL
    cost = None if call.cost is None else f"{call.cost:f}"
    return call.state.value, _utc(call.answered), call.call_seconds, cost, call.currency, call.pressed_key


def _csv_writer(file: TextIO, layout: Layout, names: Mapping[str | int, str]) -> _Put:
    writer = csv.writer(file, delimiter=layout.delimiter or ",")
    writer.writerow((*names.values(), *COLUMNS))
    nothing = ("",) * len(names)

    def put(rows: Sequence[Row], outcomes: Sequence[_Outcome]) -> None:
        cells = _cells(rows, names, layout)
        if layout.kind != "csv":  # cells of CSV are text already
            cells = [list(map(text_of, row)) for row in cells]
        both = zip(cells, outcomes, strict=True)
        writer.writerows([(*row, *nothing[len(row) :], *outcome) for row, outcome in both])

    return put


def _jsonl_writer(file: TextIO, layout: Layout, names: Mapping[str | int, str]) -> _Put:
    encode = json.JSONEncoder(default=text_of).encode

    def put(rows: Sequence[Row], outcomes: Sequence[_Outcome]) -> None:
        both = zip(_fields(rows, names, layout), outcomes, strict=True)
        file.writelines([encode({**own, **dict(zip(COLUMNS, outcome, strict=True))}) + "\n" for own, outcome in both])

    return put


def _cells(rows: Sequence[Any], names: Mapping[str | int, str], layout: Layout) -> Sequence[Sequence[Any]]:
    """The input's cells in the order of the columns; fewer where a row of a table is shorter."""
    if layout.kind == "jsonl":
        return [[row.get(name) for name in names] for row in rows]
    places: Any = list(names)
    if places == list(range(max(map(len, rows)))):
        return rows
    return [[row[place] for place in places if place < len(row)] for row in rows]


def _fields(rows: Sequence[Any], names: Mapping[str | int, str], layout: Layout) -> Iterator[dict[str, Any]]:
    """The input's cells by column name; columns that a row does not have are left out."""
    if layout.kind == "jsonl":
        return ({names[name]: value for name, value in row.items() if name in names} for row in rows)
    return (dict(zip(names.values(), row, strict=False)) for row in _cells(rows, names, layout))


@lru_cache
def _utc(seconds: float | None) -> str | None:
    """ISO 8601 to the millisecond, cached because the times of a batch are equal; ``None`` stays."""
    return (
        None
        if seconds is None
        else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
