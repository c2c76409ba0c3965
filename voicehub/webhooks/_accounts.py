"""The accounts that take reports (those with a ``webhook`` secret), and the one comparison of that secret."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from voicehub.config import Configuration
from voicehub.errors import ConfigError
from voicehub.provider import FindRecord, Provider
from voicehub.records import CallRecord

#: Where reports are taken, below wherever the application is mounted.
PATH = "/reports/{account}/{secret}"
#: The record of a call, by account and call id; ``None``: there is none, or not yet.
Verify = Callable[[str, str], CallRecord | None]


@dataclass(frozen=True, slots=True)
class Listener:
    """An account whose vendor reports here. ``verified``: a report counts only if the vendor confirms it."""

    account: str
    provider: Provider
    verified: bool
    digest: bytes = field(repr=False)


_NOBODY = hashlib.sha256(secrets.token_bytes()).digest()


def listener_at(served: Mapping[str, Listener], account: str, secret: str) -> Listener | None:
    """The listener at this address, or ``None``. Takes as long for an unknown account as for a wrong secret."""
    found = served.get(account)
    given = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()  # the same length for any input
    same = hmac.compare_digest(given, _NOBODY if found is None else found.digest)
    return found if same else None


def listeners(configuration: Configuration) -> Mapping[str, Listener]:
    """The accounts that have a ``webhook`` secret. Raises `ConfigError`, also where none has one."""
    found = {}
    for account in configuration.accounts:
        secret = configuration.webhook(account)
        if secret is None:
            continue
        provider, verified = configuration.provider(account), configuration.verify_reports(account)
        if provider.reports is None:
            told = f"{provider.name} pushes no reports that are known here; take this key out"
            raise ConfigError(f"[accounts.{account}] webhook: {told}")
        if verified and FindRecord not in provider.abilities:
            told = f"{provider.name} cannot be asked for a record; take this key out"
            raise ConfigError(f"[accounts.{account}] verify_reports: {told}")
        digest = hashlib.sha256(secret.get_secret_value().encode()).digest()
        found[account] = Listener(account, provider, verified, digest)
    if not found:
        wanting = lacking(configuration)
        hint = "; ".join(f'write webhook = "{fresh}" into [accounts.{account}]' for account, fresh in wanting.items())
        why = hint or "and no vendor of these accounts pushes reports that are known here"
        raise ConfigError(f"no account has a webhook secret, so no report could be taken: {why}")
    return found


def lacking(configuration: Configuration) -> Mapping[str, str]:
    """The accounts whose vendor pushes reports and that have no ``webhook`` secret; for each a fresh one."""
    wanting = (account for account in configuration.accounts if configuration.webhook(account) is None)
    return {
        account: secrets.token_urlsafe(32) for account in wanting if configuration.provider(account).reports is not None
    }
