"""``voicehub campaign run``: runs a campaign exactly as it was planned."""

from typing import Any

import click

from voicehub.cli._campaign.driver import drive, run_options
from voicehub.cli._campaign.options import campaign_options, name_argument
from voicehub.cli._run import Run


@click.command("run")
@name_argument
@click.option("--plan", required=True, metavar="DIGEST", help="Digest that the plan has shown.")
@run_options
@campaign_options
@click.pass_obj
def command(run: Run, /, **options: Any) -> None:
    """Call everybody in the campaign NAME, if nothing has changed since it was planned.

    The first Ctrl-C waits for the requests in flight and records their answers. The second gives up waiting: their
    callees are in doubt. 'voicehub campaign resume' continues, after that and after any crash.

    Exit codes: 0 every callee accepted, 2 usage, configuration, or something changed, 3 no phone rang, 4 some accepted,
    5 somebody in doubt, 6 the ledger cannot be used, 130 interrupted.
    """
    drive(run, **options)
