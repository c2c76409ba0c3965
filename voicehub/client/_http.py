"""Sends one request through httpx and says, of whatever goes wrong, whether a byte of it was written.

The only file that imports httpx. The proof is httpcore's trace: without ``send_request_headers.started`` for anything
but a proxy's CONNECT, nothing of the request was written, whatever the exception. An exception class alone proves
nothing where there is a trace; it decides only for transports that have none.
"""

import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import anyio
import httpx

from voicehub.client._exchange import Lost, NeverLeft
from voicehub.provider import Reply, Request, is_loopback

HttpClient = httpx.Client
AsyncHttpClient = httpx.AsyncClient

CONNECT_SECONDS, WRITE_SECONDS, READ_SECONDS = 10.0, 10.0, 60.0
LARGEST_REPLY = 4 * 1024 * 1024  # bytes, after decompression: a thousand rows are a fortieth of it
_CONNECTING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class _TooLarge(Exception):
    pass


class _TooLate(Exception):
    pass


class _Watch:
    """Follows one request through httpcore's trace events, and holds its deadline."""

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        self.traced = self.wrote = False

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        self.traced = True
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.wrote = True
        elif event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            _keep_deadline(info["return_value"])

    async def in_loop(self, event: str, info: dict[str, Any]) -> None:
        """The same for an asynchronous client, which enforces the deadline itself."""
        self.traced = True
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            self.wrote = True

    def remaining(self) -> float:
        """Seconds left. Raises `_TooLate` when there are none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise _TooLate
        return seconds

    def verdict(self, error: Exception) -> NeverLeft | Lost:
        """What this exception proves about the request."""
        told = _TOLD.get(type(error)) or f"{type(error).__name__}: {error}"
        left = self.wrote or not (self.traced or isinstance(error, _CONNECTING))
        return (Lost if left else NeverLeft)(told)


_TOLD = {
    _TooLarge: f"the reply is larger than {LARGEST_REPLY // 2**20} MiB",
    _TooLate: "the whole request took longer than its deadline",
    TimeoutError: "the whole request took longer than its deadline",
    httpx.ReadTimeout: "no answer within the read time-out",
    httpx.ConnectTimeout: "no connection within the connect time-out",
}
_current = threading.local()  # the watch of the request that this thread is sending


def _keep_deadline(stream: Any) -> None:
    """Bound each read of a new connection by the deadline of the request it serves.

    httpx bounds single reads only: a server that dribbles a byte a minute would hold a request for ever.
    """
    read = stream.read

    def bounded(max_bytes: int, timeout: float | None = None) -> bytes:
        watch = getattr(_current, "watch", None)
        if watch is not None:
            timeout = min(watch.remaining(), timeout or READ_SECONDS)
        data: bytes = read(max_bytes, timeout)
        return data

    stream.read = bounded


class _Sending:
    """What both senders share: options of the connection and of each request."""

    def __init__(self, *, timeout_seconds: float, keepalive_seconds: float, host: str) -> None:
        self._seconds = timeout_seconds
        self._timeout = httpx.Timeout(
            connect=min(CONNECT_SECONDS, timeout_seconds),
            write=min(WRITE_SECONDS, timeout_seconds),
            read=min(READ_SECONDS, timeout_seconds),
            pool=min(CONNECT_SECONDS, timeout_seconds),
        )
        # A connection that a server closes while we re-use it is a false doubt (9 to 18 of 400 requests, measured), so
        # it is kept only briefly. 0 must mean never, and httpx would still re-use it within one tick of the clock.
        kept = 20 if keepalive_seconds else 0
        self._own: dict[str, Any] = {
            "limits": httpx.Limits(max_keepalive_connections=kept, keepalive_expiry=keepalive_seconds),
            "headers": {"user-agent": f"voicehub/{version('voicehub-core')}", "accept-encoding": "gzip, deflate"},
        }
        if is_loopback(host):  # a proxy would be asked for its own loopback, and would see the credentials
            self._own["trust_env"] = False

    def _build(
        self, client: httpx.Client | httpx.AsyncClient, request: Request, trace: Callable[..., Any]
    ) -> httpx.Request:
        return client.build_request(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.body,
            timeout=self._timeout,
            extensions={"trace": trace},
        )


def _reply(response: httpx.Response, body: bytearray) -> Reply:
    return Reply(response.status_code, {name.lower(): value for name, value in response.headers.items()}, bytes(body))


def _take(body: bytearray, chunk: bytes, watch: _Watch) -> None:
    body += chunk
    watch.remaining()
    if len(body) > LARGEST_REPLY:
        raise _TooLarge


class Sender(_Sending):
    """Sends requests one by one, from any thread. Opens its own httpx client on first use, and closes only that."""

    def __init__(self, http_client: httpx.Client | None, **options: Any) -> None:
        super().__init__(**options)
        self._client = http_client
        self._injected = http_client is not None
        self._lock = threading.Lock()

    def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else."""
        watch = _Watch(self._seconds)
        _current.watch = watch
        try:
            client = self._open()
            built = self._build(client, request, watch)
            response = client.send(built, stream=True, follow_redirects=False, auth=None)
            try:
                body = bytearray()
                for chunk in response.iter_bytes():
                    _take(body, chunk, watch)
            finally:
                response.close()
        except Exception as error:
            raise watch.verdict(error) from error
        finally:
            _current.watch = None
        return _reply(response, body)

    def close(self) -> None:
        """Close the connections of our own client."""
        with self._lock:
            if self._client is not None and not self._injected:
                self._client.close()

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(**self._own)
            return self._client


class AsyncSender(_Sending):
    """The same for one event loop."""

    def __init__(self, http_client: httpx.AsyncClient | None, **options: Any) -> None:
        super().__init__(**options)
        self._client = http_client
        self._injected = http_client is not None

    async def send(self, request: Request) -> Reply:
        """The reply. Raises `NeverLeft` or `Lost`, nothing else but cancellation."""
        watch = _Watch(self._seconds)
        try:
            if self._client is None:
                self._client = httpx.AsyncClient(**self._own)
            built = self._build(self._client, request, watch.in_loop)
            with anyio.fail_after(self._seconds):
                response = await self._client.send(built, stream=True, follow_redirects=False, auth=None)
                try:
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        _take(body, chunk, watch)
                finally:
                    await response.aclose()
        except Exception as error:
            raise watch.verdict(error) from error
        return _reply(response, body)

    async def aclose(self) -> None:
        """Close the connections of our own client."""
        if self._client is not None and not self._injected:
            await self._client.aclose()
