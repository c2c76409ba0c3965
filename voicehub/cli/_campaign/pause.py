"""``voicehub campaign pause``: requests in flight end, and no other begins."""

import click

from voicehub.cli import _output
from voicehub.cli._campaign.options import campaign, campaign_options, name_argument
from voicehub.cli._campaign.status import show
from voicehub.cli._run import Run


@click.command("pause")
@name_argument
@campaign_options
@click.pass_obj
def command(run: Run, name: str, config: str | None, ledger: str | None) -> None:
    """Pause the campaign NAME: no further request is sent.

    Its run, in whatever process, waits for the requests in flight, records their answers, and ends. 'voicehub campaign
    resume' continues.
    """
    with campaign(name, ledger, config) as (opened, _):
        status = opened.pause()
    if run.as_json:
        _output.as_json(status.as_dict())
    else:
        show(status)
