"""Sends one request through httpx and says, of whatever goes wrong, whether a byte of it was written.

The only file that imports httpx. The proof is httpcore's trace: without ``send_request_headers.started`` for anything
but a proxy's CONNECT, nothing of the request was written, whatever the exception. An exception class alone proves
nothing where there is a trace; it decides only for transports that have none.
"""

import os
import threading
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar

import httpx

from voicehub._masking import words_of
from voicehub.client._exchange import Lost, NeverLeft
from voicehub.client._watch import CONNECT_SECONDS, READ_SECONDS, Timeouts, TooLate, Watch, current
from voicehub.provider import Reply, Request, is_loopback

HttpClient = httpx.Client
AsyncHttpClient = httpx.AsyncClient

AnyClientT = TypeVar("AnyClientT", httpx.Client, httpx.AsyncClient)
_CODINGS = ("gzip", "deflate")
LARGEST_REPLY = 4 * 1024 * 1024  # bytes, after decompression: a thousand rows are a fortieth of it
_CONNECTING = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx.InvalidURL, httpx.UnsupportedProtocol),
)


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


class _Sending(Generic[AnyClientT]):
    """What both senders share: the client, options of the connection and of each request."""

    _kind: type[AnyClientT]

    def __init__(
        self, http_client: AnyClientT | None, *, timeout_seconds: float, keepalive_seconds: float, host: str
    ) -> None:
        from importlib.metadata import version  # here, as anyio below: not every start needs it

        if http_client is not None and not isinstance(http_client, self._kind):
            raise TypeError(f"http_client is an httpx.{self._kind.__name__}, not {type(http_client).__name__}")
        self._client: AnyClientT | None = http_client
        self._injected = http_client is not None
        self._inherited: list[AnyClientT] = []
        self._pid, self._lock = os.getpid(), threading.Lock()
        self._closed = False
        self._seconds = timeout_seconds
        # A connection that a server closes while we re-use it is a false doubt (9 to 18 of 400 requests, measured), so
        # it is kept only briefly. 0 must mean never, and httpx would still re-use it within one tick of the clock.
        kept = 20 if keepalive_seconds else 0
        self._own: dict[str, Any] = {
            "limits": httpx.Limits(max_keepalive_connections=kept, keepalive_expiry=keepalive_seconds),
            "headers": {"user-agent": f"voicehub/{version('voicehub-core')}"},
        }
        if is_loopback(host):  # a proxy would be asked for its own loopback, and would see the credentials
            self._own["trust_env"] = False

    def _open(self) -> AnyClientT:
        """The client, made on first use. Raises `NeverLeft`: a proxy or CA setting may be one nobody can use."""
        self._leave_parent()
        with self._lock:
            if self._closed or (self._client is not None and self._client.is_closed):
                raise NeverLeft("the HTTP client is closed")
            if self._client is None:
                no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # no request depends on a reply
                try:
                    self._client = self._kind(cookies=no_cookies, **self._own)
                except Exception as error:
                    told = f"{type(error).__name__}: {words_of(error)}"
                    raise NeverLeft(f"no HTTP client could be opened: {told}") from error
            return self._client

    def _leave_parent(self) -> None:
        """After a fork, begin anew: two processes on one connection would read each other's answers.

        The parent's client is kept, and neither used nor closed: what is closed here could be shut down there.
        """
        if self._pid == os.getpid():
            return
        if self._client is not None and not self._injected:
            self._inherited.append(self._client)
            self._client = None
        self._pid, self._lock = os.getpid(), threading.Lock()  # a thread of the parent may have held the old one

    def _watch(self) -> Watch:
        return Watch(self._seconds, traced=not self._injected)


def _build(
    client: httpx.Client | httpx.AsyncClient, request: Request, watch: Watch, trace: Callable[..., Any]
) -> httpx.Request:
    headers = {"accept-encoding": ", ".join(_CODINGS), **request.headers}
    options: dict[str, Any] = {"trace": trace, "timeout": Timeouts(watch)}
    return client.build_request(request.method, request.url, headers=headers, content=request.body, extensions=options)


def _opened(response: httpx.Response, watch: Watch) -> bytearray:
    """The empty body to fill. A few bytes packed twice, or in other ways, could unpack to more than memory holds."""
    watch.wrote = True  # there is an answer, whatever a transport without trace goes on to raise
    if watch.left_over:
        raise _Unreadable("the answer stood there before the request, so it belongs to another one")
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("identity", *_CODINGS):
        raise _Unreadable("the reply has a content-encoding that was not asked for")
    return bytearray()


def _take(body: bytearray, chunk: bytes, watch: Watch) -> None:
    body += chunk
    watch.within(0)
    if len(body) > LARGEST_REPLY:
        raise _Unreadable(f"the reply is larger than {LARGEST_REPLY // 2**20} MiB")


def _reply(response: httpx.Response, body: bytearray) -> Reply:
    return Reply(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body))


class Sender(_Sending[httpx.Client]):
    """Sends requests one by one, from any thread. Opens its own httpx client on first use, and closes only that."""

    _kind = httpx.Client

    def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else."""
        client = self._open()
        watch = self._watch()
        serving = current.set(watch)
        try:
            built = _build(client, request, watch, watch)
            response = client.send(built, stream=True, follow_redirects=False, auth=None)
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
        """Close the connections of our own client; nothing is sent any more."""
        self._leave_parent()
        with self._lock:
            self._closed = True
            if self._client is not None and not self._injected:
                self._client.close()


class AsyncSender(_Sending[httpx.AsyncClient]):
    """The same for one event loop."""

    _kind = httpx.AsyncClient

    async def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else but cancellation."""
        client = self._open()
        import anyio

        watch = self._watch()
        serving = current.set(watch)
        try:
            built = _build(client, request, watch, watch.in_loop)
            with anyio.fail_after(self._seconds):
                response = await client.send(built, stream=True, follow_redirects=False, auth=None)
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
        """Close the connections of our own client; nothing is sent any more."""
        self._leave_parent()
        self._closed = True
        if self._client is not None and not self._injected:
            await self._client.aclose()
