"""Ctrl-C while phones may ring: the first waits for requests in flight, the second gives up: they are in doubt."""

import atexit
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Self

from voicehub.cli import _output


class Interrupts:
    """A context in which SIGINT, SIGTERM and SIGHUP stop one task; a second SIGINT raises ``KeyboardInterrupt``.

    The first signal calls ``stop`` and prints ``words``. Only the task itself can be abandoned: signals during the
    output of its result do nothing. After a signal, or if ``in_doubt`` is true, they do nothing until the process ends:
    death by SIGINT would be exit code 130, which means that no callee is in doubt.
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
            atexit.register(_ignore, list(self._before))  # at its end the interpreter removes our handlers
            return
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """The time in which a signal stops the task."""
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


class Terminated(KeyboardInterrupt):
    """SIGTERM came.

    A class of its own, because Python notes a plain ``KeyboardInterrupt`` that passes an ``exec`` of text (a dataclass
    that is being imported) and kills itself by SIGINT when it ends, even if the exception was handled meanwhile.
    """


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """A context in which SIGTERM ends a server as Ctrl-C does: by a ``KeyboardInterrupt``."""

    def end(*_: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _signals() -> list[signal.Signals]:
    """The signals to handle. SIGHUP means a closed terminal; Windows has none, and under nohup it stays ignored."""
    hangup = getattr(signal, "SIGHUP", None)
    heard = [] if hangup is None or signal.getsignal(hangup) is signal.SIG_IGN else [hangup]
    return [signal.SIGINT, signal.SIGTERM, *heard]


def _ignore(numbers: list[signal.Signals]) -> None:
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
