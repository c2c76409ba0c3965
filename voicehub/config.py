"""Reads accounts from TOML and environment. An account is a named entry: provider, settings, limit overrides.

The file is ``path``, else ``VOICEHUB_CONFIG``, else ``./voicehub.toml``, else the platform's configuration folder; each
value may come from the environment instead (``VOICEHUB_ACCOUNTS__ALERTS__API_KEY``), which overrides the file.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from voicehub import plugins
from voicehub._accounts import COMMON, Accounts, Pace
from voicehub._forms import TABLE_NAME, first_error, is_missing
from voicehub._masking import HIDDEN, mask_text, printable, words_of
from voicehub._sources import DEEPEST, Origin, find_file, leaves, read, refuse_strange_variables
from voicehub.errors import ConfigError, PluginError, UnknownProvider
from voicehub.provider import Provider, override

__all__ = ["Configuration", "Pace", "Shown", "load"]

_NUMBERS = re.compile("[][0-9., -]*")
_BETWEEN_NAMES = re.compile("""[]["', ]+""")
_READABLE = {"provider", *COMMON} - {"webhook"}
_DOTS = re.compile(r"\.{2,}|\u2026")  # the placeholder for your own value in examples
_ROOT = re.compile("https?://[^@?#]*")
_PLAIN = (str, int, float, bool, NoneType)


class Shown(NamedTuple):
    """One value of the configuration, safe to show: its key, the value with secrets masked, its origin."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True)
class Configuration(Accounts):
    """Accounts with their providers, and all values in a form that is safe to show."""

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
        limits = table.get("limits", {})
        for key in COMMON:
            table.pop(key, None)
        if not isinstance(limits, Mapping):
            raise self._wrong(account, "limits", "is not a table")
        if strangers := table.keys() - cls.Settings.model_fields:
            keys = ", ".join(["provider", *cls.Settings.model_fields, *COMMON])
            raise self._wrong(account, min(strangers), f"is no setting of {name}; the settings are {keys}")
        for key, value in table.items():
            if isinstance(value, str) and _DOTS.fullmatch(value):
                raise self._wrong(account, key, "holds the dots of an example; write what the vendor gave you")
        secrets = [value for _, value in leaves(table) if isinstance(value, str)]
        moved = self._limits(account, cls, limits)
        try:
            return cls(cls.Settings(**table), limits=moved)
        except ValidationError as error:
            key, what = first_error(error)
            if is_missing(error):
                raise self._missing(account, key) from None
            raise self._wrong(account, key, mask_text(what, secrets)) from None
        except Exception as error:  # plugin code; its error text may hold its input
            told = f"{type(error).__name__}: {mask_text(words_of(error), secrets)}"
            raise PluginError(f"{self._place(account)}: the settings of plugin {name} failed: {told}") from None

    def shown(self) -> list[Shown]:
        """Every value and its origin, secrets masked; an unset value is listed with the provider's default."""
        default = printable(self.default_account or "")
        origin = self.origins.get(("default_account",), Origin("not set"))
        rows = [Shown("default_account", default, origin.name)]
        for account, table in self.accounts.items():
            try:
                fields = plugins.installed.provider(str(table.get("provider"))).Settings.model_fields
            except (PluginError, UnknownProvider):
                fields = {}  # the fields are unknown, so every value is hidden as if it were secret
            readable = _READABLE | {name for name, info in fields.items() if _is_plain(info.annotation)}
            for path, value in leaves(table, deepest=DEEPEST - 2):
                shown = printable(str(value)) if path[0] in readable and self._may_be_shown(path, value) else HIDDEN
                key = printable(".".join(("accounts", account, *path)))
                rows.append(Shown(key, shown, self.origins["accounts", account, *path].name))
            for name, info in fields.items():
                if name not in table and not info.is_required():
                    shown = _default_of(info) if name in readable else HIDDEN
                    rows.append(Shown(f"accounts.{account}.{name}", shown, f"default of {table['provider']}"))
        for path, value in leaves(self.audios):
            known = len(path) == 2 and path[1] in self.accounts and isinstance(value, str)
            key = printable(".".join(("audio", *path)))
            rows.append(Shown(key, printable(str(value)) if known else HIDDEN, self.origins["audio", *path].name))
        return rows

    def _limits(self, account: str, cls: type[Provider], table: Mapping[str, Any]) -> Any:
        """The limits, overridden row by row so that each knows its source; rows of one kind of content come last."""
        limits = cls.limits
        for path, value in sorted(leaves(table, deepest=2), key=lambda leaf: len(leaf[0])):
            place = self._place(account, "limits", *path)
            one_row = {path[0]: value} if len(path) == 1 else {path[0]: {path[1]: value}}
            try:
                limits = override(limits, one_row, source=place, wire_names=cls.wire_names)
            except ConfigError as error:
                rule = str(error).partition(": ")[2]  # the place already names the row
                raise ConfigError(f"{place}: {rule}") from None
        return limits

    def _may_be_shown(self, path: tuple[str, ...], value: object) -> bool:
        """Whether the value looks right for this key: a secret in the wrong place is still a secret."""
        if path[0] == "fallback":
            return set(_BETWEEN_NAMES.split(str(value))) <= {"", *self.accounts}
        if path[0] == "verify_reports":
            return str(value).lower() in ("true", "false")
        if path[0] in ("limits", "pace"):
            return _NUMBERS.fullmatch(str(value)) is not None
        if path[0] == "base_url":  # a URL with a password is refused on use, and must not be shown before that
            return _ROOT.fullmatch(str(value)) is not None
        return len(path) == 1 and isinstance(value, _PLAIN)


def load(path: str | os.PathLike[str] | None = None) -> Configuration:
    """Read the configuration. Raises `ConfigError` naming file or variable, table and key."""
    refuse_strange_variables()
    file = find_file(path)
    said = read(file)
    for kind, names in (("account", said.accounts), ("audio", said.audio)):
        for name in names:
            if not TABLE_NAME.fullmatch(name):
                table = "accounts" if kind == "account" else kind
                place = printable(f"{file or 'the environment'} [{table}.{name}]")
                raise ConfigError(f"{place}: an {kind}'s name is small letters, digits and single _, a letter first")
    accounts = _Unshown({name: _Unshown(table) for name, table in said.accounts.items()})
    return Configuration(file, said.default_account, accounts, said.audio, said.origins)


class _Unshown(dict[str, Any]):
    """A table that may hold secrets: its ``repr`` names the keys."""

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{key!r}: {HIDDEN}' for key in self)}}}"


def _is_plain(annotation: Any) -> bool:
    """Whether a setting of this type can hold no secret: ``SecretStr``, and whatever could hold one, is not plain."""
    if get_origin(annotation) in (Union, UnionType):
        return all(map(_is_plain, get_args(annotation)))
    return annotation in _PLAIN


def _default_of(info: FieldInfo) -> str:
    return "computed" if info.default_factory else printable(str(info.default))
