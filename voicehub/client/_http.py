"""Sends one request through httpx and says, of whatever goes wrong, whether a byte of it was written.

The only file that imports httpx. The proof is httpcore's trace: without ``send_request_headers.started`` for anything
but a proxy's CONNECT, nothing of the request was written, whatever the exception. An exception class alone proves
nothing where there is a trace; it decides only for transports that have none.
"""

import os
import ssl
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar

import httpx

from voicehub._masking import words_of
from voicehub.client._exchange import Lost, NeverLeft
from voicehub.client._route import ACCEPTED, CODINGS, our_headers, proxy_for
from voicehub.client._watch import CONNECT_SECONDS, READ_SECONDS, Timeouts, TooLate, Watch, current
from voicehub.provider import Reply, Request

HttpClient = httpx.Client
AsyncHttpClient = httpx.AsyncClient

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)
TransportT = TypeVar("TransportT", httpx.HTTPTransport, httpx.AsyncHTTPTransport)
LARGEST_REPLY = 4 * 1024 * 1024  # bytes, after decompression: a thousand rows are a fortieth of it
_CONNECTING = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx.InvalidURL, httpx.UnsupportedProtocol),
)
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # read by `httpx.create_ssl_context`
_url = lru_cache(httpx.URL)  # an account sends all its requests to one address


class _Unreadable(Exception):
    """The answer is not one we read; the text says why."""


def _verdict(watch: Watch, error: Exception) -> NeverLeft | Lost:
    """What this exception proves about the request."""
    told = str(error) if isinstance(error, _Unreadable) else f"{type(error).__name__}: {words_of(error)}"
    told = _TOLD.get(type(error), told)
    if watch.over and isinstance(error, TooLate | TimeoutError | httpx.TimeoutException):
        told = f"the whole request took longer than its {watch.seconds:g} seconds"
    left = watch.wrote or not (watch.traced or isinstance(error, _CONNECTING))
    return (Lost if left else NeverLeft)(told)


_TOLD: dict[type[Exception], str] = {
    httpx.ReadTimeout: f"no answer within {READ_SECONDS:g} seconds",
    httpx.ConnectTimeout: f"no connection within {CONNECT_SECONDS:g} seconds",
}


class _Sending(Generic[ClientT, TransportT]):
    """What both senders share: a person's own client or our transport, and the options of each request.

    Around our transport stands no httpx client: it costs more than all our work on a message, for cookies, redirects
    and passwords from files, and no request here may depend on any of these.
    """

    _client_kind: type[ClientT]
    _transport_kind: type[TransportT]

    def __init__(
        self, http_client: ClientT | None, *, timeout_seconds: float, keepalive_seconds: float, base_url: str
    ) -> None:
        if http_client is not None and not isinstance(http_client, self._client_kind):
            raise TypeError(f"http_client is an httpx.{self._client_kind.__name__}, not {type(http_client).__name__}")
        self._client: ClientT | None = http_client
        self._transport: TransportT | None = None
        self._inherited: list[TransportT] = []
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._closed = False
        self._seconds = timeout_seconds
        self._base_url = base_url
        # A connection that a server closes while we re-use it is a false doubt (9 to 18 of 400 requests, measured), so
        # it is kept only briefly. 0 must mean never, and httpx would still re-use it within one tick of the clock.
        kept = 20 if keepalive_seconds else 0
        self._limits = httpx.Limits(max_keepalive_connections=kept, keepalive_expiry=keepalive_seconds)

    def _open(self) -> ClientT | TransportT:
        """The person's own client, or our transport, made on first use.

        Raises `NeverLeft`: one of them is closed, or a proxy or CA setting is one nobody can use.
        """
        self._leave_parent()
        with self._lock:
            if self._closed or (self._client is not None and self._client.is_closed):
                raise NeverLeft("the HTTP client is closed")
            if self._client is not None:
                return self._client
            if self._transport is None:
                try:
                    tls = _tls(self._base_url.partition(":")[0], *map(os.environ.get, _TRUST))
                    proxy = proxy_for(self._base_url)
                    self._transport = self._transport_kind(verify=tls, limits=self._limits, proxy=proxy)
                except Exception as error:
                    told = f"{type(error).__name__}: {words_of(error)}"
                    raise NeverLeft(f"no HTTP client could be opened: {told}") from error
            return self._transport

    def _leave_parent(self) -> None:
        """After a fork, begin anew: two processes on one connection would read each other's answers.

        The parent's transport is kept, and neither used nor closed: what is closed here could be shut down there.
        """
        if self._pid == os.getpid():
            return
        if self._transport is not None:
            self._inherited.append(self._transport)
            self._transport = None
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


