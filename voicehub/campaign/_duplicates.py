"""Exact de-duplication of millions of numbers in constant memory, several times faster than one large set.

Each number goes to one of many arrays, by its last bits; afterwards each array is looked at alone, so that the set this
needs is small and stays near the processor. Full arrays are emptied into a temporary file: all that went there at once
is a *run*. What comes out says of each run which of its numbers came before.
"""

import json
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple, Self

_ARRAYS = 512
_HELD = 1 << 19  # numbers in memory before they go to the file, 8 bytes each


class Repeats(NamedTuple):
    """The repeated numbers of a run, as digits.

    ``blocks``: how many blocks it has. ``again`` came in an earlier run: all of them here are duplicates. ``within``
    come more than once in this run: the first of each is none, unless it is in ``again`` too.
    """

    blocks: int
    again: frozenset[str]
    within: frozenset[str]

    def places(self, numbers: Sequence[str], kept: set[str]) -> list[int]:
        """Where the duplicates stand in the next block; ``kept`` is one set for the whole run, empty at first."""
        found = []
        looked_for = self.again | self.within
        for start in range(0, len(numbers), _SLICE) if looked_for else ():
            part = numbers[start : start + _SLICE]
            if looked_for.isdisjoint(part):
                continue
            for place, number in enumerate(part, start):
                if number in self.again or number in kept:
                    found.append(place)
                elif number in self.within:
                    kept.add(number)
        return found


_SLICE = 32  # numbers: one look at many is cheaper than a look at each, and most have no repeated one among them


class Duplicates:
    """Finds the numbers that come more than once. Give it every block with `add`, then ask for `runs` once."""

    def __init__(self, held: int = _HELD) -> None:
        self._arrays = [array("Q") for _ in range(_ARRAYS)]
        self._append = [each.append for each in self._arrays]
        self._most_held, self._held = held, 0
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="voicehub-")  # noqa: SIM115 - closed by `close`
        self._counts: list[array[int]] = []  # of each run: how many numbers of each array
        self._blocks = [0]

    def add(self, digits: bytes) -> None:
        """Take in a block: digits joined by commas, none with a leading 0. Raises ``OSError`` if the disk is full."""
        append, mask = self._append, _ARRAYS - 1
        numbers = json.loads(b"[%b]" % digits)  # the fastest way from digits to whole numbers
        for number in numbers:
            append[number & mask](number)
        self._blocks[-1] += 1
        self._held += len(numbers)
        if self._held >= self._most_held:
            self._spill()

    def runs(self) -> Iterator[Repeats]:
        """What is repeated in each run, in the order of the blocks. To be asked once."""
        again: list[set[int]] = [set() for _ in self._blocks]
        within: list[set[int]] = [set() for _ in self._blocks]
        for place in range(_ARRAYS):
            first: dict[int, int] = {}  # the run in which a number came first
            for run, numbers in enumerate(self._parts(place)):
                for number in numbers:
                    if number in first:
                        (within if first[number] == run else again)[run].add(number)
                    else:
                        first[number] = run
        for blocks, before, here in zip(self._blocks, again, within, strict=True):
            yield Repeats(blocks, frozenset(map(str, before)), frozenset(map(str, here)))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _parts(self, place: int) -> "Iterator[array[int]]":
        start = 0
        for counts in self._counts:
            before, count = sum(counts[:place]), counts[place]
            self._file.seek((start + before) * 8)
            part = array("Q")
            part.fromfile(self._file, count)
            yield part
            start += sum(counts)
        yield self._arrays[place]
        del self._arrays[place][:]

    def _spill(self) -> None:
        self._counts.append(array("I", map(len, self._arrays)))
        for numbers in self._arrays:
            numbers.tofile(self._file)
            del numbers[:]
        self._held = 0
        self._blocks.append(0)
