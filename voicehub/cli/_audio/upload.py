"""``voicehub audio upload``: uploads files, each recording once, and prints their ids."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from voicehub._masking import printable
from voicehub.cli import _output
from voicehub.cli._options import account_option, config_option, json_option
from voicehub.cli._run import Run
from voicehub.errors import AskError, UnsupportedField

if TYPE_CHECKING:
    from voicehub.client import Client


@click.command("upload")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--name", metavar="NAME", help="Name at the vendor, with its ending (.mp3). Default: made from the content."
)
@config_option
@account_option
@json_option
@click.pass_obj
def command(run: Run, paths: Sequence[str], name: str | None, config: str | None, account: str | None) -> None:
    """Upload recordings (mp3, m4a or wav) and print the id of each: send takes it as --audio-file-id.

    A recording that the account already has is not uploaded again, and no vendor renames one: then --name has no
    effect, which is told.

    Exit codes: 0 all are at the vendor, 2 usage, configuration or no such file, 3 not a recording, refused, or vendor
    not reached.
    """
    if name is not None and len(paths) > 1:
        raise click.UsageError("--name works with one file only")
    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110 - False, too, for an invalid path
            raise click.UsageError(f"there is no file {path}")
    from voicehub.client import Client

    uploaded = []
    with Client.from_config(config, account=account) as client:
        run.serve(client)
        for path in paths:
            _output.words(f"uploading {path} ...")
            file_id = client.upload(path, name=name).file_id
            uploaded.append({"path": path, "file_id": file_id})
            if not run.as_json:
                _output.data(run.without_secrets(file_id))
            if name is not None and (held := _name_of(client, file_id)) not in (name, None):
                uploaded[-1]["held_as"] = held
                text = f"account {run.account} had this recording already, as {held}; --name has no effect"
                _output.words(printable(run.without_secrets(text)))
    if run.as_json:
        _output.as_json({"account": run.account, "provider": run.provider, "files": uploaded})


def _name_of(client: "Client", file_id: str) -> str | None:
    """The recording's name at the vendor; ``None``: it cannot be found out."""
    try:
        return next((file.name for file in client.files() if file.file_id == file_id), None)
    except (AskError, UnsupportedField):
        return None
