"""Follows one request through the transport's trace: has a byte of it been written, and how much time is left?

It knows httpcore's names of events and steps, and needs no import of it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

CONNECT_SECONDS, WRITE_SECONDS, READ_SECONDS = 10.0, 10.0, 60.0
NO_CONNECTION = f"no connection within {CONNECT_SECONDS:g} seconds"
NOT_TAKEN = f"what was written was not taken within {WRITE_SECONDS:g} seconds"
NO_ANSWER = f"no answer within {READ_SECONDS:g} seconds"
_BEFORE = ("connection.", "proxy.", "socks.")  # steps that open a connection
_AFTER = ("http11.response_closed.started",)  # also the end of a CONNECT that was refused, and told without a request
_BEGINNING = b"HTTP/"  # of every reply, RFC 9112 section 4
_END_OF_HEAD = b"\r\n\r\n"  # of a request; a piece of a body that ends so waits for the next one, too
_FOLLOWED = "is_followed"  # marks each connection whose reads we see
_TICK = 0.02  # seconds; a time-out cut to the deadline may strike just before it


class TooLate(Exception):
    """The deadline of the whole request is over."""


class Watch:
    """One request. httpcore calls it as the ``trace`` of the request; in an event loop it calls ``in_loop``."""

    def __init__(self, seconds: float, *, traced: bool) -> None:
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.options: dict[str, Any] = {}  # of the request; the trace is among them
        self.stream: Any = None  # the last one that was opened for this request
        # Our own transport traces from the start; an injected one may not, and then its silence proves nothing.
        self.traced, self.wrote = traced, False
        self._ours = traced  # every connection of our own transport is one whose reads we see
        self._began = b""  # the first bytes read since the request began to be written

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        if self._opened(event, info):
            _follow(self.stream)

    async def in_loop(self, event: str, info: dict[str, Any]) -> None:
        """The same for an asynchronous client, which enforces the deadline itself."""
        if self._opened(event, info):
            _follow_in_loop(self.stream)

    def _opened(self, event: str, info: dict[str, Any]) -> bool:
        self.traced = True
        if event.endswith(".started") and not event.startswith(_BEFORE):
            # An unknown step counts as written too: a new name must not turn doubt into a second call.
            request = info.get("request")
            self.wrote |= event not in _AFTER and (request is None or request.method != b"CONNECT")
            if self.wrote:  # nothing more is to be learnt
                self.options.pop("trace", None)
        opened = event.endswith((".connect_tcp.complete", ".start_tls.complete"))
        if opened:
            self.stream = info["return_value"]
        return opened

    def answered_over(self, extensions: Mapping[str, Any]) -> None:
        """Note which connection of the user's client gives the answer, from httpx's extensions of the response."""
        plain = extensions.get("http_version") in (b"HTTP/1.1", b"HTTP/1.0")  # HTTP/2 has frames of many answers
        self._ours = self._ours or (plain and getattr(extensions.get("network_stream"), _FOLLOWED, False))

    def hear(self, data: bytes) -> None:
        """Note what was read from the connection."""
        if self.wrote and len(self._began) < len(_BEGINNING):
            self._began += data[: len(_BEGINNING)]

    @property
    def left_over(self) -> bool:
        """Whether the answer, or its beginning, was read before the request: then it answers an earlier one.

        A connection keeps what a server sends beyond an answer, and would give it out as the answer to the next.
        Nothing is known of connections that were not opened for a request of ours.
        """
        return self._ours and not self._began.startswith(_BEGINNING)

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


#: The watch of the request that this thread or task is sending; ``None``: none.
current: ContextVar[Watch | None] = ContextVar("current", default=None)


@contextmanager
def followed(watch: Watch, trace: Callable[..., Any]) -> Iterator[None]:
    """Inside the block `Watch.options` make a request report to this watch, through ``trace``."""
    watch.options = {"trace": trace, "timeout": Timeouts(watch)}
    serving = current.set(watch)
    try:
        yield
    finally:
        current.reset(serving)


def _follow(stream: Any) -> None:
    """Bound each read of a new connection by the deadline of the request it serves, and show the bytes to its watch.

    httpx bounds single reads only: a server that dribbles a byte a minute would hold a request forever.

    The head of a request is sent with the next write, in one piece: a send wakes the other side, and costs more
    than making the request.
    """
    read, write = stream.read, stream.write
    held = b""

    def followed(max_bytes: int, timeout: float | None = None) -> bytes:
        if held:
            together(b"", WRITE_SECONDS)
        watch = current.get()
        if watch is not None:
            timeout = watch.within(READ_SECONDS if timeout is None else timeout)
        return _heard(read(max_bytes, timeout))

    def together(buffer: bytes, timeout: float | None = None) -> None:
        nonlocal held
        before, held = held, b""
        if not before and buffer.endswith(_END_OF_HEAD):
            held = buffer
        else:
            write(before + buffer, timeout)

    stream.read, stream.write = followed, together
    setattr(stream, _FOLLOWED, True)


def _heard(data: bytes) -> bytes:
    watch = current.get()
    if watch is not None:
        watch.hear(data)
    return data


def _follow_in_loop(stream: Any) -> None:
    """The same for an asynchronous client, which enforces the deadline itself."""
    read = stream.read

    async def followed(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        return _heard(await read(max_bytes, timeout))

    stream.read = followed
    setattr(stream, _FOLLOWED, True)
