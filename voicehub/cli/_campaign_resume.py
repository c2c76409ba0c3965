"""``voicehub campaign resume``: go on where a run ended, whatever ended it."""

from typing import Any

import click

from voicehub.cli import _campaign_driver
from voicehub.cli._campaign_options import campaign_options, name_argument
from voicehub.cli._run import Run


@click.command("resume")
@name_argument
@_campaign_driver.run_options
@campaign_options
@click.pass_obj
def command(run: Run, /, **options: Any) -> None:
    """Go on with the campaign NAME after a pause, a cap, a stopped account or a crash; begins what never ran, too.

    What was in flight when a run died is in doubt, and is not sent again by itself. Ctrl-C and exit codes are those of
    run.
    """
    _campaign_driver.drive(run, plan=None, **options)
