"""``voicehub campaign resolve``: a named person decides on callees in doubt."""

from typing import TYPE_CHECKING

import click

from voicehub.cli import _output
from voicehub.cli._campaign.options import at_least_one, campaign, campaign_options, following, name_argument
from voicehub.cli._options import text
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.campaign import Decision

_NOW = {"placed": "accepted now", "held": "still in doubt", "released": "pending again"}


@click.command("resolve")
@name_argument
@click.option("--callee", "callees", multiple=True, metavar="NUMBER", help="A callee in doubt; give it once for each.")
@click.option(
    "--batch", callback=at_least_one, metavar="ID", help="Or everybody in doubt of this batch; status shows its id."
)
@click.option(
    "--as",
    "decision",
    type=click.Choice(list(_NOW)),
    required=True,
    help="placed: the call was made; held: not known, stays in doubt; released: no call was made, resume calls again.",
)
@click.option("--by", "who", required=True, callback=text, metavar="WHO", help="Name of the person who decides.")
@click.option(
    "--why", required=True, callback=text, metavar="TEXT", help="Reason for the decision; it is kept in the ledger."
)
@campaign_options
@click.pass_obj
def command(
    run: Run,
    name: str,
    callees: tuple[str, ...],
    batch: int | None,
    decision: "Decision",
    who: str,
    why: str,
    config: str | None,
    ledger: str | None,
) -> None:
    """Decide by hand about callees of the campaign NAME that are in doubt. Who decided, when and why is kept.

    Release callees only if the vendor's own records show no call to them: 'voicehub campaign resume' calls them again.
    """
    if bool(callees) == (batch is not None):
        raise click.UsageError("give either --callee (once or more) or --batch")
    for option, value in (("--by", who), ("--why", why)):
        if not value.strip():
            raise click.UsageError(f"{option} is empty; write something, because it is kept with the decision")
    numbers = _numbers(callees)
    with campaign(name, ledger, config) as (opened, _):
        moved = opened.resolve(decision, callees=numbers or None, batch=batch, who=who, why=why)
        status = opened.status()
    if run.as_json:
        _output.as_json({**status.as_dict(), "resolved": moved})
        return
    subject = (
        "It is noted; they are" if decision == "held" else f"{moved:,} {'callee is' if moved == 1 else 'callees are'}"
    )
    _output.show(f"{subject} {_NOW[decision]}.")
    if decision == "released" and moved:
        _output.words(f"To call them: {following('resume', name, config=config, ledger=ledger)}")


def _numbers(callees: tuple[str, ...]) -> list[str]:
    """The callees in canonical form. Raises ``UsageError``."""
    from voicehub._forms import callee

    numbers = []
    for position, written in enumerate(callees):
        try:
            numbers.append(callee(written))
        except ValueError as error:
            raise click.UsageError(f"--callee {position + 1} {error}") from None
    return numbers