def _build(sender: object, request: Request, watch: Watch, trace: Callable[..., Any]) -> httpx.Request:
    build: Callable[..., httpx.Request] = httpx.Request
    headers = our_headers()
    if isinstance(sender, httpx.Client | httpx.AsyncClient):  # with headers of its own
        build, headers = sender.build_request, ACCEPTED
    options = {"trace": trace, "timeout": Timeouts(watch)}
    return build(
        request.method,
        _url(request.url),
        headers={**headers, **request.headers},
        content=request.body,
        extensions=options,
    )


def _opened(response: httpx.Response, watch: Watch) -> bytearray:
    """The empty body to fill. A few bytes packed twice, or in other ways, could unpack to more than memory holds."""
    watch.wrote = True  # there is an answer, whatever a transport without trace goes on to raise
    if watch.left_over:
        raise _Unreadable("the answer stood there before the request, so it belongs to another one")
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("identity", *CODINGS):
        raise _Unreadable("the reply has a content-encoding that was not asked for")
    return bytearray()


def _take(body: bytearray, chunk: bytes, watch: Watch) -> None:
    body += chunk
    watch.within(0)
    if len(body) > LARGEST_REPLY:
        raise _Unreadable(f"the reply is larger than {LARGEST_REPLY // 2**20} MiB")


def _reply(response: httpx.Response, body: bytearray) -> Reply:
    return Reply(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body))


class Sender(_Sending[httpx.Client, httpx.HTTPTransport]):
    """Sends requests one by one, from any thread. Opens its own transport on first use, and closes only that."""

    _client_kind = httpx.Client
    _transport_kind = httpx.HTTPTransport

    def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else."""
        sender = self._open()
        watch = self._watch()
        serving = current.set(watch)
        try:
            built = _build(sender, request, watch, watch)
            if isinstance(sender, httpx.Client):
                response = sender.send(built, stream=True, follow_redirects=False, auth=None)
            else:
                response = sender.handle_request(built)
            try:
                body = _opened(response, watch)
                for chunk in response.iter_bytes():
                    _take(body, chunk, watch)
            finally:
                response.close()
        except Exception as error:
            raise _verdict(watch, error) from error
        finally:
            current.reset(serving)
        return _reply(response, body)

    def close(self) -> None:
        """Close our own connections; nothing is sent any more."""
        self._leave_parent()
        with self._lock:
            self._closed = True
            if self._transport is not None:
                self._transport.close()


class AsyncSender(_Sending[httpx.AsyncClient, httpx.AsyncHTTPTransport]):
    """The same for one event loop."""

    _client_kind = httpx.AsyncClient
    _transport_kind = httpx.AsyncHTTPTransport

    async def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else but cancellation."""
        sender = self._open()
        import anyio

        watch = self._watch()
        serving = current.set(watch)
        try:
            built = _build(sender, request, watch, watch.in_loop)
            with anyio.fail_after(self._seconds):
                if isinstance(sender, httpx.AsyncClient):
                    response = await sender.send(built, stream=True, follow_redirects=False, auth=None)
                else:
                    response = await sender.handle_async_request(built)
                try:
                    body = _opened(response, watch)
                    async for chunk in response.aiter_bytes():
                        _take(body, chunk, watch)
                finally:
                    await response.aclose()
        except Exception as error:
            raise _verdict(watch, error) from error
        finally:
            current.reset(serving)
            if watch.stream is not None and not watch.wrote:  # httpcore forgets it when cancelled in a TLS handshake
                with anyio.CancelScope(shield=True):
                    await watch.stream.aclose()
        return _reply(response, body)

    async def aclose(self) -> None:
        """Close our own connections; nothing is sent any more."""
        self._leave_parent()
        self._closed = True
        if self._transport is not None:
            await self._transport.aclose()
