"""``voicehub records``: what became of calls, one by its id or all of a time."""

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _output
from voicehub.cli._run import Run, account_option, config_option, json_option, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicehub.client import Client
    from voicehub.records import CallRecord

_AT_ONCE = 100
_COLUMNS = ("call id", "number", "state", "submitted", "talked", "cost", "key", "said")
_WIDTHS = (22, 14, 10, 25, 6, 12, 3, 0)  # so that the parts of a table stand below each other
_STYLES = {"completed": "green", "answered": "green", "busy": "yellow", "no_answer": "yellow", "unknown": "dim"}


def _moment(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A time in ISO 8601; without a zone it is this machine's."""
    try:
        return None if value is None else datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError):
        told = "is no time in ISO 8601, such as 2026-11-22 or 2026-11-22T18:30+01:00"
        raise click.BadParameter(told, param=parameter) from None


@click.command("records")
@click.argument("call_id", required=False, callback=text)
@click.option("--since", callback=_moment, metavar="TIME", help="Calls from this time on, ISO 8601.")
@click.option("--until", callback=_moment, metavar="TIME", help="Calls up to this time; else now.")
@config_option
@account_option
@json_option
@click.pass_obj
def command(
    run: Run,
    call_id: str | None,
    since: datetime | None,
    until: datetime | None,
    config: str | None,
    account: str | None,
) -> None:
    """Show what became of the call CALL_ID, or of every call of a time (--since, --until). Nobody is phoned.

    A time without a zone is this machine's. How soon a call can be seen is the vendor's affair.

    Exit codes: 0 shown, 2 usage or configuration, 3 refused, not reached, or no such record.
    """
    if (call_id is None) is (since is None) or (until is not None and since is None):
        raise click.UsageError("give a CALL_ID, or --since and perhaps --until")
    if since is not None and until is not None and until < since:
        raise click.UsageError("--until is before --since")
    from voicehub.client import Client

    with Client.from_config(config, account=account) as client:
        run.serve(client)
        found = _one(client, call_id) if since is None else client.records(since, until)
        first = list(islice(found, 1))  # what fails before it is told alone
        if first:
            (_write if run.as_json else _show)(chain(first, found), run)
        elif run.as_json:
            _output.as_json({"account": run.account, "provider": run.provider, "records": []})
    if call_id is not None and not first:
        from voicehub.cli._errors import NOBODY_RANG

        _output.words(f"account {run.account} has no record of this call, or not yet")
        run.code = NOBODY_RANG


def _one(client: "Client", call_id: str | None) -> "Iterator[CallRecord]":
    record = client.record(call_id or "")
    return iter([] if record is None else [record])


def _write(records: "Iterator[CallRecord]", run: Run) -> None:
    """One JSON document, a line a record as it comes. Whatever ends it early stands in it as ``error``."""
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
            run.as_json = False  # it is told
            raise
        stdout.write("\n]}\n")


def _show(records: "Iterator[CallRecord]", run: Run) -> None:
    """A table, part by part: how many there are nobody knows before the last has come."""
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
