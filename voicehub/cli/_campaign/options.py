"""The options of every campaign command, and how it finds its ledger."""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from voicehub.cli import _output
from voicehub.cli._options import config_option, json_option, not_empty, text

if TYPE_CHECKING:
    from voicehub.campaign import Campaign, SqliteLedger
    from voicehub.config import Configuration

_Command = TypeVar("_Command", bound=Callable[..., Any])

_ledger_option = click.option(
    "--ledger",
    metavar="FILE",
    callback=not_empty,
    help="Ledger file. Default: voicehub/ledger.db in your state folder.",
)
name_argument = click.argument("name", metavar="NAME", callback=text)


def campaign_options(command: _Command) -> _Command:
    """``--config``, ``--ledger`` and ``--json``."""
    return config_option(_ledger_option(json_option(command)))


@contextmanager
def opened(file: str | None, *, is_made: bool = False) -> "Iterator[SqliteLedger]":
    """The ledger in this file, closed at the end. ``is_made``: a missing one is created; else it is refused."""
    from contextlib import closing

    from voicehub.campaign import SqliteLedger
    from voicehub.errors import LedgerError

    path = ledger_file(file)
    if not is_made and _is_missing(path):
        raise LedgerError(f"there is no ledger at {path}; voicehub campaign plan makes one")
    with closing(SqliteLedger(path)) as ledger:
        yield ledger


def _is_missing(file: str) -> bool:
    """Whether there certainly is no such file. Any other fault is reported when it is opened."""
    try:
        os.stat(os.path.expanduser(file))  # noqa: PTH111, PTH116 - a path as it was written
    except (OSError, ValueError) as error:
        return isinstance(error, FileNotFoundError)
    return False


@contextmanager
def campaign(name: str, file: str | None, config: str | None) -> "Iterator[tuple[Campaign, SqliteLedger]]":
    """The campaign of this name, and the ledger it is kept in."""
    from voicehub.campaign import Campaign

    with opened(file) as ledger:
        yield Campaign.open(ledger, name, configuration=config), ledger


def readable(config: str | None) -> "Configuration | None":
    """The configuration; ``None``, with a warning, if it cannot be read: reading a ledger does not need it."""
    from voicehub.config import load
    from voicehub.errors import ConfigError

    try:
        return load(config)
    except ConfigError as error:
        effect = "continuing without it, so reports of calls count whether they were verified or not"
        _output.words(f"voicehub: the configuration cannot be read ({error}); {effect}")
        return None


def ledger_file(file: str | None) -> str:
    """The ledger's file: the one that was named, else the one of the platform."""
    if file is not None:
        return file
    from platformdirs import user_state_path

    return str(user_state_path("voicehub") / "ledger.db")


def following(command: str, name: str, *words: str, config: str | None, ledger: str | None) -> str:
    """The command line for the next step, with the files this command was given."""
    given = {"--config": config, "--ledger": ledger}
    files = [word for option, file in given.items() if file is not None for word in (option, file)]
    return shlex.join(["voicehub", "campaign", command, name, *words, *files])


def at_least_one(_: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A whole number from 1, in ASCII digits."""
    if value is not None and not re.fullmatch("0{0,9}[1-9][0-9]{0,17}", value):
        raise click.BadParameter("is not a whole number from 1, in digits 0 to 9", param=parameter)
    return None if value is None else int(value)


def hours(_: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """A number of hours above 0, in ASCII digits."""
    if value is not None and not (re.fullmatch("[0-9]{1,6}(?:[.][0-9]{1,6})?", value) and float(value)):
        raise click.BadParameter("is not a number of hours above 0, such as 24 or 0.5", param=parameter)
    return None if value is None else float(value)
