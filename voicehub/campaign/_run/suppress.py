"""Who must not be phoned: a do-not-call file, and callees that other campaigns of the ledger phoned recently."""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from pathlib import Path

from voicehub import _forms
from voicehub.campaign._ledger.contract import Suppress
from voicehub.errors import ConfigError

_FRESH_SECONDS = 900.0  # between two reads of what other campaigns phoned: a long run outlasts the hours


class DoNotCall:
    """A file with one number per line, read again when it changes; the first line may be a title.

    A number that was on it once counts as long as this object lives: a file that is being rewritten is short for a
    moment. ``read`` reads a number as the input's are read (default: E.164); empty lines and lines that begin with
    ``#`` are skipped.
    """

    def __init__(self, path: Path, read: Callable[[str], str] = _forms.callee) -> None:
        self._path, self._read_number = path, read
        self._seen: tuple[int, ...] = ()
        self._numbers: frozenset[str] = frozenset()

    def numbers(self) -> frozenset[str]:
        """All numbers that are or were on it.

        Raises `ConfigError` if the file cannot be read, a line is no number (none is guessed), or the file is empty
        now and was not before.
        """
        try:
            found = os.stat(self._path)  # noqa: PTH116 - done for every batch, and ten times as fast
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
            why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise ConfigError(f"{self._path}: the do-not-call file cannot be read: {why}") from None
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
    """The do-not-call lists of one run.

    ``file``: the file, if there is one. ``hours``: callees that other campaigns phoned within these hours are
    suppressed; ``None``: not asked for. ``phoned``: those callees, since a time in Unix seconds.
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
