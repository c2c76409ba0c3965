"""`Client` and `AsyncClient`: the two drivers of `exchange`, which differ by ``await``."""

import logging
import os
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from voicehub.client._exchange import NeverLeft, exchange
from voicehub.client._prepare import FindAudio, Prepare, prepare_request, requests_for, with_audio
from voicehub.client._questions import Asker, Asks, AsksInLoop
from voicehub.client._tally import Tally
from voicehub.client._uploading import check_file, placeheld, with_upload
from voicehub.message import VoiceMessage, checked
from voicehub.provider import Provider, Reply, Request
from voicehub.receipt import Receipt

if TYPE_CHECKING:
    from voicehub.client._transport.sender import AsyncHttpClient, AsyncSender, HttpClient, Sender

HttpClientT = TypeVar("HttpClientT")
SenderT = TypeVar("SenderT")
_QUIET = logging.NullHandler()


class _Base(Asker, Generic[HttpClientT, SenderT]):
    """What both clients share: their account, their provider, and everything that needs no network."""

    _new_sender: Callable[..., SenderT]

    def __init__(
        self,
        provider: Provider,
        *,
        account: str | None = None,
        http_client: HttpClientT | None = None,
        timeout_seconds: float = 90,
        attempts: int = 3,
        keepalive_seconds: float = 2,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not isinstance(provider, Provider):
            raise TypeError("a client takes a Provider; Client.from_config() makes one from the configuration")
        if not timeout_seconds > 0 or not keepalive_seconds >= 0 or not attempts >= 1:
            raise ValueError("timeout_seconds is above 0, keepalive_seconds at least 0, attempts at least 1")
        self.provider = provider
        self.account = account
        self._attempts = attempts
        self._clock = clock
        self._closed = False
        self._audio: FindAudio | None = None
        self._sender = self._new_sender(
            http_client,
            timeout_seconds=timeout_seconds,
            keepalive_seconds=keepalive_seconds,
            base_url=provider.settings.base_url,
        )

    @classmethod
    def from_config(
        cls, path: str | os.PathLike[str] | None = None, *, account: str | None = None, **options: Any
    ) -> Self:
        """A client for an account of the configuration; ``options`` are the keywords of the class.

        ``path`` ``None``: ``VOICEHUB_CONFIG``, else ``./voicehub.toml``, else the platform's configuration folder.
        ``account`` ``None``: the ``default_account``. Raises `ConfigError` or `PluginError`.
        """
        from voicehub import config

        configuration = config.load(path)
        name = configuration.account_name(account)
        client = cls(configuration.provider(name), account=name, **options)
        client._audio = partial(configuration.audio, account=name)
        return client

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.provider!r}, account={self.account!r})"

    def _requests(self, message: VoiceMessage) -> tuple[Request, ...]:
        message = checked(with_audio(message, self._audio))
        check_file(self.provider, message, self._clock)
        parts = requests_for(self.provider, placeheld(message))
        return tuple(prepare_request(self.provider, part, self._clock)[0] for part in parts)

    def _steps(self, message: VoiceMessage, tally: Tally | None) -> Generator[Prepare, Reply, Receipt]:
        from voicehub import plugins  # imported here: only a send needs it

        send = partial(
            exchange,
            self.provider,
            clock=self._clock,
            tally=tally,
            account=self.account,
            notify=plugins.installed.notify if plugins.installed.listening else None,
        )
        return with_upload(self.provider, with_audio(message, self._audio), self._clock, lambda: self._held, send)

    def _attempting(self) -> Any:
        """Retries with back-off, only after `NeverLeft`; the first attempt in it is the one that has failed.

        Used only after a failure: nearly every send needs one attempt, and this costs more than the rest of our work.
        """
        import stamina  # imported here: it costs a tenth of a second, and only a retry needs it

        logging.getLogger("stamina").addHandler(_QUIET)  # its retry log is for handlers the user adds, not for stderr

        return stamina.retry_context(on=NeverLeft, attempts=self._attempts, timeout=None)


