"""Sends one request and says, for any failure, whether a byte of it was written.

The only file that imports httpx, and only for a person's own client and the address of a proxy. A connection of our own
notes the first byte of a request before it writes it. Where httpcore writes, its trace is the proof: without
``send_request_headers.started`` for anything but a proxy's CONNECT, nothing of the request was written, whatever the
exception. An exception class alone proves nothing there; it decides only for transports that have no trace.
"""

import os
import ssl
import threading
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from voicehub._masking import words_of
from voicehub.client._exchange import NeverLeft
from voicehub.client._transport.connections import Connections
from voicehub.client._transport.direct import Direct
from voicehub.client._transport.injected import send_by, send_in_loop_by
from voicehub.client._transport.route import address_of, proxy_for
from voicehub.client._transport.verdict import Meanings, meanings_in, verdict
from voicehub.client._transport.watch import Watch, followed
from voicehub.provider import Reply, Request

if TYPE_CHECKING:
    import httpcore
    import httpx

    HttpClient = httpx.Client
    AsyncHttpClient = httpx.AsyncClient

ClientT = TypeVar("ClientT", "httpx.Client", "httpx.AsyncClient")
PoolT = TypeVar("PoolT", Connections, "httpcore.AsyncConnectionPool")
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_NO_PROXY = "the proxy in HTTPS_PROXY or ALL_PROXY is no address; percent-encode what its user and password hold"


class _Sending(Generic[ClientT, PoolT]):
    """What both senders share: a person's own client or our own connections, and the options of each request.

    Our own connections do without httpx: it costs more than all our work on a message, for cookies, redirects,
    passwords from files and models of both messages, and no request here may depend on any of these.
    """

    _client_kind: Callable[[], type[ClientT]]
    _pool_kind: Callable[..., PoolT]

    def __init__(
        self, http_client: ClientT | None, *, timeout_seconds: float, keepalive_seconds: float, base_url: str
    ) -> None:
        if http_client is not None and not isinstance(http_client, kind := self._client_kind()):
            raise TypeError(f"http_client is an httpx.{kind.__name__}, not {type(http_client).__name__}")
        self._client: ClientT | None = http_client
        self._pool: PoolT | None = None
        self._inherited: list[PoolT] = []
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._closed = False
        self._seconds = timeout_seconds
        self._base_url = base_url
        # A connection that a server closes while we re-use it is a false doubt (9 to 18 of 400 requests, measured), so
        # it is kept only briefly. 0 must mean never, and within one tick of the clock no time is over.
        self._kept = {
            "max_keepalive_connections": 20 if keepalive_seconds else 0,
            "keepalive_expiry": keepalive_seconds,
        }

    def _open(self) -> ClientT | PoolT:
        """The person's own client, or our own connections, made on first use.

        Raises `NeverLeft` if one of them is closed, or a proxy or CA setting cannot be used.
        """
        self._leave_parent()
        with self._lock:
            if self._closed or (self._client is not None and self._client.is_closed):
                raise NeverLeft("the HTTP client is closed")
            if self._client is not None:
                return self._client
            if self._pool is None:
                try:
                    tls = _tls(self._base_url.partition(":")[0], *map(os.environ.get, _TRUST))
                    self._pool = self._pool_kind(self._base_url, tls, **self._kept)
                except Exception as error:
                    told = f"{type(error).__name__}: {words_of(error)}"
                    raise NeverLeft(f"no HTTP client could be opened: {told}") from error
            return self._pool

    def _leave_parent(self) -> None:
        """After a fork, begin anew: two processes on one connection would read each other's answers.

        The parent's pool is kept, and neither used nor closed: what is closed here could be shut down there.
        """
        if self._pid == os.getpid():
            return
        if self._pool is not None:
            self._inherited.append(self._pool)
            self._pool = None
        self._pid, self._lock = os.getpid(), threading.Lock()  # a thread of the parent may have held the old one

    def _watch(self) -> Watch:
        return Watch(self._seconds, traced=self._client is None)


@lru_cache
def _tls(scheme: str, file: str | None, folder: str | None) -> ssl.SSLContext:
    """One context for all senders of a process, as it takes 20 ms; one per value of the two variables."""
    if scheme == "http":  # for loopback only (`Settings`): no TLS is used there, and this one trusts no CA
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import certifi  # imported here: creating a client does not need it

    file = file or (None if folder else certifi.where())
    context = ssl.create_default_context(cafile=file, capath=None if file else folder)
    # httpcore sets this again for each connection, and OpenSSL has no lock between that and another's handshake.
    context.set_alpn_protocols(["http/1.1"])
    vars(context)["set_alpn_protocols"] = lambda _: None
    return context


