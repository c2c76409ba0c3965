"""Ctrl-C while sending: the first finishes the request in flight, the second gives it up as in doubt."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

from voicehub.cli import _output

if TYPE_CHECKING:
    from voicehub.client import Tally


class Interrupts:
    """While it lasts, SIGINT and SIGTERM belong to one send; a second SIGINT raises ``KeyboardInterrupt`` in it.

    Only the send itself can be given up: signals that come while its receipt is printed do nothing.
    """

    def __init__(self, tally: "Tally") -> None:
        self._tally = tally
        self._armed = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """The time in which a signal stops the send."""
        self._armed = True
        try:
            yield
        finally:
            self._armed = False

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if not self._armed:
            return
        if not self._tally.stopping:
            self._tally.stop()
            _output.words("voicehub: finishing the request in flight; Ctrl-C again gives it up, and it is in doubt")
        elif number == signal.SIGINT:
            self._armed = False
            raise KeyboardInterrupt
