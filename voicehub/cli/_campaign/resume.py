"""``voicehub campaign resume``: continues where a run ended, for whatever reason."""

from typing import Any

import click

from voicehub.cli._campaign.driver import drive, run_options
from voicehub.cli._campaign.options import campaign_options, name_argument
from voicehub.cli._run import Run


@click.command("resume")
@name_argument
@run_options
@campaign_options
@click.pass_obj
def command(run: Run, /, **options: Any) -> None:
    """Continue the campaign NAME after a pause, a --max option, a stopped account or a crash, or start it.

    Callees whose request was in flight when a run died are in doubt, and are not called again. Ctrl-C and exit codes
    are those of run.
    """
    drive(run, plan=None, **options)
