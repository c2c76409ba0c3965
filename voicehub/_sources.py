"""Finds the configuration file and merges it with the environment."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from voicehub._forms import first_error
from voicehub._masking import printable
from voicehub.errors import ConfigError

_WORD = "__[A-Z0-9]+(?:_[A-Z0-9]+)*"
VARIABLE = re.compile(f"VOICEHUB_(?:ACCOUNTS(?:{_WORD}){{2,}}|AUDIO(?:{_WORD}){{2}})")
DEFAULT = "VOICEHUB_DEFAULT_ACCOUNT"
DEEPEST = 5  # accounts, name, limits, kind of content, row: anything deeper counts as one value
_WRONG = {
    "dict_type": "is not a table",
    "string_type": "is not text",
    "extra_forbidden": "there is no such key; the keys are default_account and tables [accounts.NAME] and [audio.NAME]",
}


class Origin(NamedTuple):
    """Where a value comes from: the name of the file or of the variable."""

    name: str
    is_variable: bool = False


def refuse_strange_variables() -> None:
    """Raise `ConfigError` for a variable that looks like ours but would be ignored, wholly or in part."""
    names = [name for name in os.environ if name.upper().startswith(("VOICEHUB_ACCOUNT", "VOICEHUB_AUDIO", DEFAULT))]
    for name in names:
        if name != DEFAULT and not VARIABLE.fullmatch(name):
            ours = f"VOICEHUB_AUDIO__NAME__ACCOUNT, or {DEFAULT}"
            rule = f"write VOICEHUB_ACCOUNTS__NAME__KEY in capitals, with two underscores each time, {ours}"
            raise ConfigError(f"variable {printable(name)}: {rule}")
        if longer := next((other for other in names if other.startswith(f"{name}__")), None):
            raise ConfigError(f"variable {name}: {longer} is set too, and a key is either a value or a table")


def find_file(path: str | os.PathLike[str] | None) -> Path | None:
    """The first existing file of the search order, or ``None``. Raises `ConfigError` if a named file is missing."""
    from platformdirs import user_config_path

    given = os.environ.get("VOICEHUB_CONFIG") or None if path is None else path
    asked = " (named by VOICEHUB_CONFIG)" if path is None and given else ""
    searched = [Path("voicehub.toml"), user_config_path("voicehub") / "voicehub.toml"]
    for candidate in searched if given is None else [Path(given)]:
        place = f"{printable(str(candidate))}{asked}"
        try:
            candidate.stat()
        except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a null character in the name
            if given is not None:
                raise ConfigError(f"{place}: there is no such file") from None
            continue
        except OSError as error:
            raise ConfigError(f"{place}: cannot be read: {error.strerror}") from None
        if not candidate.is_file():
            raise ConfigError(f"{place}: is a folder or a device, not a file")
        return candidate
    return None


class Said(NamedTuple):
    """The merged values of file and environment, unchanged, and the origin of each leaf."""

    default_account: str | None
    accounts: dict[str, dict[str, Any]]
    audio: dict[str, dict[str, Any]]
    origins: dict[tuple[str, ...], Origin]


def read(file: Path | None) -> Said:
    """Merge file and environment. Raises `ConfigError` naming what cannot be read."""
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

    class Merged(BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix="VOICEHUB_", env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
        )
        default_account: str | None = None
        accounts: dict[str, dict[str, Any]] = {}
        audio: dict[str, dict[str, Any]] = {}

        @classmethod
        def settings_customise_sources(cls, *_: Any, **__: Any) -> tuple[Any, ...]:
            return tuple(sources)

    place = "the environment"
    sources: list[Any] = [EnvSettingsSource(Merged)]
    try:
        variables = {path for path, _ in leaves(sources[0]())}
        if file is not None:
            place = printable(str(file))
            sources.append(TomlConfigSettingsSource(Merged, toml_file=file))
        values = Merged()
    except ValidationError as error:
        key, what = first_error(error)
        kind = error.errors(include_input=False, include_url=False, include_context=False)[0]["type"]
        raise ConfigError(f"{place}: {key}: {_WRONG.get(kind, what)}") from None
    except RecursionError:
        raise ConfigError(f"{place}: is nested too deeply") from None
    except ValueError as error:  # TOML and UTF-8 errors, and whole numbers of thousands of digits
        raise ConfigError(f"{place}: is no TOML file in UTF-8: {printable(str(error))}") from None
    except OSError as error:
        raise ConfigError(f"{place}: cannot be read: {error.strerror}") from None
    tables = {"accounts": values.accounts} | ({"audio": values.audio} if values.audio else {})
    said = values.model_dump(exclude_none=True, include={"default_account"}) | tables
    from_file = Origin(place)
    origins = {path: _variable(path) if path in variables else from_file for path, _ in leaves(said)}
    return Said(values.default_account, values.accounts, values.audio, origins)


def _variable(path: tuple[str, ...]) -> Origin:
    """The variable this value comes from; its name is shorter than the path if it held a table as JSON."""
    names = ("VOICEHUB_" + "__".join(path[:end]).upper() for end in range(len(path), 0, -1))
    return Origin(next(name for name in names if name in os.environ), is_variable=True)


def leaves(table: Mapping[str, Any], *path: str, deepest: int = DEEPEST) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value and its path. An empty table counts as a value, or it would vanish; so does one nested too deep."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value and len(path) + 1 < deepest:
            yield from leaves(value, *path, key, deepest=deepest)
        else:
            yield (*path, key), value
