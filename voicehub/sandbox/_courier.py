"""`Courier`: pushes reports of what happens to calls, repeats failed ones, and plays the faults of reports."""

import heapq
import http.client
import itertools
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from voicehub.provider import Request
from voicehub.sandbox._faults import Fault, struck_by

#: Seconds until a report that was not accepted is pushed again, and how often in all. Vendors document 30 minutes.
AGAIN_SECONDS, TIMES = 10.0, 4
#: Seconds by which a late report is delayed: by then the call is over.
LATE_SECONDS = 20.0
_LOOK_SECONDS = 0.05
_POST_SECONDS = 5.0

Post = Callable[[Request], int | None]


def post(request: Request) -> int | None:
    """The status of the answer; ``None``: there was none. Redirects are not followed."""
    parts = urlsplit(request.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_POST_SECONDS)
    target = parts._replace(scheme="", netloc="").geturl() or "/"
    try:
        connection.request(request.method, target, request.body, dict(request.headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class _Push(NamedTuple):
    due: float
    serial: int  # the order of pushes that are due at the same time
    attempt: int
    request: Request


class Courier:
    """Asks ``due`` for the reports between two moments, and pushes them from its own thread.

    A report that is not answered with 200 is pushed again, `TIMES` times in all. ``speed`` shortens the waiting as it
    shortens calls.
    """

    def __init__(
        self,
        due: Callable[[float, float], Iterable[Request]],
        clock: Callable[[], float],
        *,
        faults: Sequence[Fault] = (),
        lots: random.Random,
        speed: float = 1,
        post: Post = post,
    ) -> None:
        self._due = due
        self._clock = clock
        self._faults = faults
        self._lots = lots
        self._speed = speed
        self._post = post
        self._serials = itertools.count()
        self._waiting: list[_Push] = []
        self._seen = clock()
        self.taken = self.given_up = 0

    def run(self, leaving: threading.Event) -> None:
        """Push until this event is set; then begin no other push."""
        while not leaving.wait(_LOOK_SECONDS):
            self.look(leaving)

    def look(self, leaving: threading.Event) -> None:
        """Push what is due by now."""
        now = self._clock()
        for request in self._due(self._seen, now):
            fault = struck_by(self._faults, self._lots.random())
            self._queue(now + (LATE_SECONDS / self._speed if fault == "report-late" else 0), 1, request)
            if fault == "report-twice":
                self._queue(now, 1, request)
        self._seen = now
        while self._waiting and self._waiting[0].due <= now and not leaving.is_set():
            push = heapq.heappop(self._waiting)
            if self._post(push.request) == http.client.OK:
                self.taken += 1
            elif push.attempt < TIMES:
                self._queue(now + AGAIN_SECONDS / self._speed, push.attempt + 1, push.request)
            else:
                self.given_up += 1

    def _queue(self, due: float, attempt: int, request: Request) -> None:
        heapq.heappush(self._waiting, _Push(due, next(self._serials), attempt, request))
