"""``voicehub campaign reconcile``: settles doubts by the vendors' reports and records."""

from typing import TYPE_CHECKING

import click

from voicehub.cli import _output
from voicehub.cli._campaign.next import to_resolve, to_settle
from voicehub.cli._campaign.options import campaign, campaign_options, name_argument
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voicehub.campaign import Reconciled


@click.command("reconcile")
@name_argument
@campaign_options
@click.pass_obj
def command(run: Run, name: str, config: str | None, ledger: str | None) -> None:
    """Look for the calls of everybody in doubt in the campaign NAME. Those whose call is found become accepted.

    It reads the reports in the ledger, and asks the vendors for their records. A call counts only if it has the
    callee's number, the announcement's --reference and a time that fits, and can belong to nobody else. A callee whose
    call is not found stays in doubt, because no vendor says how soon a call appears in its records. Calls nobody; also
    works during a run.
    """
    with campaign(name, ledger, config) as (opened, kept):
        found = opened.reconcile()
        status, doubts = opened.status(), kept.doubts(name)
    if run.as_json:
        _output.as_json({**status.as_dict(), "reconciled": found.as_dict()})
        return
    _output.show(_output.heading(f"Campaign {name}: {status.state.value}"))
    show(found)
    files = {"config": config, "ledger": ledger}
    to_settle(name, status.counts.submitting, files)
    if doubts:
        to_resolve(name, doubts, files)


def show(found: "Reconciled") -> None:
    """Print the result: doubts to stdout, vendors that could not be asked to stderr."""
    counts: list[tuple[str | tuple[str, str], int]] = [
        (("accepted now: their call was found", "green"), found.matched),
        (f"no call found up to {found.as_dict()['until']}: still in doubt", found.unseen),
        ("a call found, but perhaps of another attempt: still in doubt", found.ambiguous),
        ("vendor not asked: still in doubt", found.unasked),
    ]
    rows: list[Sequence[str | tuple[str, str]]] = [(label, f"{count:,}") for label, count in counts if count]
    total = sum(count for _, count in counts)
    _output.show(_output.table("", ("doubts", f"{total:,}"), rows) if rows else "Nobody was in doubt.")
    for account, why in found.problems.items():
        _output.words(f"account {account}: {why}")
