"""Asks each account's vendor for its balance, which places no call and costs nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voicehub.cli._doctor.examination import Finding
from voicehub.errors import AskError, RefusalKind, UnsupportedField

if TYPE_CHECKING:
    from voicehub.provider import Provider

_ADVICE = {
    RefusalKind.AUTH: ("key or secret is refused", "compare them with the vendor's console"),
    RefusalKind.ADDRESS: ("this machine's address is not allowed", "allow it in the vendor's console"),
    RefusalKind.CLOCK: ("this machine's clock is refused", "set the clock, best by NTP"),
    RefusalKind.BALANCE: ("no balance, or the account is locked", "see the vendor's console"),
    RefusalKind.THROTTLED: ("asked too often", "try again in a while"),
    RefusalKind.REQUEST: ("the question is refused", "look at base_url, and whether the plugin is up to date"),
}


def ask(config: str | None) -> Iterator[Finding]:
    """One finding for each account that can be used; the examination reports the others."""
    from voicehub.config import load
    from voicehub.errors import ConfigError, PluginError

    try:
        configuration = load(config)
    except ConfigError:
        return
    for account in configuration.accounts:
        try:
            provider = configuration.provider(account)
        except (ConfigError, PluginError):
            continue
        yield _asked(f"vendor of {account}", provider)


def _asked(about: str, provider: "Provider") -> Finding:
    from voicehub.client import Client
    from voicehub.errors import PluginError

    try:
        with Client(provider) as client:
            balance = client.balance()
    except UnsupportedField:
        return Finding(about, "note", f"{provider.name} cannot be asked for a balance, so nothing was checked")
    except PluginError as error:
        return Finding(about, "broken", str(error), "update or repair the plugin")
    except AskError as error:
        if error.kind is None:
            return Finding(about, "broken", str(error), "look at base_url, the network and a proxy")
        told, advice = _ADVICE[error.kind]
        return Finding(about, "broken", f"{told}{_how_far(error)}: {error}", advice)
    money = f"{balance.available:f} {balance.currency or ''}".rstrip()
    if balance.available <= 0:
        return Finding(
            about, "broken", f"credentials, address and clock are accepted; no balance: {money}", "top up the account"
        )
    return Finding(about, "ok", f"credentials, address and clock are accepted; balance {money}")


def _how_far(error: AskError) -> str:
    if error.kind is not RefusalKind.CLOCK or error.clock_ahead_seconds is None:
        return ""
    minutes = round(abs(error.clock_ahead_seconds) / 60)
    side = "ahead" if error.clock_ahead_seconds > 0 else "behind"
    return f", it is {minutes} {'minute' if minutes == 1 else 'minutes'} {side} of the vendor's"
