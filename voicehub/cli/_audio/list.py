"""``voicehub audio list``: the recordings of an account."""

import click

from voicehub.cli import _output
from voicehub.cli._options import account_option, config_option, json_option
from voicehub.cli._run import Run


@click.command("list")
@config_option
@account_option
@json_option
@click.pass_obj
def command(run: Run, config: str | None, account: str | None) -> None:
    """List every recording of the account: its id and its name.

    Exit codes: 0 listed, 2 usage or configuration, 3 refused, or vendor not reached.
    """
    from voicehub.client import Client

    with Client.from_config(config, account=account) as client:
        run.serve(client)
        files = [
            {name: run.without_secrets(value) for name, value in file._asdict().items()} for file in client.files()
        ]
    if run.as_json:
        _output.as_json({"account": run.account, "provider": run.provider, "files": files})
        return
    _output.show(_output.table("", ("id", "name"), [(file["file_id"], file["name"]) for file in files]))
    _output.words(f"{len(files)} held by account {run.account} ({run.provider})")
