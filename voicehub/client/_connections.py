"""Connections that are lent: whoever sends has one alone, and gives it back when the answer was read.

httpcore's own pool looks through all requests and connections before and after each request, for some that might wait.
Nobody waits here, so what it does would be a tenth of a send.
"""

import threading
from typing import Any

import httpcore

from voicehub.client._body import Body
from voicehub.client._watch import Watch


class Connections:
    """httpcore's connections, made as its pool with these options makes them; the last one used is the next one."""

    def __init__(self, *, max_keepalive_connections: int, **options: Any) -> None:
        self._make = httpcore.ConnectionPool(**options).create_connection
        self._idle: list[httpcore.ConnectionInterface] = []
        self._most, self._gate = max_keepalive_connections, threading.Lock()

    def answered(self, request: httpcore.Request, watch: Watch) -> Body:
        """Send this, and read the whole answer."""
        connection = self.lend(request)
        try:
            response = connection.handle_request(request)
            try:
                body = Body(response.status, response.headers, watch, packed=True)
                for chunk in response.iter_stream():
                    body.take(chunk)
            finally:
                response.close()
        finally:
            self.take_back(connection)
        return body

    def lend(self, request: httpcore.Request) -> httpcore.ConnectionInterface:
        """A connection for this request, to be given back with `take_back`; open, or to be opened by it."""
        with self._gate:
            looked_at, self._idle = self._idle, []
            for each in looked_at:
                if each.has_expired():  # or the server has closed it
                    each.close()
                else:
                    self._idle.append(each)
            if self._idle:
                return self._idle.pop()
        return self._make(request.url.origin)

    def take_back(self, connection: httpcore.ConnectionInterface) -> None:
        """Keep it for the next request, if it can serve one; else it is closed."""
        with self._gate:
            if connection.is_available() and len(self._idle) < self._most:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close those that nobody uses; a request that is under way ends first."""
        with self._gate:
            idle, self._idle, self._most = self._idle, [], 0
        for each in idle:
            each.close()
