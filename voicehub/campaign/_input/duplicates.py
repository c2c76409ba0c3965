"""Exact de-duplication of millions of numbers in little memory, and faster than by one large set.

Each number goes to one of many arrays, by the four digits before its last four: the numbers of one array then differ in
their last digits, by which a set finds its place for a number. Afterwards each array is searched alone, so that the
set this needs is small and fits into the processor's cache. Full arrays are emptied into a temporary file.
"""

import tempfile
from array import array
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Self

REPEATED, COMES_AGAIN = 1, 2
_DIGITS = 16  # of a packed number: two per byte
_ARRAYS = 256
_LAST, _BEFORE = (bytes(byte * odd % 256 for byte in range(256)) for odd in (167, 83))  # spread two digits evenly
_HELD = 1 << 19  # numbers in memory before they go to the file, 8 bytes each


class Duplicates:
    """Finds the numbers that occur more than once. Call `add` with every block, then `found` once."""

    def __init__(self, held: int = _HELD) -> None:
        # Doubles: Python copies eight bytes as a double five times as fast as an integer. The first digit is 0, so
        # none of them is a NaN, whose bytes might change.
        self._arrays = [array("d") for _ in range(_ARRAYS)]
        self._most_held, self._held = held, 0
        self._any = False  # whether there are duplicates
        self._spilled: list[array[int]] = []  # for each spill: how many numbers of each array
        self._sizes = array("Q")  # of the blocks
        with ExitStack() as stack:
            self._file: IO[bytes] = stack.enter_context(tempfile.TemporaryFile(prefix="voicehub-"))
            self._order: IO[bytes] = stack.enter_context(tempfile.TemporaryFile(prefix="voicehub-"))  # array by number
            self._files = stack.pop_all()

    def add(self, digits: bytes) -> None:
        """Add a block: digits joined by commas, at most 15 per number. Raises ``OSError`` if the disk is full."""
        packed = _packed(digits)
        numbers = array("d", packed)
        numbers.byteswap()  # big-endian, so that most are small
        places = _places(packed)
        deque(map(array.append, map(self._arrays.__getitem__, places), numbers), maxlen=0)
        self._order.write(places)
        self._sizes.append(len(places))
        self._held += len(places)
        if self._held >= self._most_held:
            self._spill()

    def found(self) -> Iterator[bytes]:
        """For each block one byte per number: `REPEATED` if it came before, `COMES_AGAIN` for the first of several.

        Empty for every block if no number is repeated at all. To be called once.
        """
        marks = [self._marks(place) for place in range(_ARRAYS)]
        if not self._any:
            yield from (b"" for _ in self._sizes)
            return
        each = list(map(iter, marks))
        self._order.seek(0)
        for size in self._sizes:
            yield bytes(map(next, map(each.__getitem__, self._order.read(size))))

    def close(self) -> None:
        """Close the files."""
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _marks(self, place: int) -> bytearray:
        numbers = self._whole(place)
        marks = bytearray(len(numbers))
        if not self._any and len(set(numbers)) == len(numbers):
            return marks
        self._any = True  # most probably in the next arrays, too: there the test by a set would be wasted
        first: dict[int, int] = {}
        for at, number in enumerate(numbers):
            if number in first:
                marks[at], marks[first[number]] = REPEATED, COMES_AGAIN
            else:
                first[number] = at
        return marks

    def _whole(self, place: int) -> "array[int]":
        whole, start = array("Q"), 0
        for counts in self._spilled:
            self._file.seek((start + sum(counts[:place])) * whole.itemsize)
            whole.fromfile(self._file, counts[place])
            start += sum(counts)
        whole.frombytes(self._arrays[place].tobytes())
        del self._arrays[place][:]
        return whole

    def _spill(self) -> None:
        self._spilled.append(array("I", map(len, self._arrays)))
        for numbers in self._arrays:
            numbers.tofile(self._file)
            del numbers[:]
        self._held = 0


def _places(packed: bytes) -> bytes:
    """The array each number goes to, computed for all numbers at once."""
    last, before = (packed[at::8].translate(spread) for at, spread in ((5, _LAST), (4, _BEFORE)))
    return (int.from_bytes(last) ^ int.from_bytes(before)).to_bytes(len(last))


def _packed(digits: bytes) -> bytes:
    """Each number as 16 digits in 8 bytes, the last two in the last byte; without a loop if all have one length."""
    width, count = len(digits.partition(b",")[0]), digits.count(b",")
    if digits[width :: width + 1] == b"," * count and len(digits) == count * (width + 1) + width:
        zeros = b"0" * (_DIGITS - width)
        digits = zeros + digits.replace(b",", zeros) if width else b""
    else:
        digits = b"".join([number.rjust(_DIGITS, b"0") for number in digits.split(b",")])
    return bytes.fromhex(digits.decode())
