"""The desk over HTTP: an ASGI application by starlette, served by uvicorn on connections that can be broken."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import starlette.requests
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from voicehub.provider import Reply, Request
from voicehub.sandbox import _faults

LARGEST_REQUEST = 8 * 2**20  # a recording of 5 MiB in Base64 and more
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER, on, 0 seconds: close sends RST (POSIX, setsockopt)

Take = Callable[[Request], tuple[Reply, str | None]]


class App:
    """Hands one request at a time to ``take``, which returns the reply and the fault to play."""

    def __init__(self, url: str, take: Take) -> None:
        self._url = url
        self._take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = starlette.requests.Request(scope, receive)
        try:
            body = await _bounded_body(incoming)
        except starlette.requests.ClientDisconnect:
            return
        if body is None:
            text = f"A request has at most {LARGEST_REQUEST // 2**20} MiB.\n"
            await PlainTextResponse(text, 413)(scope, receive, send)
            return
        reply, fault = self._take(_request(self._url, incoming, body))
        response = Response(reply.body, reply.status, dict(reply.headers))
        transport: asyncio.Transport = scope["state"]["transport"]
        if fault in ("reset-before", "reset-after"):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.abort()
            await receive()  # the body is read, so this is the disconnection (ASGI, HTTP message format)
        elif fault == "truncated":
            await send({"type": "http.response.start", "status": reply.status, "headers": response.raw_headers})
            half = reply.body[: len(reply.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            transport.close()
            await receive()
        elif fault != "slow" or await _waited(receive):
            await response(scope, receive, send)


async def _bounded_body(incoming: starlette.requests.Request) -> bytes | None:
    """The body; ``None``: it is too large."""
    body = bytearray()
    async for chunk in incoming.stream():
        body += chunk
        if len(body) > LARGEST_REQUEST:
            return None
    return bytes(body)


def _request(url: str, incoming: starlette.requests.Request, body: bytes) -> Request:
    """The request as the vendor's side sees it, its path as it was sent, and its host ours whatever ``Host`` says."""
    query = incoming.scope["query_string"]
    target = incoming.scope["raw_path"] + (b"?" + query if query else b"")
    headers = {name: ", ".join(incoming.headers.getlist(name)) for name in incoming.headers}
    return Request(incoming.method, url + target.decode("latin-1"), headers, body)


async def _waited(receive: Receive) -> bool:
    """Wait the seconds of a slow vendor; returns whether the client is still connected."""
    try:
        await asyncio.wait_for(receive(), _faults.SLOW_SECONDS)
    except TimeoutError:
        return True
    return False


class _Protocol(H11Protocol):
    """Hands the application the transport, so that it can break the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class QuickServer(Server):
    """uvicorn's server, but it stops without waiting: half-sent and slow requests are cut off."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cut every connection, then stop."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def make_server(url: str, take: Take) -> QuickServer:
    """A server that is not running yet. It logs errors only, through ``logging``, and reads no configuration."""
    options: dict[str, Any] = {"http": _Protocol, "ws": "none", "lifespan": "off", "loop": "asyncio"}
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False, "proxy_headers": False}
    return QuickServer(Config(App(url, take), timeout_graceful_shutdown=1, **options, **quiet))
