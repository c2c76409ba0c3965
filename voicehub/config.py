"""TOML and environment to accounts. An account is a named entry: a provider, its settings, and limits it overrides.

The file is ``path``, else ``VOICEHUB_CONFIG``, else ``./voicehub.toml``, else the platform's configuration folder; each
value may come from the environment instead (``VOICEHUB_ACCOUNTS__ALERTS__API_KEY``), which goes before the file.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from voicehub import plugins
from voicehub._forms import first_error
from voicehub._masking import HIDDEN, mask_text, printable
from voicehub.errors import ConfigError, PluginError, UnknownProvider
from voicehub.provider import Provider, override

_ACCOUNT = re.compile("[a-z](?:_?[a-z0-9])*_?")  # no "__": that parts the words of a variable
_VARIABLE = re.compile("VOICEHUB_ACCOUNTS(?:__[A-Z0-9]+(?:_[A-Z0-9]+)*){2,}")
_DEFAULT = "VOICEHUB_DEFAULT_ACCOUNT"
_DEEPEST = 5  # accounts, its name, limits, a kind of content, a row: what lies deeper is one value
_SHORT = 4  # hiding a shorter value wherever it stands would make a text unreadable and protect nothing
_PLAIN = (str, int, float, bool, NoneType)
_WRONG = {
    "dict_type": "is not a table",
    "string_type": "is not text",
    "extra_forbidden": "there is no such key; the keys are default_account and tables [accounts.NAME]",
}


class Shown(NamedTuple):
    """One value of the configuration as it may be shown: where it stands, itself with secrets masked, its origin."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True)
class Configuration:
    """What file and environment say together. ``path`` is ``None`` where there is no file.

    ``accounts`` holds each account's table as it came, secrets included: its ``repr`` is left out.
    """

    path: Path | None
    default_account: str | None
    accounts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    origins: Mapping[tuple[str, ...], str] = field(repr=False)

    def account_name(self, account: str | None = None) -> str:
        """The account to use: the one named, else ``default_account``, else the only one. Raises `ConfigError`."""
        place = self.path or "no configuration file was found, and the environment"
        if not self.accounts:
            raise ConfigError(f"{place} has no account; write a table [accounts.NAME], or set VOICEHUB_CONFIG")
        names = ", ".join(self.accounts)
        if account is not None:
            place = self.path or "the environment"
        elif self.default_account is not None:
            account, place = self.default_account, f"default_account of {self.origins['default_account',]}"
        elif len(self.accounts) == 1:
            (account,) = self.accounts
        else:
            raise ConfigError(f"{place} names no default_account, and no account was asked for; there are: {names}")
        if account not in self.accounts:
            raise ConfigError(f"{place}: there is no account {account!r}; there are: {names}")
        return account

    def provider(self, account: str) -> Provider:
        """The provider of this account, ready to use. Raises `ConfigError` naming file or variable, table and key.

        `PluginError` if its plugin is broken.
        """
        table = dict(self.accounts[account])
        name = table.pop("provider", None)
        if not isinstance(name, str):
            raise self._wrong(account, "provider", "is missing" if name is None else "is not text")
        try:
            cls = plugins.installed.provider(name)
        except UnknownProvider as error:
            raise UnknownProvider(f"{self._place(account, 'provider')}: {error}") from None
        limits = table.pop("limits", {})
        if not isinstance(limits, Mapping):
            raise self._wrong(account, "limits", "is not a table")
        if strangers := table.keys() - cls.Settings.model_fields:
            keys = ", ".join(["provider", *cls.Settings.model_fields, "limits"])
            raise self._wrong(account, min(strangers), f"is no setting of {name}; the settings are {keys}")
        secrets = [value for value in table.values() if isinstance(value, str) and len(value) >= _SHORT]
        moved = self._limits(account, cls, limits)
        try:
            return cls(cls.Settings(**table), limits=moved)
        except ValidationError as error:
            key, what = first_error(error)
            raise self._wrong(
                account, key, "is missing" if what == "Field required" else mask_text(what, secrets)
            ) from None
        except Exception as error:  # a plugin's own code; its words may hold what it was given
            told = f"{type(error).__name__}: {mask_text(str(error), secrets)}"
            raise PluginError(f"{self._place(account)}: the settings of plugin {name} failed: {told}") from None

    def shown(self) -> list[Shown]:
        """Every value and its origin, secrets masked; what nobody set stands there as the provider's default."""
        default = printable(self.default_account or "")
        rows = [Shown("default_account", default, self.origins.get(("default_account",), "not set"))]
        for account, table in self.accounts.items():
            try:
                fields = plugins.installed.provider(str(table.get("provider"))).Settings.model_fields
            except (PluginError, UnknownProvider):
                fields = {}  # what nobody can tell apart is shown as if it were secret
            readable = {"provider", "limits", *(name for name, info in fields.items() if _is_plain(info.annotation))}
            for path, value in _leaves(table, deepest=_DEEPEST - 2):
                shown = _text_of(path, value) if path[0] in readable else HIDDEN
                key = printable(".".join(("accounts", account, *path)))
                rows.append(Shown(key, shown, self.origins["accounts", account, *path]))
            for name, info in fields.items():
                if name not in table and not info.is_required():
                    shown = _default_of(info) if name in readable else HIDDEN
                    rows.append(Shown(f"accounts.{account}.{name}", shown, f"default of {table['provider']}"))
        return rows

    def _limits(self, account: str, cls: type[Provider], table: Mapping[str, Any]) -> Any:
        """The limits row by row, so that each knows the place it came from; those of one kind of content last."""
        limits = cls.limits
        for path, value in sorted(_leaves(table, deepest=2), key=lambda leaf: len(leaf[0])):
            place = self._place(account, "limits", *path)
            one_row = {path[0]: value} if len(path) == 1 else {path[0]: {path[1]: value}}
            try:
                limits = override(limits, one_row, source=place, wire_names=cls.wire_names)
            except ConfigError as error:
                rule = str(error).partition(": ")[2]  # the row's name stands in the place already
                raise ConfigError(f"{place}: {rule}") from None
        return limits

    def _place(self, account: str, *key: str) -> str:
        wanted = ("accounts", account, *key)
        origin = next((origin for path, origin in self.origins.items() if path[: len(wanted)] == wanted), None)
        if key and origin is not None and origin.startswith("VOICEHUB_"):
            return f"variable {origin}"
        return printable(f"{self.path or 'the environment'} [accounts.{account}] {'.'.join(key)}".rstrip())

    def _wrong(self, account: str, key: str, what: str) -> ConfigError:
        parts = key.split(".")
        variable = f"VOICEHUB_ACCOUNTS__{account}__{parts[0]}".upper()
        settable = what == "is missing" and _VARIABLE.fullmatch(variable)
        hint = f"; write it there or set {variable}" if settable else ""
        return ConfigError(f"{self._place(account, *filter(None, parts))}: {what}{hint}")