class Client(Asks, _Base["HttpClient", "Sender"]):
    """Sends voice messages by one account; threads may share it.

    - ``provider``: a `Provider`; ``account``: the name that receipts and notices carry (``None``: none).
    - ``http_client``: your own ``httpx.Client``; its pool, TLS and proxy are yours and it is never closed here. After
      a fork give each process its own: two on one connection read each other's answers (ours is opened again). For a
      transport without httpcore's trace the exception decides: ``ConnectError``, ``ConnectTimeout``, ``PoolTimeout``,
      ``ProxyError`` mean that no byte left and the request is tried again, so it must not raise one after it submitted.
    - ``timeout_seconds``: for a whole request, above 0 (connect at most 10, each write 10, each read 60).
    - ``attempts``: how many times in all a request is tried while it certainly never left, at least 1.
    - ``keepalive_seconds``: how long after its last answer a connection is re-used; 0: never.
    - ``clock``: Unix time in seconds, for signatures.
    """

    @staticmethod
    def _new_sender(http_client: "HttpClient | None", **options: Any) -> "Sender":
        from voicehub.client._transport.sender import (
            Sender,  # imported here: writing or checking messages needs no HTTP library
        )

        return Sender(http_client, **options)

    def send(self, message: VoiceMessage, *, tally: Tally | None = None) -> Receipt:
        """Send, in as many requests as the vendor's limits ask for, one after another.

        Returns only if nobody is in doubt or not attempted and somebody was accepted. Raises `InDoubt` if anyone is in
        doubt, `Incomplete` if some were accepted and some not attempted, `NotSent` or `Refused` if nobody was accepted,
        each with ``.receipt``; `MessageError` or `PluginError` if nothing left, and `ConfigError` if it names an audio
        that the account lacks. A ``tally`` can be read after an interruption, and asked to stop.
        """
        return self._run(self._steps(message, tally))

    def check(self, message: VoiceMessage) -> tuple[Request, ...]:
        """Run every check and the split, send nothing; returns the requests that `send` would make now.

        Raises `MessageError` or `PluginError`. The requests hold credentials; their ``repr`` does not show them.
        """
        return self._requests(message)

    def close(self) -> None:
        """Close our connections; an injected client stays open."""
        self._closed = True
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _deliver(self, prepare: Prepare) -> Reply:
        try:
            return self._sender.send(prepare())
        except NeverLeft as error:
            if self._attempts == 1:
                raise
            failed: list[NeverLeft] = [error]
        for attempt in self._attempting():
            with attempt:
                _raise_first(failed)
                return self._sender.send(prepare())
        raise AssertionError  # pragma: no cover - the last attempt returns or raises


class AsyncClient(AsksInLoop, _Base["AsyncHttpClient", "AsyncSender"]):
    """`Client` with ``await`` and ``async with``, for the event loop that first uses it; the keywords are the same.

    Cancellation passes unchanged; a ``tally`` given to `send` then shows what is left open.
    """

    _loop: object = None

    @staticmethod
    def _new_sender(http_client: "AsyncHttpClient | None", **options: Any) -> "AsyncSender":
        from voicehub.client._transport.sender import AsyncSender  # here, as above

        return AsyncSender(http_client, **options)

    async def send(self, message: VoiceMessage, *, tally: Tally | None = None) -> Receipt:
        """As `Client.send`."""
        return await self._run(self._steps(message, tally))

    async def check(self, message: VoiceMessage) -> tuple[Request, ...]:
        """As `Client.check`."""
        return self._requests(message)

    async def aclose(self) -> None:
        """Close our connections; an injected client stays open."""
        self._stay_in_loop()
        self._closed = True
        await self._sender.aclose()

    async def __aenter__(self) -> Self:
        self._stay_in_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _deliver(self, prepare: Prepare) -> Reply:
        try:
            return await self._sender.send(prepare())
        except NeverLeft as error:
            if self._attempts == 1:
                raise
            failed: list[NeverLeft] = [error]
        async for attempt in self._attempting():
            with attempt:
                _raise_first(failed)
                return await self._sender.send(prepare())
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _stay_in_loop(self) -> None:
        import anyio.lowlevel  # imported here: the synchronous client does not need it

        loop = anyio.lowlevel.current_token()
        if self._loop is None:
            self._loop = loop
        elif self._loop != loop:
            raise RuntimeError("this AsyncClient belongs to another event loop; make one for each loop")


def _raise_first(failed: list[NeverLeft]) -> None:
    """Make the failure before the retries count as their first attempt."""
    if failed:
        raise failed.pop()
