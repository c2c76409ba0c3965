"""Follows one request through the transport's trace: has a byte of it been written, and how much time is left?

It knows httpcore's names of events and steps, and needs no import of it.
"""

import threading
import time
from typing import Any

CONNECT_SECONDS, WRITE_SECONDS, READ_SECONDS = 10.0, 10.0, 60.0
_BEFORE = ("connection.", "proxy.", "socks.")  # steps that open a connection
_AFTER = ("http11.response_closed.started",)  # also the end of a CONNECT that was refused, and told without a request
_TICK = 0.02  # seconds; a time-out cut to the deadline may strike just before it


class TooLate(Exception):
    """The deadline of the whole request is over."""


class Watch:
    """One request. Hand it over as the ``trace`` of a request; ``in_loop`` to an asynchronous client."""

    def __init__(self, seconds: float, *, traced: bool) -> None:
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.stream: Any = None  # the last one that was opened for this request
        # Our own transport traces from the start; an injected one may not, and then its silence proves nothing.
        self.traced, self.wrote = traced, False

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        if self._opened(event, info):
            _keep_deadline(self.stream)

    async def in_loop(self, event: str, info: dict[str, Any]) -> None:
        """The same for an asynchronous client, which enforces the deadline itself."""
        self._opened(event, info)

    def _opened(self, event: str, info: dict[str, Any]) -> bool:
        self.traced = True
        if event.endswith(".started") and not event.startswith(_BEFORE):
            # A step nobody has heard of counts as written too: a new name must not turn doubt into a second call.
            request = info.get("request")
            self.wrote |= event not in _AFTER and (request is None or request.method != b"CONNECT")
        opened = event.endswith((".connect_tcp.complete", ".start_tls.complete"))
        if opened:
            self.stream = info["return_value"]
        return opened

    @property
    def over(self) -> bool:
        """Whether the deadline has come."""
        return time.monotonic() > self.deadline - _TICK

    def within(self, seconds: float) -> float:
        """These seconds, or what is left of the deadline if that is less. Raises `TooLate`."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TooLate
        return min(seconds, left)


class Timeouts(dict[str, float]):
    """The time-outs httpcore asks for at each step, cut to what is left of the whole request's deadline then."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(connect=CONNECT_SECONDS, write=WRITE_SECONDS, read=READ_SECONDS, pool=CONNECT_SECONDS)
        self._watch = watch

    def get(self, key: str, _: Any = None) -> Any:
        """The seconds this step may take. Raises `TooLate`."""
        return self._watch.within(self[key])


class Current(threading.local):
    """The watch of the request that this thread is sending; ``None``: none."""

    watch: Watch | None = None


current = Current()


def _keep_deadline(stream: Any) -> None:
    """Bound each read of a new connection by the deadline of the request it serves.

    httpx bounds single reads only: a server that dribbles a byte a minute would hold a request for ever.
    """
    read = stream.read

    def bounded(max_bytes: int, timeout: float | None = None) -> bytes:
        if current.watch is not None:
            timeout = current.watch.within(READ_SECONDS if timeout is None else timeout)
        data: bytes = read(max_bytes, timeout)
        return data

    stream.read = bounded
