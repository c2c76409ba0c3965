"""``voicehub campaign resolve``: a named person's word on callees in doubt."""

from typing import TYPE_CHECKING

import click

from voicehub.cli import _output
from voicehub.cli._campaign_options import at_least_one, campaign, campaign_options, following, name_argument
from voicehub.cli._run import Run, text

if TYPE_CHECKING:
    from voicehub.campaign import Decision

_NOW = {"placed": "accepted now", "held": "in doubt still", "released": "pending again"}


@click.command("resolve")
@name_argument
@click.option("--callee", "callees", multiple=True, metavar="NUMBER", help="A callee in doubt; repeat it.")
@click.option("--batch", callback=at_least_one, metavar="ID", help="Or everybody in doubt of this batch; see status.")
@click.option(
    "--as",
    "decision",
    type=click.Choice(list(_NOW)),
    required=True,
    help="placed: the call was made; held: nobody knows yet; released: it was not made, and may be.",
)
@click.option("--by", "who", required=True, callback=text, metavar="WHO", help="Who says so.")
@click.option(
    "--why", required=True, callback=text, metavar="TEXT", help="What it rests on; it is kept with the decision."
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
    """Settle callees of the campaign NAME that are in doubt. Who said so, when and why is kept.

    Release only whom the vendor's own records show as not called: a released callee is phoned again by resume.
    """
    if bool(callees) == (batch is not None):
        raise click.UsageError("give --callee, once or more, or --batch")
    for option, said in (("--by", who), ("--why", why)):
        if not said.strip():
            raise click.UsageError(f"{option} is empty; it is kept with the decision")
    numbers = _numbers(callees)
    with campaign(name, ledger, config) as (opened, _):
        moved = opened.resolve(decision, callees=numbers or None, batch=batch, who=who, why=why)
        status = opened.status()
    if run.as_json:
        _output.as_json({**status.as_dict(), "resolved": moved})
        return
    told = (
        "It is noted; they are" if decision == "held" else f"{moved:,} {'callee is' if moved == 1 else 'callees are'}"
    )
    _output.show(f"{told} {_NOW[decision]}.")
    if decision == "released" and moved:
        _output.words(f"They are phoned by: {following('resume', name, config=config, ledger=ledger)}")


def _numbers(callees: tuple[str, ...]) -> list[str]:
    """The canonical form of what was written. Raises ``UsageError``."""
    from voicehub._forms import callee

    numbers = []
    for position, written in enumerate(callees):
        try:
            numbers.append(callee(written))
        except ValueError as error:
            raise click.UsageError(f"--callee {position + 1} {error}") from None
    return numbers
