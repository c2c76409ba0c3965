"""Ctrl-C while phones may ring: the first finishes what is in flight, the second gives it up as in doubt."""

import atexit
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Self

from voicehub.cli import _output


class Interrupts:
    """While it lasts, SIGINT, SIGTERM and SIGHUP belong to one work; a second SIGINT raises ``KeyboardInterrupt``.

    The first calls ``stop`` and says ``words``. Only the work itself can be given up: signals that come while its end
    is printed do nothing. Once one has come, or ``in_doubt`` says that somebody is, they do nothing until the process
    has ended: dying by SIGINT would tell the shell 130, nobody in doubt.
    """

    def __init__(self, stop: Callable[[], object], words: str, *, in_doubt: Callable[[], object]) -> None:
        self.stopping = False
        self._stop = stop
        self._words = words
        self._in_doubt = in_doubt
        self._armed = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in _signals():
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        if self.stopping or self._in_doubt():
            atexit.register(_ignore, list(self._before))  # the ending interpreter takes our own handlers away
            return
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """The time in which a signal stops the work."""
        self._armed = True
        try:
            yield
        finally:
            self._armed = False

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if not self._armed:
            return
        if not self.stopping:
            self.stopping = True
            self._stop()
            _output.words(f"voicehub: {self._words}")
        elif number == signal.SIGINT:
            self._armed = False
            raise KeyboardInterrupt


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM ends what serves until it is stopped as Ctrl-C does: by ``KeyboardInterrupt``."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _signals() -> list[signal.Signals]:
    """SIGHUP is a closed terminal; Windows has none, and under nohup it stays ignored."""
    hangup = getattr(signal, "SIGHUP", None)
    heard = [] if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN else [hangup]
    return [signal.SIGINT, signal.SIGTERM, *heard]


def _ignore(numbers: list[signal.Signals]) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
