"""Our own connection to the vendor when there is no proxy: a socket with one request at a time."""

import select
import socket
import ssl
import time
from collections.abc import Callable

from voicehub.client._transport.answer import read_answer
from voicehub.client._transport.body import Body
from voicehub.client._transport.route import Address, head_of
from voicehub.client._transport.watch import (
    CONNECT_SECONDS,
    NO_ANSWER,
    NO_CONNECTION,
    NOT_TAKEN,
    READ_SECONDS,
    WRITE_SECONDS,
    Watch,
)
from voicehub.provider import Request

_PIECE = 64 * 1024  # bytes; no TLS record is longer, so no part of one stays buffered where poll cannot see it


class Direct:
    """A connection to this place, opened by its first request.

    ``tls`` ``None``: plain text, which is for loopback; ``seconds``: how long it may wait for its next request.
    """

    def __init__(self, place: Address, tls: ssl.SSLContext | None, seconds: float) -> None:
        self._place, self._tls, self._seconds = place, tls, seconds
        self._socket: socket.socket | None = None
        self._has_word: Callable[[], bool] = bool  # of a closed one: False
        self._until = 0.0
        self._serves = False

    def answered(self, request: Request, watch: Watch) -> Body:
        """Send this, and read the whole answer.

        `Watch.wrote` is set right before the first byte of the request goes to the system. Raises ``OSError``,
        `TooLate`, ``ValueError`` for a head that would be read differently on the wire, and what `read_answer` raises.
        """
        self._serves = False
        data = head_of(request) + request.body
        opened = self._socket or self._open(watch)
        whole = _write(opened, data, watch)
        body, stays = read_answer(lambda: _read(opened, watch), request, watch)
        self._serves, self._until = whole and stays, time.monotonic() + self._seconds
        return body

    def is_available(self) -> bool:
        """Whether it has served a request and may serve another."""
        return self._serves

    def has_expired(self) -> bool:
        """Whether it has waited too long, was closed by the server, or holds bytes that answer nothing."""
        return time.monotonic() > self._until or self._has_word()

    def close(self) -> None:
        """Close it; it serves no further request."""
        self._serves = False
        if self._socket is not None:
            self._socket.close()

    def _open(self, watch: Watch) -> socket.socket:
        host, port = self._place.host, self._place.port
        try:
            opened = socket.create_connection((host, port), watch.within(CONNECT_SECONDS))
            self._socket = opened
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                opened.settimeout(watch.within(CONNECT_SECONDS))
                self._socket = opened = self._tls.wrap_socket(opened, server_hostname=host)
        except TimeoutError as error:
            raise TimeoutError(NO_CONNECTION) from error
        self._has_word = _word_of(opened)
        return opened


def _write(opened: socket.socket, data: bytes, watch: Watch) -> bool:
    """Whether all of it was written. A server that refuses a request early may answer and close before its end."""
    left = memoryview(data)
    while left:
        opened.settimeout(watch.within(WRITE_SECONDS))
        watch.wrote = True
        try:
            left = left[opened.send(left) :]
        except TimeoutError as error:
            raise TimeoutError(NOT_TAKEN) from error
        except OSError:
            return False
    return True


def _word_of(opened: socket.socket) -> Callable[[], bool]:
    """A function that says, without waiting, whether bytes or the end of the connection have arrived."""
    if not hasattr(select, "poll"):  # Windows; elsewhere poll: select knows no descriptors from 1024 on
        return lambda: bool(select.select([opened], [], [], 0)[0])
    poll = select.poll()
    poll.register(opened, select.POLLIN)
    return lambda: bool(poll.poll(0))


def _read(opened: socket.socket, watch: Watch) -> bytes:
    opened.settimeout(watch.within(READ_SECONDS))
    try:
        data = opened.recv(_PIECE)
    except TimeoutError as error:
        raise TimeoutError(NO_ANSWER) from error
    watch.hear(data)
    return data
