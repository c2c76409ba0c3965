"""``voicehub campaign cancel``: pending callees are never phoned."""

import click

from voicehub.cli import _output
from voicehub.cli._campaign.next import to_settle
from voicehub.cli._campaign.options import campaign, campaign_options, name_argument
from voicehub.cli._campaign.status import show
from voicehub.cli._run import Run


@click.command("cancel")
@name_argument
@campaign_options
@click.pass_obj
def command(run: Run, name: str, config: str | None, ledger: str | None) -> None:
    """Cancel the campaign NAME: callees who are pending (not called yet) are never called.

    The answers of requests in flight are recorded. A canceled campaign calls nobody any more; 'voicehub campaign
    resume' then only settles what a killed run left in flight.
    """
    with campaign(name, ledger, config) as (opened, _):
        status = opened.cancel()
    if run.as_json:
        _output.as_json(status.as_dict())
        return
    show(status)
    to_settle(name, status.counts.submitting, {"config": config, "ledger": ledger})
