"""A campaign goes on at the vendor's address where it began: its calls are not known at another one."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from voicehub.campaign._ledger.contract import Document
from voicehub.config import Configuration
from voicehub.errors import ConfigError


def refuse_moved(name: str, document: Document, accounts: Collection[str], configuration: Configuration) -> None:
    """Raises `ConfigError` if one of these accounts is not the vendor's, or not at the address, of the plan."""
    for planned in document.get("chain", ()):
        if planned["account"] in accounts and (change := _moved(planned, configuration)):
            raise ConfigError(
                f"account {planned['account']} {change}; the calls of campaign {name!r} are not known there:"
                " put it back, or cancel the campaign and plan its canceled callees under another name"
            )


def _moved(planned: dict[str, Any], configuration: Configuration) -> str:
    """What is not as it was planned; of an address only the host, because the path may hold a token."""
    provider, vendor = configuration.provider(planned["account"]), planned.get("provider")
    if vendor not in (None, provider.name):
        return f"was one of {vendor} when it was planned, and is one of {provider.name} now"
    before, now = planned.get("settings", {}).get("base_url"), provider.settings.base_url
    if before in (None, now):
        return ""
    hosts = urlsplit(before).netloc, urlsplit(now).netloc
    if hosts[0] == hosts[1]:
        return f"had another base_url at {hosts[0]} when it was planned"
    return f"was at {hosts[0]} when it was planned, and is at {hosts[1]} now (base_url)"
