"""Who must not be phoned: a do-not-call file, and whom other campaigns of the ledger phoned a short time ago."""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from pathlib import Path

from voicehub import _forms
from voicehub.campaign._ledger.contract import Suppress
from voicehub.errors import ConfigError

_FRESH_SECONDS = 900.0  # whom others phoned is asked again this often, for a long run outlives the hours asked for


class DoNotCall:
    """A file with a number a line, read again when it changes; the first line may be a title.

    Who was on it once stays on it as long as this lives: a list that is being rewritten is short for a moment.
    Numbers are read as those of the input are (``read``; else they are E.164); empty lines and lines that begin with
    ``#`` do not count.
    """

    def __init__(self, path: Path, read: Callable[[str], str] = _forms.callee) -> None:
        self._path, self._read_number = path, read
        self._seen: tuple[int, ...] = ()
        self._numbers: frozenset[str] = frozenset()

    def numbers(self) -> frozenset[str]:
        """As of now, and before.

        Raises `ConfigError` if the file cannot be read, a line is no number (nobody is guessed at), or nobody is on it
        any more.
        """
        try:
            found = os.stat(self._path)  # noqa: PTH116 - once a batch, and a tenth of the time
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if seen != self._seen:
                with self._path.open(encoding="utf-8-sig") as lines:
                    listed = frozenset(self._read(lines))
                if self._numbers and not listed:
                    raise ConfigError(
                        f"{self._path}: the do-not-call file is empty now, and was not before; put its numbers back"
                    )
                self._numbers |= listed
                self._seen = seen
        except (OSError, UnicodeDecodeError) as error:
            told = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise ConfigError(f"{self._path}: the do-not-call file cannot be read: {told}") from None
        return self._numbers

    def _read(self, lines: Iterable[str]) -> Iterable[str]:
        for number, line in enumerate(lines, 1):
            written = line.strip()
            if not written or written.startswith("#") or (number == 1 and not any(map(str.isdigit, written))):
                continue
            try:
                yield self._read_number(written)
            except ValueError as error:
                raise ConfigError(f"{self._path}: line {number} of the do-not-call file {error}") from None


class Lists:
    """All lists of one run. ``phoned`` says whom others phoned since a time, in Unix seconds.

    ``file``: of those who asked for it. ``hours``: how long ago is too short a time; ``None``: nobody asked.
    """

    def __init__(
        self,
        file: DoNotCall | None = None,
        hours: float | None = None,
        phoned: Callable[[float], Iterable[Sequence[str]]] | None = None,
        *,
        wall: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._file = file
        self._hours, self._phoned, self._wall, self._monotonic = hours, phoned, wall, monotonic
        self._asked: float | None = None
        self._others: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def refresh(self) -> Suppress | None:
        """See `Screen`."""
        if self._file is None and self._hours is None:
            return None
        with self._lock:
            unwanted = [numbers for numbers in (self._file and self._file.numbers(), self._recent()) if numbers]
        return _naming(unwanted) if unwanted else None

    def _recent(self) -> frozenset[str]:
        if self._hours is None or self._phoned is None:
            return frozenset()
        now = self._monotonic()
        if self._asked is None or now - self._asked >= _FRESH_SECONDS:
            since = self._wall() - self._hours * 3600
            self._others = frozenset(chain.from_iterable(self._phoned(since)))
            self._asked = now
        return self._others


def _naming(unwanted: Sequence[frozenset[str]]) -> Suppress:
    def suppress(callees: Sequence[str]) -> Collection[int]:
        found = frozenset().union(*(numbers.intersection(callees) for numbers in unwanted))
        return [position for position, callee in enumerate(callees) if callee in found] if found else ()

    return suppress
