"""Connections that are lent: each request has one to itself, and gives it back when the answer was read.

A pool would search all requests and connections before and after each request, for requests that wait. None
waits here.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from voicehub.client._transport.body import Body
from voicehub.client._transport.verdict import OURS, Meanings
from voicehub.client._transport.watch import Watch
from voicehub.provider import Request


class Connection(Protocol):
    """What every kind of connection can do; each kind has a file of its own."""

    def answered(self, request: Request, watch: Watch) -> Body:
        """Send this, and read the whole answer."""

    def is_available(self) -> bool:
        """Whether it has served a request and may serve another."""

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or the server has closed it."""

    def close(self) -> None:
        """Close it; it serves no further request."""


class Connections:
    """Keeps at most ``most`` idle ones and lends the last used one first; ``make`` creates one, not yet opened."""

    def __init__(self, make: Callable[[], Connection], *, most: int, meanings: Meanings = OURS) -> None:
        self.meanings = meanings  # of what they raise
        self._make, self._most = make, most
        self._idle: list[Connection] = []
        self._gate = threading.Lock()

    def answered(self, request: Request, watch: Watch) -> Body:
        """Send this, and read the whole answer. Raises what the connection raises."""
        connection = self.lend()
        try:
            return connection.answered(request, watch)
        finally:
            self.take_back(connection)

    def lend(self) -> Connection:
        """A connection, to be given back with `take_back`; open, or to be opened by its first request."""
        with self._gate:
            looked_at, self._idle = self._idle, []
            for each in looked_at:
                if each.has_expired():  # or the server has closed it
                    each.close()
                else:
                    self._idle.append(each)
            if self._idle:
                return self._idle.pop()
        return self._make()

    def take_back(self, connection: Connection) -> None:
        """Keep it for the next request, if it can serve one; else it is closed."""
        with self._gate:
            if connection.is_available() and len(self._idle) < self._most:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the idle ones; a connection in use is closed when its request ends."""
        with self._gate:
            idle, self._idle, self._most = self._idle, [], 0
        for each in idle:
            each.close()
