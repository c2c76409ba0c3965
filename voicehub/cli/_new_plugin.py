"""``voicehub new-plugin``: a distribution to fill in, whose exam runs at once. Needs neither git nor network."""

import re
from importlib.util import find_spec
from pathlib import Path

import click

from voicehub.cli import _output
from voicehub.cli._run import Run, json_option


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where the folder of the distribution is made; else the working directory.",
)
@json_option
@click.pass_obj
def command(run: Run, name: str, into: Path) -> None:
    """Begin a plugin for the provider NAME in a new folder voicehub-NAME.

    It is a whole distribution: entry point, types, README and a test file of two lines. Its exam, 'voicehub check
    NAME', runs at once and is broken only where your vendor has to be filled in; each text says where.

    NAME is small letters, digits and single hyphens or underscores, a letter first. A folder that holds something is
    left alone.
    """
    folder = into / f"voicehub-{_proper(name).replace('_', '-')}"
    _needs_room(folder)
    _render(name, folder)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    if run.as_json:
        made = {"provider": name, "distribution": folder.name, "folder": str(folder), "files": files}
        _output.as_json(made)
        return
    _output.data("\n".join(str(folder / file) for file in files))
    _output.words(f"Fill in {folder / _module(name) / '__init__.py'} from top to bottom. What is missing, tells:")
    _output.words(f"  pip install -e '{folder}[test]' && voicehub check {name}")


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
        raise click.UsageError(f"{folder} is there already and is not an empty folder; move it away, or use --into")


def _render(name: str, folder: Path) -> None:
    from voicehub.errors import ConfigError

    if find_spec("copier") is None:
        raise ConfigError("new-plugin needs copier; install the extra: pip install 'voicehub-core[scaffold]'")
    import copier

    values = {
        "name": name,
        "distribution": folder.name,
        "module": _module(name),
        "class_name": "".join(part.capitalize() for part in re.split("[-_]", name)) + "Provider",
        "bounds": _bounds(),
    }
    template = Path(__file__).with_name("template")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copier.run_copy(str(template), folder, data=values, defaults=True, quiet=True, settings=copier.Settings())
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be made: {error.strerror}") from None


def _module(name: str) -> str:
    return f"voicehub_{name.replace('-', '_')}"


def _bounds() -> str:
    """This release and those that keep its promises: while the first number is 0, the second one breaks them."""
    from voicehub import __version__

    major, minor = map(int, __version__.split(".")[:2])
    return f">={major}.{minor},<" + (f"{major + 1}" if major else f"0.{minor + 1}")
