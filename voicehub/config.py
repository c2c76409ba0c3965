"""TOML and environment to accounts. An account is a named entry: a provider, its settings, and limits it overrides.

The file is ``path``, else ``VOICEHUB_CONFIG``, else ``./voicehub.toml``, else the platform's configuration folder; each
value may come from the environment instead (``VOICEHUB_ACCOUNTS__ALERTS__API_KEY``), which goes before the file.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from voicehub import plugins
from voicehub._forms import first_error, is_missing
from voicehub._masking import HIDDEN, mask_text, printable
from voicehub._sources import DEEPEST, VARIABLE, Origin, find_file, leaves, read, refuse_strange_variables
from voicehub.errors import ConfigError, PluginError, UnknownProvider
from voicehub.provider import Provider, override

_ACCOUNT = re.compile("[a-z](?:_?[a-z0-9])*_?")  # no "__": that parts the words of a variable
_BOUNDS = re.compile("[][0-9., -]*")
_ROOT = re.compile("https?://[^@?#]*")
_PLAIN = (str, int, float, bool, NoneType)


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
    origins: Mapping[tuple[str, ...], Origin] = field(repr=False)

    def account_name(self, account: str | None = None) -> str:
        """The account to use: the one named, else ``default_account``, else the only one. Raises `ConfigError`."""
        place = self.path or "no configuration file was found, and the environment"
        if not self.accounts:
            raise ConfigError(f"{place} has no account; write a table [accounts.NAME], or set VOICEHUB_CONFIG")
        names = ", ".join(self.accounts)
        if account is not None:
            place = self.path or "the environment"
        elif self.default_account is not None:
            account, place = self.default_account, f"{self.origins['default_account',].name}: default_account"
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
        table = dict(self.accounts[self.account_name(account)])
        name = table.pop("provider", None)
        if name is None:
            raise self._missing(account, "provider")
        if not isinstance(name, str):
            raise self._wrong(account, "provider", "is not text")
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
        secrets = [value for _, value in leaves(table) if isinstance(value, str)]
        moved = self._limits(account, cls, limits)
        try:
            return cls(cls.Settings(**table), limits=moved)
        except ValidationError as error:
            key, what = first_error(error)
            if is_missing(error):
                raise self._missing(account, key) from None
            raise self._wrong(account, key, mask_text(what, secrets)) from None
        except Exception as error:  # a plugin's own code; its words may hold what it was given
            told = f"{type(error).__name__}: {mask_text(str(error), secrets)}"
            raise PluginError(f"{self._place(account)}: the settings of plugin {name} failed: {told}") from None

    def shown(self) -> list[Shown]:
        """Every value and its origin, secrets masked; what nobody set stands there as the provider's default."""
        default = printable(self.default_account or "")
        origin = self.origins.get(("default_account",), Origin("not set"))
        rows = [Shown("default_account", default, origin.name)]
        for account, table in self.accounts.items():
            try:
                fields = plugins.installed.provider(str(table.get("provider"))).Settings.model_fields
            except (PluginError, UnknownProvider):
                fields = {}  # what nobody can tell apart is shown as if it were secret
            readable = {"provider", "limits", *(name for name, info in fields.items() if _is_plain(info.annotation))}
            for path, value in leaves(table, deepest=DEEPEST - 2):
                shown = printable(str(value)) if path[0] in readable and _may_be_shown(path, value) else HIDDEN
                key = printable(".".join(("accounts", account, *path)))
                rows.append(Shown(key, shown, self.origins["accounts", account, *path].name))
            for name, info in fields.items():
                if name not in table and not info.is_required():
                    shown = _default_of(info) if name in readable else HIDDEN
                    rows.append(Shown(f"accounts.{account}.{name}", shown, f"default of {table['provider']}"))
        return rows

    def _limits(self, account: str, cls: type[Provider], table: Mapping[str, Any]) -> Any:
        """The limits row by row, so that each knows the place it came from; those of one kind of content last."""
        limits = cls.limits
        for path, value in sorted(leaves(table, deepest=2), key=lambda leaf: len(leaf[0])):
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
        if key and origin is not None and origin.is_variable:
            return f"variable {origin.name}"
        return printable(
            " ".join([f"{self.path or 'the environment'} [accounts.{account}]", ".".join(key)]).rstrip(" ")
        )

    def _wrong(self, account: str, key: str, what: str) -> ConfigError:
        return ConfigError(f"{self._place(account, *filter(None, key.split('.')))}: {what}")

    def _missing(self, account: str, key: str) -> ConfigError:
        variable = f"VOICEHUB_ACCOUNTS__{account}__{key.partition('.')[0]}".upper()
        hint = f"; write it there or set {variable}" if VARIABLE.fullmatch(variable) else ""
        return self._wrong(account, key, f"is missing{hint}")


def load(path: str | os.PathLike[str] | None = None) -> Configuration:
    """Read the configuration. Raises `ConfigError` naming file or variable, table and key."""
    refuse_strange_variables()
    file = find_file(path)
    default, accounts, origins = read(file)
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            place = printable(f"{file or 'the environment'} [accounts.{account}]")
            raise ConfigError(f"{place}: an account's name is small letters, digits and single _, a letter first")
    return Configuration(file, default, accounts, origins)


def _is_plain(annotation: Any) -> bool:
    """Whether a setting of this type can hold no secret: ``SecretStr``, and whatever could hold one, is not plain."""
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_is_plain, get_args(annotation)))
    return annotation in _PLAIN


def _may_be_shown(path: tuple[str, ...], value: object) -> bool:
    """Whether this looks like what belongs here: a secret in the wrong place is a secret still."""
    if path[0] == "limits":
        return _BOUNDS.fullmatch(str(value)) is not None
    if path[0] == "base_url":  # one with a password in it is refused when it is used, and must not be shown before that
        return _ROOT.fullmatch(str(value)) is not None
    return len(path) == 1 and isinstance(value, _PLAIN)


def _default_of(info: FieldInfo) -> str:
    return "computed" if info.default_factory else printable(str(info.default))
