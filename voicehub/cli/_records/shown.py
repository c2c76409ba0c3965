"""Prints records as a JSON document or a table, while they come."""

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from voicehub.cli import _output
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicehub.records import CallRecord

_AT_ONCE = 100
_COLUMNS = ("call id", "number", "state", "submitted", "talked", "cost", "key", "vendor says")
_WIDTHS = (22, 14, 10, 25, 6, 12, 3, 0)  # so that the columns of all parts are aligned
_STYLES = {"completed": "green", "answered": "green", "busy": "yellow", "no_answer": "yellow", "unknown": "dim"}


def write(records: "Iterator[CallRecord]", run: Run) -> None:
    """One JSON document with one line per record, written as it comes. An error that ends it early is in ``error``."""
    from voicehub.cli._errors import told
    from voicehub.errors import VoicehubError

    with _output.rows() as stdout:
        between, begun = "[", json.dumps({"account": run.account, "provider": run.provider})
        stdout.write(f'{begun[:-1]}, "records": ')
        try:
            for record in records:
                stdout.write(f"{between}\n{json.dumps(_as_json(record, run))}")
                between = ","
        except (VoicehubError, KeyboardInterrupt) as error:
            stdout.write(f'\n], "error": {json.dumps(told(run, error))}}}\n')
            run.as_json = False  # the error is printed already
            raise
        stdout.write("\n]}\n")


def show(records: "Iterator[CallRecord]", run: Run) -> None:
    """A table, in parts, because the number of records is not known before the end."""
    header = True
    while lines := [_line(record, run) for record in islice(records, _AT_ONCE)]:
        _output.show(_output.table("", _COLUMNS, lines, widths=_WIDTHS, header=header))
        header = False


def _as_json(record: "CallRecord", run: Run) -> dict[str, Any]:
    """Numbers in full: this is the caller's own data. Only secrets are hidden in it."""
    shown = asdict(record)
    del shown["raw"]
    for name, value in shown.items():
        if isinstance(value, datetime):
            shown[name] = value.isoformat()
        elif isinstance(value, str | Decimal):
            shown[name] = run.without_secrets(str(value))
    return shown


def _line(record: "CallRecord", run: Run) -> tuple[str | tuple[str, str], ...]:
    from voicehub._masking import hide, mask_number, mask_text

    said = " ".join(filter(None, (record.code, record.reason)))
    cost = "" if record.cost is None else f"{record.cost:f} {record.currency or ''}".rstrip()
    return (
        hide(run.without_secrets(record.call_id), numbers=[record.callee or ""]),
        mask_number(record.callee or ""),
        (record.state.value, _STYLES.get(record.state.value, "")),
        "" if record.submitted_at is None else record.submitted_at.astimezone().isoformat(" ", "seconds"),
        "" if record.call_seconds is None else f"{record.call_seconds} s",
        cost,
        record.pressed_key or "",
        mask_text(run.without_secrets(said)),
    )
