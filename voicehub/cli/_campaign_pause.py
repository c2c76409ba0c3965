"""``voicehub campaign pause``: what is in flight is finished, nothing further begins."""

import click

from voicehub.cli import _campaign_status, _output
from voicehub.cli._campaign_options import campaign, campaign_options, name_argument
from voicehub.cli._run import Run


@click.command("pause")
@name_argument
@campaign_options
@click.pass_obj
def command(run: Run, name: str, config: str | None, ledger: str | None) -> None:
    """Pause the campaign NAME: nothing begins from now on.

    A run, wherever it was started, finishes what is in flight, records it, and ends; resume goes on.
    """
    with campaign(name, ledger, config) as (opened, _):
        status = opened.pause()
    if run.as_json:
        _output.as_json(status.as_dict())
    else:
        _campaign_status.show(status)
