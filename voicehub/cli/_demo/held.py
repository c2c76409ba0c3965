"""An answer that the demo's vendor delays, so that a process killed meanwhile leaves a doubt."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicehub.sandbox import Dialled

_AT_MOST_SECONDS = 8.0  # the server, when it stops, waits 10 for this


class Held:
    """A sandbox's ``log``: is called for each phone that rings, before the answer leaves."""

    def __init__(self) -> None:
        self._left = 0
        self._begun, self._over = threading.Event(), threading.Event()

    def __call__(self, _: "Dialled") -> None:
        """One more phone has rung."""
        self._left -= 1
        if self._left == 0:
            self._begun.set()
            self._over.wait(_AT_MOST_SECONDS)

    @contextmanager
    def after(self, phones: int) -> Iterator[threading.Event]:
        """In this context the answer after ``phones`` more phones is delayed; the event is set when it is reached."""
        self._left = phones
        try:
            yield self._begun
        finally:
            self._over.set()
