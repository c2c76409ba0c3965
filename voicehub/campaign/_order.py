"""What a campaign's document orders, made ready: each account of the chain with its provider, message and pace."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicehub.campaign._governor import Caps, Governor
from voicehub.campaign._ledger import Document
from voicehub.campaign._parts import Account
from voicehub.client import Client
from voicehub.config import Configuration
from voicehub.errors import ConfigError
from voicehub.message import Announcement, NamedAudio, VoiceMessage
from voicehub.provider import Provider
from voicehub.receipt import Receipt


@dataclass(frozen=True)
class Order:
    """Who is to hear what, by which accounts, and who is not to be phoned."""

    announcement: Announcement
    chain: tuple[str, ...]
    do_not_call: Path | None
    hours: float | None

    @classmethod
    def of(cls, document: Document) -> "Order":
        """The order a plan wrote down."""
        file = document.get("do_not_call")
        announcement = Announcement.model_validate(document["announcement"])
        chain = tuple(one["account"] for one in document["chain"])
        return cls(announcement, chain, None if file is None else Path(file), document.get("not_phoned_within_hours"))


def spoken_by(
    announcement: Announcement, account: str, provider: Provider, configuration: Configuration
) -> Announcement:
    """The announcement as this account sends it: its own file of a named audio, and no options of other providers.

    Raises `ConfigError` naming table and key.
    """
    moved: dict[str, Any] = {}
    if isinstance(announcement.content, NamedAudio):
        moved["content"] = configuration.audio(announcement.content.name, account)
    if announcement.provider_options:
        options = announcement.provider_options.items()
        moved["provider_options"] = {name: table for name, table in options if name == provider.name}
    return announcement.model_copy(update=moved) if moved else announcement


class Exchange:
    """The accounts of an order, ready to submit. Raises `ConfigError` or `PluginError`."""

    def __init__(self, order: Order, configuration: Configuration, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._configuration = configuration
        self._providers = {name: configuration.provider(name) for name in order.chain}
        self._spoken: Mapping[str, Announcement] = {
            name: spoken_by(order.announcement, name, provider, configuration)
            for name, provider in self._providers.items()
        }

    def accounts(self, caps: Caps, *, ramp: bool) -> list[Account]:
        """The chain, each account with a governor at its pace."""
        return [Account(name, self._governor(name, caps, ramp)) for name in self._providers]

    def connect(self, account: str) -> "ClientLine":
        """A way to this account with a connection of its own."""
        client = Client(self._providers[account], account=account, attempts=1, clock=self._clock)
        return ClientLine(client, self._spoken[account])

    def _governor(self, account: str, caps: Caps, ramp: bool) -> Governor:
        provider, pace = self._providers[account], self._configuration.pace(account)
        limits = provider.limits.get(type(self._spoken[account].content))
        if limits is None:
            kind = type(self._spoken[account].content).__name__
            raise ConfigError(f"account {account}: its provider {provider.name} plays no {kind}")
        most = None if limits.callees.high is None else int(limits.callees.high)
        return Governor(most, pace.slots, pace.requests_per_second, pace.calls_per_second, ramp, caps)


class ClientLine:
    """See `Line`: one client, which sends once and never again by itself."""

    def __init__(self, client: Client, announcement: Announcement) -> None:
        self._client = client
        self._fields = dict(announcement)

    def send(self, callees: tuple[str, ...]) -> Receipt:
        """See `Line`."""
        # Made without a look at its rules, for the client looks at every message it is handed.
        return self._client.send(VoiceMessage.model_construct(None, to=callees, **self._fields))

    def close(self) -> None:
        """See `Line`."""
        self._client.close()
