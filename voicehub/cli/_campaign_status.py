"""``voicehub campaign status``: where everybody stands, beside a run or after it."""

import time
from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _output
from voicehub.cli._campaign_options import campaign_options, following, name_argument, opened
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
    """Show how many callees of the campaign NAME stand where, and the batches in doubt; works beside a run."""
    with opened(ledger) as kept:
        from voicehub.campaign import Status

        status, doubts = Status.of(kept.record(name)), kept.doubts(name)
    if run.as_json:
        _output.as_json({**status.as_dict(), "doubts": [_as_json(doubt) for doubt in doubts]})
        return
    show(status)
    if doubts:
        _show_doubts(doubts)
        example = following(
            *(
                "resolve",
                name,
                "--batch",
                str(doubts[0].batch),
                "--as",
                "held",
                "--by",
                "WHO",
                "--why",
                "WHAT YOU KNOW",
            ),
            config=config,
            ledger=ledger,
        )
        _output.words(f"Whether they rang, the vendor's records tell; then say so: {example}")


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
    rows = [
        (str(doubt.batch), f"{doubt.callees:,}", doubt.account, _age(doubt.began), str(doubt.attempt), doubt.why or "")
        for doubt in doubts[:_LISTED]
    ]
    columns = ("batch", "callees", "account", "age", "attempt", "what was heard")
    _output.show(_output.table("In doubt: their phones may have rung", columns, rows))
    if more := len(doubts) - len(rows):
        _output.show(f"... and {more} more; --json lists all of them")


def _age(began: float) -> str:
    seconds = max(0, int(time.time() - began))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _as_json(doubt: "Doubt") -> dict[str, Any]:
    from datetime import UTC, datetime

    return {**doubt._asdict(), "began": datetime.fromtimestamp(doubt.began, UTC).isoformat(timespec="seconds")}
