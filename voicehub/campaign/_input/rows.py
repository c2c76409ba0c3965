"""What a plan found for each row of its input: a callee, a duplicate, or invalid and why. One byte per row."""

import json
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import compress

from voicehub.campaign._input.duplicates import REPEATED
from voicehub.campaign._input.layout import Block
from voicehub.campaign._input.numbers import Checked

CALLEE = 0  # and `REPEATED` is 1
_TOLD, _UNTOLD = 50_000, -1  # duplicates for which the repeated row is kept: a few megabytes
_FIRST_REASON, _LAST = 2, 255
_OTHER = "is no number that could be dialled"


class Rows:
    """The marks, in the order of the rows: `CALLEE`, `REPEATED`, or above these the number of a reason."""

    def __init__(self) -> None:
        self.marks = bytearray()
        self._reasons: dict[str, int] = {}
        self._lengths = array("Q")  # of each block that was added
        self._looked = self._blocks = 0  # rows and blocks given to look_again
        self._first: dict[str, int] = {}  # the first row of each callee that is repeated
        self._before: list[int] = []  # for each duplicate: the row it repeats

    def add(self, block: Block, checked: Checked) -> None:
        """Mark the rows of a checked block."""
        start = len(self.marks)
        self.marks += bytes(len(block.numbers))
        self._lengths.append(len(block.numbers))
        for place, reason in checked.faults:
            self.marks[start + place] = self._mark(block.faults.get(place, reason))

    def look_again(self, found: bytes, callees: Sequence[str]) -> None:
        """Mark the duplicates among a block's callees, block after block; ``found`` is from `Duplicates.found`."""
        start, end = self._looked, self._looked + self._lengths[self._blocks]
        self._looked, self._blocks = end, self._blocks + 1
        if found.count(0) == len(found):
            return
        rows = list(compress(range(start, end), map(CALLEE.__eq__, self.marks[start:end])))
        for callee, row, mark in compress(zip(callees, rows, found, strict=True), found):
            if mark == REPEATED:
                self.marks[row] = REPEATED
                if len(self._before) < _TOLD:
                    self._before.append(self._first.get(callee, _UNTOLD))
            elif len(self._first) < _TOLD:
                self._first[callee] = row

    @property
    def repeated(self) -> int:
        """How many duplicates there are."""
        return self.marks.count(REPEATED)

    @property
    def callees(self) -> int:
        """How many rows are callees."""
        return self.marks.count(CALLEE)

    def invalid(self) -> dict[str, int]:
        """How many rows are invalid, by reason; the most frequent first."""
        counts = Counter({reason: self.marks.count(mark) for reason, mark in self._reasons.items()})
        return dict(counts.most_common())

    def reasons(self) -> list[str]:
        """The reasons by their numbers, for `Planned.why`."""
        found = [""] * (max(self._reasons.values(), default=_FIRST_REASON - 1) + 1 - _FIRST_REASON)
        for reason, mark in self._reasons.items():
            found[mark - _FIRST_REASON] = reason
        return found

    def packed(self) -> bytes:
        """The marks, and which rows the duplicates repeat, compressed."""
        return zlib.compress(self.marks) + zlib.compress(json.dumps(self._before).encode())

    def _mark(self, reason: str) -> int:
        if reason not in self._reasons:
            if len(self._reasons) >= _LAST - _FIRST_REASON:
                reason = _OTHER
            self._reasons.setdefault(reason, len(self._reasons) + _FIRST_REASON)
        return self._reasons[reason]


class Planned:
    """The marks of `Rows`, for reading the input again: call `marks` once with each block, in order."""

    def __init__(self, attachment: bytes, reasons: Sequence[str]) -> None:
        unpacking = zlib.decompressobj()
        self._marks, self._reasons = unpacking.decompress(attachment), reasons
        # Plans of earlier versions do not have the repeated rows.
        before = unpacking.unused_data
        self._before: Sequence[int] = json.loads(zlib.decompress(before)) if before else ()
        self._first = sorted({*self._before})  # the repeated rows
        self._lines: dict[int, int] = {}  # the lines of these rows
        self._start = self._end = 0
        self._repeated = 0  # duplicates before the block

    def marks(self, block: Block) -> bytes:
        """The marks of the next block; fewer than its rows if the input has grown."""
        self._repeated += self._marks.count(REPEATED, self._start, self._end)
        self._start, self._end = self._end, self._end + len(block.numbers)
        first = self._first[bisect_left(self._first, self._start) : bisect_left(self._first, self._end)]
        if first:
            lines = block.lines()
            self._lines |= {row: lines[row - self._start] for row in first}
        return self._marks[self._start : self._end]

    def why(self, place: int) -> str:
        """What is wrong with a row of that block."""
        mark = self._marks[self._start + place]
        if mark != REPEATED:
            return self._reasons[mark - _FIRST_REASON]
        which = self._repeated + self._marks.count(REPEATED, self._start, self._start + place)
        line = self._lines.get(self._before[which]) if which < len(self._before) else None
        return "is the same callee as " + ("an earlier row" if line is None else f"the row on line {line}")

    @property
    def ended(self) -> bool:
        """Whether as many rows were read as were planned."""
        return self._end == len(self._marks)
