"""``voicehub audio delete``: deletes recordings by their ids."""

from collections.abc import Sequence

import click

from voicehub.cli import _output
from voicehub.cli._options import account_option, config_option, json_option
from voicehub.cli._run import Run


@click.command("delete")
@click.argument("file_ids", nargs=-1, required=True, metavar="ID...")
@config_option
@account_option
@json_option
@click.pass_obj
def command(run: Run, file_ids: Sequence[str], config: str | None, account: str | None) -> None:
    """Delete recordings by their ids. Messages that still play them will be refused.

    If the account does not have all of them, nothing is deleted.

    Exit codes: 0 deleted, 2 usage or configuration, 3 no such recording, refused, or vendor not reached.
    """
    from voicehub.client import Client
    from voicehub.errors import MessageError
    from voicehub.provider import ListFiles

    with Client.from_config(config, account=account) as client:
        run.serve(client)
        if ListFiles in client.provider.abilities:
            held = {file.file_id for file in client.files()}
            for position, file_id in enumerate(file_ids):
                if file_id not in held:
                    rule = f"account {run.account} has no recording with this id; nothing was deleted"
                    raise MessageError("ID", f"{rule}; voicehub audio list shows all of them", position=position)
        client.delete_files(*file_ids)
    if run.as_json:
        _output.as_json({"account": run.account, "provider": run.provider, "deleted": list(file_ids)})
    else:
        _output.words(f"deleted {len(file_ids)} at account {run.account} ({run.provider})")
