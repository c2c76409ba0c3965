"""Runs the application with uvicorn; strangers who connect and send nothing cannot block reports."""

import asyncio
import logging
import resource
import socket
import time
from typing import Any

import h11
from starlette.applications import Starlette
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

_DRAIN_SECONDS = 30
#: Longer than a proxy keeps an idle connection (nginx: 60), or a report meets one that is being closed.
_IDLE_SECONDS = 75
_HEADERS_SECONDS = 10.0
_MOST = 1000
_TOLD_SECONDS = 60.0

_logger = logging.getLogger("voicehub.webhooks")


def run(application: Starlette, listening: socket.socket) -> None:
    """See `voicehub.webhooks.serve`. Access logs and traces would hold the secret of an address, so there are none."""
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "log_level": "info"}
    plain: dict[str, Any] = {"ws": "none", "server_header": False, "proxy_headers": False, "http": _Connection}
    seconds: dict[str, Any] = {"timeout_graceful_shutdown": _DRAIN_SECONDS, "timeout_keep_alive": _IDLE_SECONDS}
    # The number of connections that may be accepted at once before one of them is handled.
    _Server(Config(application, **quiet, **plain, **seconds, backlog=max(1, _most() // 2))).run([listening])


def _most() -> int:
    """How many connections may be open: half of the files this process may have, for the ledger needs some, too."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if files == resource.RLIM_INFINITY else max(2, min(_MOST, files // 2))


class _Connection(H11Protocol):
    """A connection has some seconds to send its request; if there are too many, the longest waiting one is closed."""

    waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > _most():
            silent = [each for each in self.connections if isinstance(each, _Connection) and each.waiting is not None]
            min(silent, key=_until).leave()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._heard()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._heard()
        super().connection_lost(exc)

    def leave(self) -> None:
        """Close it, as it is."""
        self._heard()
        self.transport.abort()

    def _wait(self) -> None:
        if self.waiting is None:
            self.waiting = self.loop.call_later(_HEADERS_SECONDS, self.leave)

    def _heard(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None


def _until(connection: _Connection) -> float:
    return 0.0 if connection.waiting is None else connection.waiting.when()


class _Server(Server):
    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but a connection that cannot be accepted logs no traceback."""
        asyncio.get_running_loop().set_exception_handler(_Unaccepted())
        await super().serve(sockets)


class _Unaccepted:
    """Counts connections that could not be accepted, and says so once a minute."""

    def __init__(self) -> None:
        self._count = 0
        self._told: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """See `asyncio.loop.set_exception_handler`."""
        if not str(context.get("message")).startswith("socket.accept()"):
            loop.default_exception_handler(context)
            return
        self._count += 1
        now = time.monotonic()
        if self._told is None or now - self._told >= _TOLD_SECONDS:
            _logger.warning("no more connections can be accepted (%d times): raise the limit of files", self._count)
            self._count, self._told = 0, now
