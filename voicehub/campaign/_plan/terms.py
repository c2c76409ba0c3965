"""What a plan is bound to: if any of it changes, its digest does, and a run of that digest is refused."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from voicehub.campaign._run.order import limits_for, recording_of, spoken_by
from voicehub.client import Client
from voicehub.config import Configuration
from voicehub.errors import ConfigError, MessageError, UnsupportedField
from voicehub.message import Announcement
from voicehub.provider import Limits, Provider

_WORDS = {
    "input": "the input file",
    "announcement": "the announcement",
    "chain": "the accounts",
    "layout": "the reading of the input",
    "region": "the region",
    "batch": "the number of callees a request takes",
    "do_not_call": "the do-not-call file",
    "not_phoned_within_hours": "the hours of 'not phoned within'",
}


def digest_of(terms: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the terms as canonical JSON."""
    text = json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def chain_terms(announcement: Announcement, account: str, configuration: Configuration) -> list[dict[str, Any]]:
    """For each account that may be used, everything that shapes its requests, without secrets.

    Checks the announcement against each. Raises `MessageError` naming the account, `ConfigError`, or `PluginError`.
    """
    chain = configuration.chain(account)
    providers = {name: configuration.provider(name) for name in chain}
    _no_strange_options(announcement, providers)
    return [_terms_of(announcement, name, provider, configuration) for name, provider in providers.items()]


def announced(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The announcement as it may be shown, with its content as each account plays it.

    Of a URL only the host: path and query may hold a signed token.
    """
    contents = {one["account"]: dict(one["content"]) for one in terms["chain"]}
    for content in contents.values():
        if "url" in content:
            parts = urlsplit(content["url"])
            content["url"] = f"{parts.scheme}://{parts.hostname}/..."
    return {**terms["announcement"], "content": contents}


def limits_of(announcement: Announcement, account: str, configuration: Configuration) -> tuple[Provider, Limits]:
    """The provider of this account, and its limits for the announcement's content."""
    provider = configuration.provider(account)
    limits = limits_for(provider, spoken_by(announcement, account, provider, configuration))
    assert limits is not None  # noqa: S101 - the terms were made before; this tells mypy
    return provider, limits


def refuse_changes(planned: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises `ConfigError` naming what is no longer as it was planned."""
    changed = [name for name in planned if planned[name] != now.get(name)]
    if not changed:
        return
    words = [_changed_account(planned["chain"], now["chain"]) if name == "chain" else _WORDS[name] for name in changed]
    raise ConfigError(f"not as planned any more: {', '.join(words)}; put it back, or plan again under another name")


def _terms_of(
    announcement: Announcement, account: str, provider: Provider, configuration: Configuration
) -> dict[str, Any]:
    spoken = spoken_by(announcement, account, provider, configuration)
    limits = limits_for(provider, spoken)
    if limits is None:
        kinds = ", ".join(kind.__name__ for kind in provider.limits)
        rule = f"account {account}: {provider.name} plays {kinds}, not {type(spoken.content).__name__}"
        raise UnsupportedField("content", rule)
    least = int(max(7, limits.callee_digits.low))
    with Client(provider, account=account) as client:
        try:
            client.check(spoken.addressed_to("+" + "9" * least))
        except MessageError as error:
            raise type(error)(error.field, f"account {account}: {error.rule}", error.limit) from None
    recording = recording_of(spoken)
    return {
        "account": account,
        "provider": provider.name,
        "settings": provider.settings.model_dump(mode="json"),  # its secrets are SecretStr, and come out as asterisks
        "limits": {name: row and [row.low, row.high, row.unit, row.required] for name, row in limits.rows().items()},
        "content": spoken.content.model_dump(mode="json"),
        **({} if recording is None else {"recording": recording}),
    }


def _no_strange_options(announcement: Announcement, providers: Mapping[str, Provider]) -> None:
    names = {provider.name for provider in providers.values()}
    if strangers := sorted(announcement.provider_options.keys() - names):
        rule = f"has options for {', '.join(strangers)}, which is the provider of none of these accounts: "
        raise UnsupportedField("provider_options", rule + ", ".join(providers))


def _changed_account(planned: list[dict[str, Any]], now: list[dict[str, Any]]) -> str:
    names = [one["account"] for one in planned]
    if names != [one["account"] for one in now]:
        return f"the accounts (they were {', then '.join(names)})"
    changed = [
        f"{key} of account {before['account']}"
        for before, after in zip(planned, now, strict=True)
        for key in before
        if before[key] != after.get(key)
    ]
    return ", ".join(changed)
