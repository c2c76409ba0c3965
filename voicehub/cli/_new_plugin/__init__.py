"""``voicehub new-plugin``: creates a plugin to fill in, whose tests run at once. Needs neither git nor network."""

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from voicehub.cli import _output
from voicehub.cli._options import json_option
from voicehub.cli._run import Run


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to create it in. Default: the current folder.",
)
@json_option
@click.pass_obj
def command(run: Run, name: str, into: Path) -> None:
    """Create a plugin for the provider NAME in a new folder voicehub-NAME.

    It is a complete package: entry point, types, README and a test file of two lines. Its test, 'voicehub check NAME',
    runs at once, and fails only where your vendor has to be filled in; each text says where.

    NAME is small letters, digits and single hyphens or underscores, a letter first. A folder that is not empty is left
    alone.
    """
    from voicehub.cli._new_plugin.rendering import module_of, render

    folder = into / f"voicehub-{_proper(name).replace('_', '-')}"
    _needs_room(folder)
    render(name, folder)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    if run.as_json:
        made = {"provider": name, "distribution": folder.name, "folder": str(folder), "files": files}
        _output.as_json(made)
        return
    _output.data("\n".join(str(folder / file) for file in files))
    _output.words(f"Fill in {folder / module_of(name) / '__init__.py'} from top to bottom. This shows what is missing:")
    # An environment that uv made has no pip; another one's installs into it.
    pip = "pip" if find_spec("pip") else f"python3 -m pip --python {sys.executable}"
    _output.words(f"  {pip} install -e '{folder}[test]' && voicehub check {name}")


def _proper(name: str) -> str:
    from voicehub._forms import PROVIDER_NAME

    if not PROVIDER_NAME.fullmatch(name):
        raise click.BadParameter(
            f"{name!r} is not small letters, digits and single hyphens or underscores, a letter first, such as acme-v1",
            param_hint="'NAME'",
        )
    if name == "core":
        raise click.BadParameter("voicehub-core is the distribution of voicehub itself", param_hint="'NAME'")
    return name


def _needs_room(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise click.UsageError(f"{folder} exists and is not an empty folder; move it away, or use --into")
