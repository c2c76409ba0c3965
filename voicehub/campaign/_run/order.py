"""A campaign's document, made ready to run: each account of the chain with its provider, message and pace."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicehub._forms import first_error
from voicehub.campaign._input.numbers import Numbers
from voicehub.campaign._input.stream import fingerprint
from voicehub.campaign._ledger.contract import Document
from voicehub.campaign._ledger.words import damaged
from voicehub.campaign._run.caps import Caps
from voicehub.campaign._run.governor import Governor
from voicehub.campaign._run.parts import Account
from voicehub.campaign._run.suppress import DoNotCall
from voicehub.client import Client
from voicehub.config import Configuration
from voicehub.errors import ConfigError
from voicehub.message import Announcement, AudioFile, NamedAudio, UploadedAudio, VoiceMessage
from voicehub.provider import Limits, Provider
from voicehub.receipt import Receipt


@dataclass(frozen=True)
class Order:
    """What is played, by which accounts, and who must not be phoned."""

    announcement: Announcement
    chain: tuple[str, ...]
    do_not_call: DoNotCall | None
    hours: float | None
    recording: str | None = None  #: SHA-256 of the played file, as planned

    @classmethod
    def of(cls, document: Document) -> "Order":
        """The order in a plan's document."""
        file = document.get("do_not_call")
        announcement = announcement_in(document)
        chain = tuple(one["account"] for one in document.get("chain", ()))
        if not chain:
            raise damaged("the plan of a campaign names no account")
        # The do-not-call file is read as the input is: both may hold national numbers.
        spared = DoNotCall(Path(file), Numbers(document.get("region")).canonical) if file else None
        recording = document["chain"][0].get("recording")
        return cls(announcement, chain, spared, document.get("not_phoned_within_hours"), recording)


def announcement_in(document: Document) -> Announcement:
    """What a plan plays. Raises `LedgerError` for what is no announcement."""
    try:
        return Announcement.model_validate(document.get("announcement"))
    except ValidationError as error:
        told = ": ".join(filter(None, first_error(error)))
        raise damaged(f"the announcement of a campaign cannot be read ({told})") from None


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


def recording_of(announcement: Announcement) -> str | None:
    """SHA-256 of the file that is played; ``None``: it plays none. Raises `ConfigError` if it cannot be read."""
    content = announcement.content
    return fingerprint(Path(content.path)).sha256 if isinstance(content, AudioFile) else None


def limits_for(provider: Provider, announcement: Announcement) -> Limits | None:
    """The limits for the kind of content, a file taken as an uploaded recording; ``None``: the vendor has no such."""
    file = isinstance(announcement.content, AudioFile)
    return provider.limits.get(UploadedAudio if file else type(announcement.content))


class Accounts:
    """The accounts of an order, ready to submit. Raises `ConfigError` or `PluginError`."""

    def __init__(self, order: Order, configuration: Configuration, clock: Callable[[], float]) -> None:
        self._recording = order.recording
        self._as_planned(order.announcement)
        self._clock = clock
        self._configuration = configuration
        self._uploading = {name: threading.Lock() for name in order.chain}
        self._providers = {name: configuration.provider(name) for name in order.chain}
        self._spoken = {
            name: spoken_by(order.announcement, name, provider, configuration)
            for name, provider in self._providers.items()
        }

    def accounts(self, caps: Caps, *, ramp: bool) -> list[Account]:
        """The chain, each account with a governor at its pace."""
        verified = self._configuration.verify_reports
        return [Account(name, self._governor(name, caps, ramp), verified(name)) for name in self._providers]

    def prepare(self, account: str) -> None:
        """See `Ways`: the recording is uploaded, unless the account holds it; one slot does it, the others wait."""
        with self._uploading[account]:
            spoken = self._spoken[account]
            if isinstance(spoken.content, AudioFile):
                self._as_planned(spoken)
                with Client(self._providers[account], account=account, clock=self._clock) as client:
                    held = client.upload(spoken.content)
                self._as_planned(spoken)  # again, because the upload read the file in between
                self._spoken[account] = spoken.model_copy(update={"content": held})

    def connect(self, account: str) -> "ClientLine":
        """See `Ways`."""
        client = Client(self._providers[account], account=account, attempts=1, clock=self._clock)
        return ClientLine(client, self._spoken[account])

    def _as_planned(self, announcement: Announcement) -> None:
        if self._recording is not None and recording_of(announcement) != self._recording:
            raise ConfigError(
                "the recording is not the one that was planned; put it back, or plan again under another name"
            )

    def _governor(self, account: str, caps: Caps, ramp: bool) -> Governor:
        provider, pace = self._providers[account], self._configuration.pace(account)
        spoken = self._spoken[account]
        limits = limits_for(provider, spoken)
        if limits is None:
            kind = type(spoken.content).__name__
            raise ConfigError(f"account {account}: its provider {provider.name} plays no {kind}")
        high = None if limits.callees.high is None else int(limits.callees.high)
        most = min(filter(None, (high, pace.at_once)), default=None)
        governor = Governor(most, pace.slots, pace.requests_per_second, pace.calls_per_second, ramp, caps)
        governor.ready = not isinstance(spoken.content, AudioFile)
        return governor


class ClientLine:
    """See `Line`: one client, which sends once and never again by itself."""

    def __init__(self, client: Client, announcement: Announcement) -> None:
        self._client = client
        self._fields = dict(announcement)

    def send(self, callees: tuple[str, ...]) -> Receipt:
        """See `Line`."""
        return self._client.send(VoiceMessage(to=callees, **self._fields))

    def close(self) -> None:
        """See `Line`."""
        self._client.close()
