"""What a plan found of each row of its input: a callee, a duplicate, or invalid and why. One byte a row."""

import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress

from voicehub.campaign._layout import Block
from voicehub.campaign._numbers import Checked

CALLEE, REPEATED = 0, 1
REPEATED_WHY = "is the same callee as an earlier row"
_FIRST_REASON, _LAST = 2, 255
_OTHER = "is no number that could be dialled"


class Rows:
    """The marks, in the order of the rows: `CALLEE`, `REPEATED`, or above these the place of a reason."""

    def __init__(self) -> None:
        self.marks = bytearray()
        self._reasons: dict[str, int] = {}
        self._lengths = array("Q")  # of each block that was added

    def add(self, block: Block, checked: Checked) -> None:
        """Take in a block that was looked at."""
        start = len(self.marks)
        self.marks += bytes(len(block.numbers))
        self._lengths.append(len(block.numbers))
        for place, reason in checked.faults:
            self.marks[start + place] = self._mark(block.faults.get(place, reason))

    def lengths(self) -> Iterator[int]:
        """How many rows each block has."""
        return iter(self._lengths)

    def repeat(self, start: int, length: int, places: Sequence[int]) -> None:
        """Mark callees of a block as duplicates: ``places`` count its callees, ``start`` and ``length`` its rows."""
        part = self.marks[start : start + length]
        rows = range(start, start + length) if not any(part) else _callees(part, start)
        for place in places:
            self.marks[rows[place]] = REPEATED

    @property
    def repeated(self) -> int:
        """How many duplicates there are."""
        return self.marks.count(REPEATED)

    @property
    def callees(self) -> int:
        """How many rows are callees."""
        return self.marks.count(CALLEE)

    def invalid(self) -> dict[str, int]:
        """How many rows are invalid, by reason; the most first."""
        counts = Counter({reason: self.marks.count(mark) for reason, mark in self._reasons.items()})
        return dict(counts.most_common())

    def reasons(self) -> list[str]:
        """The reasons by their places, for `why`."""
        found = [""] * (max(self._reasons.values(), default=_FIRST_REASON - 1) + 1 - _FIRST_REASON)
        for reason, mark in self._reasons.items():
            found[mark - _FIRST_REASON] = reason
        return found

    def packed(self) -> bytes:
        """The marks, small."""
        return zlib.compress(self.marks)

    def _mark(self, reason: str) -> int:
        if reason not in self._reasons:
            if len(self._reasons) >= _LAST - _FIRST_REASON:
                reason = _OTHER
            self._reasons.setdefault(reason, len(self._reasons) + _FIRST_REASON)
        return self._reasons[reason]


def unpacked(attachment: bytes) -> bytes:
    """The marks that `Rows.packed` made small."""
    return zlib.decompress(attachment)


def why(mark: int, reasons: Sequence[str]) -> str:
    """What is wrong with a row of this mark."""
    return REPEATED_WHY if mark == REPEATED else reasons[mark - _FIRST_REASON]


def _callees(part: bytearray, start: int) -> list[int]:
    return list(compress(range(start, start + len(part)), (mark == CALLEE for mark in part)))