def _connections(
    base_url: str, tls: ssl.SSLContext, *, max_keepalive_connections: int, keepalive_expiry: float
) -> Connections:
    url = proxy_for(base_url)
    if url is None:
        place = address_of(base_url)
        spoken = tls if place.scheme == "https" else None
        return Connections(lambda: Direct(place, spoken, keepalive_expiry), most=max_keepalive_connections)
    from voicehub.client._transport.by_httpcore import connecting  # imported here: few need it

    make = connecting(base_url, ssl_context=tls, proxy=_proxy(url), keepalive_expiry=keepalive_expiry)
    return Connections(make, most=max_keepalive_connections, meanings=_of_httpcore())


def _pool_in_loop(base_url: str, tls: ssl.SSLContext, **kept: Any) -> "httpcore.AsyncConnectionPool":
    import httpcore

    return httpcore.AsyncConnectionPool(
        ssl_context=tls, proxy=_proxy(proxy_for(base_url)), max_connections=None, **kept
    )


def _proxy(url: str | None) -> "httpcore.Proxy | None":
    """The proxy of this address, with the password in it. Raises ``ValueError`` for one that httpx cannot use."""
    if url is None:
        return None
    import httpcore
    import httpx

    try:
        read = httpx.Proxy(url)
    except Exception:  # its text repeats parts of the address, and one of them may be the password
        raise ValueError(_NO_PROXY) from None
    host = httpcore.URL(scheme=read.url.raw_scheme, host=read.url.raw_host, port=read.url.port, target=b"/")
    return httpcore.Proxy(host, auth=read.raw_auth)


@cache
def _of_httpx() -> Meanings:
    import httpx

    return meanings_in(httpx, httpx.InvalidURL)


@cache
def _of_httpcore() -> Meanings:
    import httpcore

    return meanings_in(httpcore)


class Sender(_Sending["httpx.Client", Connections]):
    """Sends requests one by one, from any thread. Opens connections as it needs them, and closes only those."""

    _pool_kind = staticmethod(_connections)

    @staticmethod
    def _client_kind() -> "type[httpx.Client]":
        import httpx

        return httpx.Client

    def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else."""
        sender = self._open()
        watch = self._watch()
        try:
            if isinstance(sender, Connections):
                return sender.answered(request, watch).reply()
            return send_by(sender, request, watch)
        except Exception as error:
            meanings = sender.meanings if isinstance(sender, Connections) else _of_httpx()
            raise verdict(watch, error, self._base_url, meanings) from error

    def close(self) -> None:
        """Close our own connections; nothing is sent any more."""
        self._leave_parent()
        with self._lock:
            self._closed = True
            if self._pool is not None:
                self._pool.close()


class AsyncSender(_Sending["httpx.AsyncClient", "httpcore.AsyncConnectionPool"]):
    """The same for one event loop, through httpcore."""

    _pool_kind = staticmethod(_pool_in_loop)

    @staticmethod
    def _client_kind() -> "type[httpx.AsyncClient]":
        import httpx

        return httpx.AsyncClient

    async def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else but cancellation."""
        sender = self._open()
        import anyio
        import httpcore

        from voicehub.client._transport.by_httpcore import answered_in_loop

        watch = self._watch()
        try:
            with followed(watch, watch.in_loop), anyio.fail_after(self._seconds):
                if isinstance(sender, httpcore.AsyncConnectionPool):
                    return (await answered_in_loop(sender, request, watch)).reply()
                return await send_in_loop_by(sender, request, watch)
        except Exception as error:
            meanings = _of_httpcore() if self._client is None else _of_httpx()
            raise verdict(watch, error, self._base_url, meanings) from error
        finally:
            if watch.stream is not None and not watch.wrote:  # httpcore forgets it when cancelled in a TLS handshake
                with anyio.CancelScope(shield=True):
                    await watch.stream.aclose()

    async def aclose(self) -> None:
        """Close our own connections; nothing is sent any more."""
        self._leave_parent()
        self._closed = True
        if self._pool is not None:
            await self._pool.aclose()
