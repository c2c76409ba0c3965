"""Sends one request through httpx and says, of whatever goes wrong, whether a byte of it was written.

The only file that imports httpx. The proof is httpcore's trace: without ``send_request_headers.started`` for anything
but a proxy's CONNECT, nothing of the request was written, whatever the exception. An exception class alone proves
nothing where there is a trace; it decides only for transports that have none.
"""

import os
import ssl
import threading
from functools import lru_cache
from typing import Any, Generic, TypeVar

import httpcore

from voicehub._masking import words_of
from voicehub.client._body import Body, Unreadable
from voicehub.client._connections import Connections
from voicehub.client._exchange import Lost, NeverLeft
from voicehub.client._injected import send_by, send_in_loop_by
from voicehub.client._route import host_of, proxy_for, whole_headers
from voicehub.client._watch import CONNECT_SECONDS, READ_SECONDS, Timeouts, TooLate, Watch, current
from voicehub.client._without import without
from voicehub.provider import Reply, Request

with without("httpx._main"):  # its command line, and that with click and rich: a third of its start
    import httpx

HttpClient = httpx.Client
AsyncHttpClient = httpx.AsyncClient

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)
PoolT = TypeVar("PoolT", Connections, httpcore.AsyncConnectionPool)
_CONNECTING = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx.InvalidURL, httpx.UnsupportedProtocol),
)
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # read by `httpx.create_ssl_context`


def _verdict(watch: Watch, error: Exception, base_url: str) -> NeverLeft | Lost:
    """What this exception proves about the request; where nothing left, the text says what to look at."""
    told = str(error) if isinstance(error, Unreadable) else f"{type(error).__name__}: {words_of(error)}"
    told = _TOLD.get(type(error), told)
    if watch.over and isinstance(error, _LATE):
        told = f"the whole request took longer than its {watch.seconds:g} seconds"
    if watch.wrote or not (watch.traced or isinstance(error, _CONNECTING)):
        return Lost(told)
    return NeverLeft(f"{told}; look at base_url ({host_of(base_url)}), the network and a proxy")


_TOLD: dict[type[Exception], str] = {
    **dict.fromkeys((httpx.ReadTimeout, httpcore.ReadTimeout), f"no answer within {READ_SECONDS:g} seconds"),
    **dict.fromkeys(
        (httpx.ConnectTimeout, httpcore.ConnectTimeout), f"no connection within {CONNECT_SECONDS:g} seconds"
    ),
}
_LATE = (TooLate, TimeoutError, httpx.TimeoutException, httpcore.TimeoutException)


