"""Ctrl-C while sending: the first finishes the request in flight, the second gives it up as in doubt."""

import atexit
import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

from voicehub.cli import _output

if TYPE_CHECKING:
    from voicehub.client import Tally


class Interrupts:
    """While it lasts, SIGINT, SIGTERM and SIGHUP belong to one send; a second SIGINT raises ``KeyboardInterrupt``.

    Only the send itself can be given up: signals that come while its receipt is printed do nothing. Once one has come,
    or somebody is in doubt, they do nothing until the process has ended: dying by SIGINT would tell the shell 130,
    nobody in doubt.
    """

    def __init__(self, tally: "Tally") -> None:
        self._tally = tally
        self._armed = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in _signals():
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        if self._tally.stopping or self._tally.receipt().in_doubt:
            atexit.register(_ignore, list(self._before))  # the ending interpreter takes our own handlers away
            return
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


def _signals() -> list[signal.Signals]:
    """SIGHUP is a closed terminal; Windows has none, and under nohup it stays ignored."""
    hangup = getattr(signal, "SIGHUP", None)
    heard = [] if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN else [hangup]
    return [signal.SIGINT, signal.SIGTERM, *heard]


def _ignore(numbers: list[signal.Signals]) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
