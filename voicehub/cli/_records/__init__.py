"""``voicehub records``: shows the vendor's records of calls, one by its id or all of a period."""

from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

import click

from voicehub.cli import _output
from voicehub.cli._options import account_option, config_option, json_option, text
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicehub.client import Client
    from voicehub.records import CallRecord


def _moment(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A time in ISO 8601; without a zone it is local time."""
    try:
        return None if value is None else datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError):
        rule = "is not a time in ISO 8601, such as 2026-11-22 or 2026-11-22T18:30+01:00"
        raise click.BadParameter(rule, param=parameter) from None


@click.command("records")
@click.argument("call_id", required=False, callback=text)
@click.option("--since", callback=_moment, metavar="TIME", help="Calls from this time on (ISO 8601).")
@click.option("--until", callback=_moment, metavar="TIME", help="Calls up to this time. Default: now.")
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
    """Show what became of the call CALL_ID, or of all calls of a period (--since, --until). Nobody is phoned.

    A time without a time zone is local time. How soon a call appears in the records depends on the vendor.

    Exit codes: 0 shown, 2 usage or configuration, 3 refused, vendor not reached, or no such record.
    """
    if (call_id is None) is (since is None) or (until is not None and since is None):
        raise click.UsageError("give either a CALL_ID or --since (--until is optional)")
    if since is not None and (until or datetime.now(UTC)) < since:
        raise click.UsageError("--until (default: now) is before --since")
    from voicehub.cli._records import shown
    from voicehub.client import Client

    with Client.from_config(config, account=account) as client:
        run.serve(client)
        found = _one(client, call_id) if since is None else client.records(since, until)
        first = list(islice(found, 1))  # an error before the first record is reported without a document
        if first:
            (shown.write if run.as_json else shown.show)(chain(first, found), run)
        elif run.as_json:
            _output.as_json({"account": run.account, "provider": run.provider, "records": []})
    if call_id is not None and not first:
        from voicehub.cli._errors import NOBODY_RANG

        _output.words(f"account {run.account} has no record of this call, or not yet")
        run.code = NOBODY_RANG


def _one(client: "Client", call_id: str | None) -> "Iterator[CallRecord]":
    record = client.record(call_id or "")
    return iter([] if record is None else [record])
