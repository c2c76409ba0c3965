"""``voicehub campaign status``: the counts of a campaign, during a run or after it."""

import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _output
from voicehub.cli._campaign.next import to_begin, to_go_on, to_reconcile, to_resolve, to_settle
from voicehub.cli._campaign.options import campaign_options, ledger_file, name_argument, opened, readable
from voicehub.cli._campaign.report import show_calls
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicehub.campaign import Doubt, Status

_STYLES = {"accepted": "green", "refused": "red", "in_doubt": "yellow"}
_LISTED = 20  # batches in doubt that a table lists


@click.command("status")
@name_argument
@campaign_options
@click.pass_obj
def command(run: Run, name: str, config: str | None, ledger: str | None) -> None:
    """Show how many callees of the campaign NAME are in which state, and the batches in doubt; also during a run.

    Then what became of the calls, as far as the vendors have said: see 'voicehub campaign reconcile' and 'voicehub
    webhooks'.
    """
    from voicehub.campaign import CampaignState, Status, abandoned, call_states

    with opened(ledger) as kept:
        record, doubts = kept.record(name), kept.doubts(name)
        calls = call_states(kept, name, configuration=readable(config))
    left = record.counts.submitting
    killed = bool(left or record.state is CampaignState.RUNNING) and abandoned(ledger_file(ledger))
    status = Status.of(record, "its run was killed, and nothing runs it now" if killed else None)
    if run.as_json:
        _output.as_json({**status.as_dict(), "doubts": [_as_json(doubt) for doubt in doubts], "calls": calls})
        return
    show(status)
    show_calls(calls)
    files = {"config": config, "ledger": ledger}
    if record.state is CampaignState.PLANNED and status.digest is not None:
        to_begin(name, status.digest, files)
    elif record.state is CampaignState.PAUSED or (killed and record.state is CampaignState.RUNNING):
        to_go_on(name, files)
    else:
        to_settle(name, left, files)
    if doubts:
        _show_doubts(doubts)
        to_reconcile(name, record.document, files)
        to_resolve(name, doubts, files)


def show(status: "Status") -> None:
    """A table of counts on stdout."""
    counts = status.counts._asdict()
    rows: list[Sequence[str | tuple[str, str]]] = [
        ((state.replace("_", " "), _STYLES.get(state, "") if count else "dim"), f"{count:,}")
        for state, count in counts.items()
    ]
    ended = f"; {status.reason}" if status.reason else ""
    title = _output.heading(f"Campaign {status.name}: {status.state.value}{ended}")
    _output.show(title, _output.table("", ("callees", f"{status.counts.total:,}"), rows))


def _show_doubts(doubts: "Sequence[Doubt]") -> None:
    """A table for each reason, which as a column would be too wide."""
    _output.show(_output.heading("In doubt: their phones may have rung"))
    for heard, alike in groupby(sorted(doubts[:_LISTED], key=_heard), _heard):
        rows = [
            (str(doubt.batch), f"{doubt.callees:,}", doubt.account, _age(doubt.began), str(doubt.attempt))
            for doubt in alike
        ]
        _output.show(_output.plain(heard), _output.table("", ("batch", "callees", "account", "age", "attempt"), rows))
    if more := len(doubts[_LISTED:]):
        _output.show(f"... and {more} more; --json lists all of them")


def _heard(doubt: "Doubt") -> str:
    unseen = _instant(doubt.unseen_until)
    return "; ".join(
        filter(None, (doubt.why or "no answer: the run ended first", unseen and f"no call found up to {unseen}"))
    )


def _age(began: float) -> str:
    seconds = max(0, int(time.time() - began))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _as_json(doubt: "Doubt") -> dict[str, Any]:
    times = {name: _instant(getattr(doubt, name)) for name in ("began", "ended", "unseen_until")}
    return {**doubt._asdict(), **times}


def _instant(seconds: float | None) -> str | None:
    from datetime import UTC, datetime

    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
