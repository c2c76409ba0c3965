"""``voicehub config show``: every value with its origin, secrets masked."""

import click

from voicehub.cli import _output
from voicehub.cli._options import config_option, json_option
from voicehub.cli._run import Run


@click.command("show")
@config_option
@json_option
@click.pass_obj
def command(run: Run, config: str | None) -> None:
    """Show every value of the configuration and its origin: the file, an environment variable, or a default."""
    from voicehub.config import load

    configuration = load(config)
    values = [shown._asdict() for shown in configuration.shown()]
    if run.as_json:
        _output.as_json({"file": configuration.path and str(configuration.path), "values": values})
        return
    file = configuration.path or "none was found; only environment variables count"
    rows = [(value["key"], value["value"], value["origin"]) for value in values]
    _output.show(f"File: {file}", _output.table("", ("key", "value", "origin"), rows))
