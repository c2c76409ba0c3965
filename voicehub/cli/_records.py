"""``voicehub records``: what became of calls, one by its id or all of a time."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _output
from voicehub.cli._run import Run, account_option, config_option, json_option

if TYPE_CHECKING:
    from voicehub.client import Client
    from voicehub.records import CallRecord

_STYLES = {"completed": "green", "answered": "green", "busy": "yellow", "no_answer": "yellow", "unknown": "dim"}


def _moment(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A time in ISO 8601; without a zone it is this machine's."""
    try:
        return None if value is None else datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError):
        told = "is no time in ISO 8601, such as 2026-11-22 or 2026-11-22T18:30+01:00"
        raise click.BadParameter(told, param=parameter) from None


@click.command("records")
@click.argument("call_id", required=False)
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
        found = _found(client, call_id, since, until)
    if call_id is not None and not found:
        from voicehub.cli._errors import NOBODY_RANG

        _output.words(f"account {run.account} has no record of this call, or not yet")
        run.code = NOBODY_RANG
    if run.as_json:
        records = [_as_json(record, run) for record in found]
        _output.as_json({"account": run.account, "provider": run.provider, "records": records})
    elif found:
        columns = ("call id", "number", "state", "submitted", "talked", "cost", "key", "said")
        _output.show(_output.table("", columns, [_line(record, run) for record in found]))


def _found(client: "Client", call_id: str | None, since: datetime | None, until: datetime | None) -> "list[CallRecord]":
    if since is not None:
        return list(client.records(since, until))
    record = client.record(call_id or "")
    return [] if record is None else [record]


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
