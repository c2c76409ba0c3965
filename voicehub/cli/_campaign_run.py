"""``voicehub campaign run``: send what was planned, as it was planned."""

from typing import Any

import click

from voicehub.cli import _campaign_driver
from voicehub.cli._campaign_options import campaign_options, name_argument
from voicehub.cli._run import Run


@click.command("run")
@name_argument
@click.option("--plan", required=True, metavar="DIGEST", help="The digest that plan has shown.")
@_campaign_driver.run_options
@campaign_options
@click.pass_obj
def command(run: Run, /, **options: Any) -> None:
    """Send the campaign NAME, if nothing has changed since it was planned.

    The first Ctrl-C finishes what is in flight and records it, the second gives up waiting: what is in flight then is
    in doubt. resume goes on, after that and after any crash.

    Exit codes: 0 every callee accepted, 2 usage, configuration, or something changed, 3 nobody rang, 4 some accepted,
    5 somebody in doubt, 6 the ledger cannot be used, 130 interrupted.
    """
    _campaign_driver.drive(run, **options)
