"""A campaign goes on at the vendor, address and account where it began: its calls are not known at another one."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from voicehub.campaign._ledger.contract import Document
from voicehub.config import Configuration
from voicehub.errors import ConfigError


def refuse_moved(name: str, document: Document, accounts: Collection[str], configuration: Configuration) -> None:
    """Raises `ConfigError` if one of these accounts is not the vendor's, or not the one there, of the plan."""
    for planned in document.get("chain", ()):
        if planned["account"] in accounts and (change := _moved(planned, configuration)):
            raise ConfigError(
                f"account {planned['account']} {change}; the calls of campaign {name!r} are not known there:"
                " put it back, or cancel the campaign and plan its canceled callees under another name"
            )


def _moved(planned: dict[str, Any], configuration: Configuration) -> str:
    """What is not as it was planned: settings by their names only, because a value may be private."""
    provider, vendor = configuration.provider(planned["account"]), planned.get("provider")
    if vendor not in (None, provider.name):
        return f"was one of {vendor} when it was planned, and is one of {provider.name} now"
    before = dict(planned.get("settings") or {})
    now = provider.settings.model_dump(mode="json")
    found = [_readdressed(before.pop("base_url", None), now["base_url"])]
    # What the plan lacks came with a newer plugin. Which secret it was, the plan does not tell: keys may be others.
    changed = [key for key, value in before.items() if value != now.get(key)]
    if others := [key for key in changed if not _is_secret(before[key], now.get(key))]:
        found.append(f"had another {' and another '.join(others)} when it was planned")
    return ", and ".join(filter(None, found))


def _readdressed(before: str | None, now: str) -> str:
    """How the address was changed; only the host, because the path may hold a token."""
    if before in (None, now):
        return ""
    hosts = urlsplit(before).netloc, urlsplit(now).netloc
    if hosts[0] == hosts[1]:
        return f"had another base_url at {hosts[0]} when it was planned"
    return f"was at {hosts[0]} when it was planned, and is at {hosts[1]} now (base_url)"


def _is_secret(*values: object) -> bool:
    """Whether one of them is masked."""
    return any(isinstance(value, str) and value and not value.strip("*") for value in values)
