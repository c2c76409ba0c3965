"""TOML and environment to accounts. An account is a named entry: a provider, its settings, and limits it overrides.

The file is ``path``, else ``VOICEHUB_CONFIG``, else ``./voicehub.toml``, else the platform's configuration folder; each
value may come from the environment instead (``VOICEHUB_ACCOUNTS__ALERTS__API_KEY``), which goes before the file.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from voicehub import plugins
from voicehub._forms import first_error
from voicehub._masking import HIDDEN, printable
from voicehub.errors import ConfigError, PluginError, UnknownProvider
from voicehub.provider import Provider, override

_ACCOUNT = re.compile("[a-z](?:_?[a-z0-9])*_?")  # no "__": that parts the words of a variable
_VARIABLE = re.compile("VOICEHUB_ACCOUNTS__.+__.+")


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
        names = ", ".join(self.accounts) or "none"
        if account is None:
            account = self.default_account
        if account is None and len(self.accounts) == 1:
            (account,) = self.accounts
        if account is None:
            place = self.path or "no configuration file was found, and the environment"
            raise ConfigError(f"{place} names no default_account, and no account was asked for; there are: {names}")
        if account not in self.accounts:
            raise ConfigError(f"{self.path or 'the environment'} has no account {account!r}; there are: {names}")
        return account

    def provider(self, account: str) -> Provider:
        """The provider of this account, ready to use. Raises `ConfigError` naming file or variable, table and key."""
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
        try:
            settings = cls.Settings(**table)
        except ValidationError as error:
            key, what = first_error(error)
            raise self._wrong(account, key, "is missing" if what == "Field required" else what) from None
        try:
            source = self._place(account, "limits")
            return cls(settings, limits=override(cls.limits, limits, source=source, wire_names=cls.wire_names))
        except ConfigError as error:
            raise ConfigError(f"{self._place(account, 'limits')}: {error}") from None

    def shown(self) -> list[Shown]:
        """Every value and its origin, secrets masked; what nobody set stands there as the provider's default."""
        rows = [Shown("default_account", self.default_account or "", self.origins.get(("default_account",), "not set"))]
        for account, table in self.accounts.items():
            try:
                fields = plugins.installed.provider(str(table.get("provider"))).Settings.model_fields
            except (PluginError, UnknownProvider):
                fields = {}  # what nobody can tell apart is shown as if it were secret
            readable = {"provider", "limits", *(name for name, info in fields.items() if info.annotation is str)}
            for path, value in _leaves(table):
                shown = printable(str(value)) if path[0] in readable else HIDDEN
                key = ".".join(("accounts", account, *path))
                rows.append(Shown(key, shown, self.origins["accounts", account, *path]))
            for name, info in fields.items():
                if name not in table and not info.is_required():
                    origin = f"default of {table['provider']}"
                    rows.append(Shown(f"accounts.{account}.{name}", str(info.default), origin))
        return rows

    def _place(self, account: str, key: str) -> str:
        wanted = ("accounts", account, *key.split("."))
        origin = next((origin for path, origin in self.origins.items() if path[: len(wanted)] == wanted), None)
        if origin is not None and origin.startswith("VOICEHUB_"):
            return f"variable {origin}"
        return f"{self.path or 'the environment'} [accounts.{account}] {key}"

    def _wrong(self, account: str, key: str, what: str) -> ConfigError:
        variable = f"VOICEHUB_ACCOUNTS__{account}__{key.split('.')[0]}".upper()
        hint = f"; write it there or set {variable}" if what == "is missing" else ""
        return ConfigError(f"{self._place(account, key)}: {what}{hint}")


def load(path: str | os.PathLike[str] | None = None) -> Configuration:
    """Read the configuration. Raises `ConfigError` naming file or variable, table and key."""
    for name in os.environ:
        if name.startswith("VOICEHUB_ACCOUNT") and not _VARIABLE.fullmatch(name):
            raise ConfigError(f"variable {name}: write VOICEHUB_ACCOUNTS__NAME__KEY, with two underscores each time")
    file = _file(path)
    values, origins = _read(file)
    for account in values["accounts"]:
        if not _ACCOUNT.fullmatch(account):
            place = f"{file or 'the environment'} [accounts.{printable(account)}]"
            raise ConfigError(f"{place}: an account's name is small letters, digits and single _, a letter first")
    return Configuration(file, values["default_account"], values["accounts"], origins)


def _file(path: str | os.PathLike[str] | None) -> Path | None:
    given = path or os.environ.get("VOICEHUB_CONFIG")
    if given:
        if not Path(given).is_file():
            asked = "" if path else " (named by VOICEHUB_CONFIG)"
            raise ConfigError(f"{given}{asked}: there is no such file")
        return Path(given)
    from platformdirs import user_config_path

    candidates = Path("voicehub.toml"), user_config_path("voicehub") / "voicehub.toml"
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _read(file: Path | None) -> tuple[dict[str, Any], dict[tuple[str, ...], str]]:
    """The merged values, and the origin of each leaf: the file or a variable."""
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

    class Merged(BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix="VOICEHUB_", env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
        )
        default_account: str | None = None
        accounts: dict[str, dict[str, Any]] = {}

        @classmethod
        def settings_customise_sources(cls, *_: Any, **__: Any) -> tuple[Any, ...]:
            return tuple(sources)

    sources: list[Any] = [EnvSettingsSource(Merged)]
    try:
        if file is not None:
            sources.append(TomlConfigSettingsSource(Merged, toml_file=file))
        values = Merged()
    except ValidationError as error:
        key, what = first_error(error)
        told = f"{key}: {what}; the keys are default_account and tables [accounts.NAME]"
        raise ConfigError(f"{file or 'the environment'}: {told}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: is no TOML file in UTF-8: {error}") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    origins = {}
    for source in reversed(sources):
        for path, _ in _leaves(source()):
            variable = "VOICEHUB_" + "__".join(path).upper()
            origins[path] = variable if isinstance(source, EnvSettingsSource) else str(file)
    return values.model_dump(), origins


def _leaves(table: Mapping[str, Any], *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, *path, key)
        else:
            yield (*path, key), value