class _Sending(Generic[ClientT, PoolT]):
    """What both senders share: a person's own client or our pool of connections, and the options of each request.

    Around our pool stands nothing of httpx: it costs more than all our work on a message, for cookies, redirects,
    passwords from files and models of both messages, and no request here may depend on any of these.
    """

    _client_kind: type[ClientT]
    _pool_kind: type[PoolT]

    def __init__(
        self, http_client: ClientT | None, *, timeout_seconds: float, keepalive_seconds: float, base_url: str
    ) -> None:
        if http_client is not None and not isinstance(http_client, self._client_kind):
            raise TypeError(f"http_client is an httpx.{self._client_kind.__name__}, not {type(http_client).__name__}")
        self._client: ClientT | None = http_client
        self._pool: PoolT | None = None
        self._inherited: list[PoolT] = []
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._closed = False
        self._seconds = timeout_seconds
        self._base_url = base_url
        # A connection that a server closes while we re-use it is a false doubt (9 to 18 of 400 requests, measured), so
        # it is kept only briefly. 0 must mean never, and httpx would still re-use it within one tick of the clock.
        self._kept = {
            "max_keepalive_connections": 20 if keepalive_seconds else 0,
            "keepalive_expiry": keepalive_seconds,
        }

    def _open(self) -> ClientT | PoolT:
        """The person's own client, or our pool, made on first use.

        Raises `NeverLeft`: one of them is closed, or a proxy or CA setting is one nobody can use.
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
                    make: Any = self._pool_kind
                    proxy = _proxy(proxy_for(self._base_url))
                    self._pool = make(ssl_context=tls, proxy=proxy, max_connections=None, **self._kept)
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
def _tls(scheme: str, *_: str | None) -> ssl.SSLContext:
    """One for all senders of a process, for it takes 20 ms; and one for each setting of the two variables."""
    if scheme == "http":  # for loopback only (`Settings`): no TLS is spoken there, and this one trusts nobody
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context()
    # httpcore says this again for each connection, and OpenSSL takes no lock between that and another's handshake.
    context.set_alpn_protocols(["http/1.1"])
    vars(context)["set_alpn_protocols"] = lambda _: None
    return context


def _proxy(url: str | None) -> httpcore.Proxy | None:
    """The proxy of this address, with the password in it. Raises what httpx raises for one it cannot use."""
    if url is None:
        return None
    read = httpx.Proxy(url)
    return httpcore.Proxy(_raw(read.url), auth=read.raw_auth)


def _raw(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


@lru_cache  # an account sends all its requests to one address
def _address(text: str) -> tuple[httpcore.URL, str]:
    """Where to, and what the header ``host`` says."""
    url = httpx.URL(text)
    return _raw(url), url.netloc.decode("ascii")


def _bare(request: Request, watch: Watch) -> httpcore.Request:
    """The request as our own connections take it."""
    url, host = _address(request.url)
    headers = whole_headers(request, host)
    return httpcore.Request(request.method, url, headers=headers, content=request.body, extensions=watch.options)


class Sender(_Sending[httpx.Client, Connections]):
    """Sends requests one by one, from any thread. Opens its own pool on first use, and closes only that."""

    _client_kind = httpx.Client
    _pool_kind = Connections

    def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else."""
        sender = self._open()
        watch = self._watch()
        serving = current.set(watch)
        try:
            watch.options = {"trace": watch, "timeout": Timeouts(watch)}
            if isinstance(sender, httpx.Client):
                return send_by(sender, request, watch)
            body = sender.answered(_bare(request, watch), watch)
        except Exception as error:
            raise _verdict(watch, error, self._base_url) from error
        finally:
            current.reset(serving)
        return body.reply()

    def close(self) -> None:
        """Close our own connections; nothing is sent any more."""
        self._leave_parent()
        with self._lock:
            self._closed = True
            if self._pool is not None:
                self._pool.close()


class AsyncSender(_Sending[httpx.AsyncClient, httpcore.AsyncConnectionPool]):
    """The same for one event loop."""

    _client_kind = httpx.AsyncClient
    _pool_kind = httpcore.AsyncConnectionPool

    async def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else but cancellation."""
        sender = self._open()
        import anyio

        watch = self._watch()
        serving = current.set(watch)
        try:
            watch.options = {"trace": watch.in_loop, "timeout": Timeouts(watch)}
            with anyio.fail_after(self._seconds):
                if isinstance(sender, httpx.AsyncClient):
                    return await send_in_loop_by(sender, request, watch)
                response = await sender.handle_async_request(_bare(request, watch))
                try:
                    body = Body(response.status, response.headers, watch, packed=True)
                    async for chunk in response.aiter_stream():
                        body.take(chunk)
                finally:
                    await response.aclose()
        except Exception as error:
            raise _verdict(watch, error, self._base_url) from error
        finally:
            current.reset(serving)
            if watch.stream is not None and not watch.wrote:  # httpcore forgets it when cancelled in a TLS handshake
                with anyio.CancelScope(shield=True):
                    await watch.stream.aclose()
        return body.reply()

    async def aclose(self) -> None:
        """Close our own connections; nothing is sent any more."""
        self._leave_parent()
        self._closed = True
        if self._pool is not None:
            await self._pool.aclose()
