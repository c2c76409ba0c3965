"""The accounts of a configuration: which one to use, its fallbacks, its pace and its recordings."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from voicehub._closest import closest
from voicehub._masking import printable
from voicehub._sources import VARIABLE, Origin
from voicehub.errors import ConfigError
from voicehub.message import UploadedAudio

_SLOTS = (int, 1, 512, "whole number from 1 to 512")
_RATE = (int | float, 1e-6, 1e9, "number from 0.000001 to 10^9")
_PACE = ("requests_per_second", "calls_per_second", "slots")
#: The keys every account may have besides its provider's own settings.
COMMON = ("limits", "fallback", "pace", "webhook", "verify_reports")
_WEBHOOK = re.compile("[A-Za-z0-9_-]{32,}")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a campaign uses an account: the table ``[accounts.NAME.pace]``.

    ``requests_per_second`` and ``calls_per_second`` (a call is one callee) are 0.000001 to 10^9; ``None``: unlimited.
    ``slots`` is how many requests may be in flight at once, 1 to 512.
    """

    requests_per_second: float | None = None
    calls_per_second: float | None = None
    slots: int = 16

    @property
    def at_once(self) -> int | None:
        """The most callees of one request, at least 1; ``None``: any number.

        A vendor may begin all calls of a request at once, so one holds no more than a second allows, or the time to the
        next request if that is longer.
        """
        if self.calls_per_second is None:
            return None
        return max(1, int(self.calls_per_second * max(1.0, 1 / (self.requests_per_second or 1.0))))


@dataclass(frozen=True)
class Accounts:
    """The merged values of file and environment. ``path`` is ``None`` if there is no file.

    ``accounts`` and ``audios`` hold each table as it was read, secrets included, so the ``repr`` leaves them out.
    """

    path: Path | None
    default_account: str | None
    accounts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    audios: Mapping[str, Mapping[str, Any]] = field(repr=False)
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
            raise ConfigError(
                f"{place}: there is no account {account!r}; there are: {names}{closest(account, self.accounts)}"
            )
        return account

    def chain(self, account: str) -> tuple[str, ...]:
        """This account, then those of its ``fallback`` in order; the fallbacks of these are ignored.

        Raises `ConfigError` for a name that is not an account, is this account itself, or is listed twice.
        """
        names = _read(self.accounts[self.account_name(account)].get("fallback", []))
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._wrong(account, "fallback", 'is not a list of accounts, such as ["backup"]')
        for position, name in enumerate(names):
            if name not in self.accounts:
                there = ", ".join(self.accounts) + closest(str(name), self.accounts)
                told = f"there is no account {printable(repr(name))}; there are: {there}"
                raise self._wrong(account, "fallback", told)
            if name in (account, *names[:position]):
                raise self._wrong(account, "fallback", f"names {name} again; each account gets its turn once")
        return (account, *names)

    def pace(self, account: str) -> Pace:
        """How fast this account is used. Raises `ConfigError`."""
        table = self.accounts[self.account_name(account)].get("pace", {})
        if not isinstance(table, Mapping):
            raise self._wrong(account, "pace", "is not a table")
        if strangers := table.keys() - set(_PACE):
            told = f"there is no such key; the keys are {', '.join(_PACE)}"
            raise self._wrong(account, f"pace.{min(strangers)}", told)
        values: dict[str, Any] = {name: _read(value) for name, value in table.items()}
        for name, value in values.items():
            kind, low, high, words = _SLOTS if name == "slots" else _RATE
            if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
                raise self._wrong(account, f"pace.{name}", f"is not a {words}")
        return Pace(**values)

    def webhook(self, account: str) -> SecretStr | None:
        """The secret in the address this account's vendor reports to; ``None``: it has none. Raises `ConfigError`.

        It has at least 32 characters that a URL need not escape: letters, digits, ``-`` and ``_``. No vendor signs
        its reports, so whoever knows the address is believed.
        """
        value = self.accounts[self.account_name(account)].get("webhook")
        if value is None:
            return None
        if not isinstance(value, str) or not _WEBHOOK.fullmatch(value):
            raise self._wrong(account, "webhook", "is not 32 or more letters, digits, - and _ (RFC 3986 section 2.3)")
        return SecretStr(value)

    def verify_reports(self, account: str) -> bool:
        """Whether a report of this account counts only if the vendor's own record confirms it. Raises `ConfigError`."""
        value = _read(self.accounts[self.account_name(account)].get("verify_reports", False))
        if not isinstance(value, bool):
            raise self._wrong(account, "verify_reports", "is not true or false")
        return value

    def audio(self, name: str, account: str) -> UploadedAudio:
        """The recording of this name as this account holds it. Raises `ConfigError` naming the table and the key."""
        where = self._audio_place(name, account)
        file_id = self.audios.get(name, {}).get(account)
        if file_id is None:
            variable = f"VOICEHUB_AUDIO__{name}__{account}".upper()
            hint = f", or set {variable}" if VARIABLE.fullmatch(variable) else ""
            raise ConfigError(f"{where}: is missing; write there the id of the file that account {account} holds{hint}")
        try:
            return UploadedAudio(file_id)
        except ValueError:
            raise ConfigError(f"{where}: is no file id: text without white space around it") from None

    def _audio_place(self, name: str, account: str) -> str:
        origin = self.origins.get(("audio", name, account))
        if origin is not None and origin.is_variable:
            return f"variable {origin.name}"
        return printable(f"{self.path or 'the environment'} [audio.{name}] {account}")

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


def _read(value: object) -> object:
    """A value; text that is JSON as what the JSON means, because a variable holds nothing but text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=str)
    except (ValueError, RecursionError):
        return value
