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

    Nothing is deleted when the account does not hold all of them.

    Exit codes: 0 deleted, 2 usage or configuration, 3 one is not there, refused or not reached.
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
                    told = f"account {run.account} holds no recording of this id; nothing was deleted"
                    raise MessageError("ID", f"{told}; voicehub audio list shows what there is", position=position)
        client.delete_files(*file_ids)
    if run.as_json:
        _output.as_json({"account": run.account, "provider": run.provider, "deleted": list(file_ids)})
    else:
        _output.words(f"deleted {len(file_ids)} at account {run.account} ({run.provider})")
