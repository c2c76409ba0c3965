"""``voicehub audio delete``: recordings by their ids."""

from collections.abc import Sequence

import click

from voicehub.cli import _output
from voicehub.cli._run import Run, account_option, config_option, json_option


@click.command("delete")
@click.argument("file_ids", nargs=-1, required=True, metavar="ID...")
@config_option
@account_option
@json_option
@click.pass_obj
def command(run: Run, file_ids: Sequence[str], config: str | None, account: str | None) -> None:
    """Delete recordings by their ids. What still plays them will be refused.

    Exit codes: 0 deleted, 2 usage or configuration, 3 refused or not reached.
    """
    from voicehub.client import Client

    with Client.from_config(config, account=account) as client:
        run.serve(client)
        client.delete_files(*file_ids)
    if run.as_json:
        _output.as_json({"account": run.account, "provider": run.provider, "deleted": list(file_ids)})
    else:
        _output.words(f"deleted {len(file_ids)} at account {run.account} ({run.provider})")