def load(path: str | os.PathLike[str] | None = None) -> Configuration:
    """Read the configuration. Raises `ConfigError` naming file or variable, table and key."""
    _refuse_strange_variables()
    file = _file(path)
    default, accounts, origins = _read(file)
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            place = printable(f"{file or 'the environment'} [accounts.{account}]")
            raise ConfigError(f"{place}: an account's name is small letters, digits and single _, a letter first")
    return Configuration(file, default, accounts, origins)


def _refuse_strange_variables() -> None:
    names = [name for name in os.environ if name.upper().startswith(("VOICEHUB_ACCOUNT", _DEFAULT))]
    for name in names:
        if name != _DEFAULT and not _VARIABLE.fullmatch(name):
            rule = f"write VOICEHUB_ACCOUNTS__NAME__KEY in capitals, with two underscores each time, or {_DEFAULT}"
            raise ConfigError(f"variable {printable(name)}: {rule}")
        if longer := next((other for other in names if other.startswith(f"{name}__")), None):
            raise ConfigError(f"variable {name}: {longer} is set too, and a key is either a value or a table")


def _file(path: str | os.PathLike[str] | None) -> Path | None:
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


def _read(file: Path | None) -> tuple[str | None, dict[str, dict[str, Any]], dict[tuple[str, ...], str]]:
    """Default account and accounts as file and environment say together, and the origin of each leaf."""
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

    class Merged(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="VOICEHUB_", env_nested_delimiter="__", extra="forbid")
        default_account: str | None = None
        accounts: dict[str, dict[str, Any]] = {}

        @classmethod
        def settings_customise_sources(cls, *_: Any, **__: Any) -> tuple[Any, ...]:
            return tuple(sources)

    place = "the environment"
    sources: list[Any] = [EnvSettingsSource(Merged)]
    try:
        variables = {path for path, _ in _leaves(sources[0]())}
        if file is not None:
            place = printable(str(file))
            sources.append(TomlConfigSettingsSource(Merged, toml_file=file))
        values = Merged()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = printable(".".join(map(str, first["loc"])))
        raise ConfigError(f"{place}: {key}: {_WRONG.get(first['type'], first['msg'])}") from None
    except RecursionError:
        raise ConfigError(f"{place}: is nested too deeply") from None
    except ValueError as error:  # TOML and UTF-8 errors, and whole numbers of thousands of digits
        raise ConfigError(f"{place}: is no TOML file in UTF-8: {printable(str(error))}") from None
    except OSError as error:
        raise ConfigError(f"{place}: cannot be read: {error.strerror}") from None
    said = {"accounts": values.accounts}
    if values.default_account is not None:
        said["default_account"] = values.default_account
    origins = {path: "VOICEHUB_" + "__".join(path).upper() if path in variables else place for path, _ in _leaves(said)}
    return values.default_account, values.accounts, origins


def _leaves(table: Mapping[str, Any], *path: str, deepest: int = _DEEPEST) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value and its path; an empty table is a value too, or it would vanish, and so is what lies too deep."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value and len(path) + 1 < deepest:
            yield from _leaves(value, *path, key, deepest=deepest)
        else:
            yield (*path, key), value


def _is_plain(annotation: Any) -> bool:
    """Whether a setting of this type can hold no secret: ``SecretStr``, and whatever could hold one, is not plain."""
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_is_plain, get_args(annotation)))
    return annotation in _PLAIN


def _text_of(path: tuple[str, ...], value: object) -> str:
    if path == ("base_url",) and set(str(value)) & set("@?#"):
        return HIDDEN  # refused when it is used, for it may hold a password; it must not be shown before that
    return "a table" if isinstance(value, Mapping) and value else printable(str(value))


def _default_of(info: FieldInfo) -> str:
    return "computed" if info.default_factory else printable(str(info.default))
