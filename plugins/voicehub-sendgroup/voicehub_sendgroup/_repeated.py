"""An answer that says of all callees the same, but for number and id: read as text, as nearly every big one can be.

A million rows are read in a tenth of the time that their JSON takes. It must be beyond doubt that this is what the JSON
says:

- The ids are cut out where they stand if all rows are written as the first two are. What is left is compared with the
  text that the first two rows and the numbers asked for make of it: only if it is the very same is it believed.
- A short answer, written from the same parts around two other ids, is read as JSON. What stands in each row is what
  stood in these, for a value without quote, backslash and control character cannot end the text in which it stands.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import islice
from struct import Struct
from typing import NamedTuple

from voicehub import Outcome
from voicehub.provider import Accepted, Ids, digits_of

FEWEST = 50  # rows from which it is worth it
_VALUE = re.compile(rb'"(voiceId|callee)"[ \t\r\n]*:[ \t\r\n]*"([^"\\]*)"')
_PLAIN = bytes(sign for sign in range(0x21, 0x7F) if sign not in b'"\\')
_IDS = (b"1st", b"2nd")

_KEY_OF_ONE = b'"voiceId"'
_NUMBER_OF_ONE = b"?"  # one byte, so that the length tells how often the number stood there
_LONGEST_OF_ONE = 1000  # bytes; what is written at greater length is not remembered
outcome = partial(tuple.__new__, Outcome)  # a third of the time of a call of the class

ReadAsJson = Callable[[Sequence[str], bytes], Sequence[Outcome] | None]


class _Parts(NamedTuple):
    """What stands before the first value, between the two of a row, between two rows, and behind the last."""

    head: bytes
    middle: bytes
    between: bytes
    tail: bytes
    ids_first: bool

    def around(self, digits: bytes) -> bytes:
        """The whole answer of these numbers, without its ids."""
        if self.ids_first:
            rows = self.middle + digits.replace(b",", self.between + self.middle)
        else:
            rows = digits.replace(b",", self.middle + self.between) + self.middle
        return self.head + rows + self.tail

    def short(self, numbers: Sequence[bytes]) -> bytes:
        """The whole answer of two numbers, with ids of our own."""
        values = zip(_IDS, numbers, strict=True) if self.ids_first else zip(numbers, _IDS, strict=True)
        return self.head + self.between.join(map(self.middle.join, values)) + self.tail


def read(callees: Sequence[str], body: bytes, as_json: ReadAsJson) -> Accepted | None:
    """The rows, all accepted; ``None``: it must be read whole. ``as_json`` reads a short answer, if all is plain."""
    digits = digits_of(callees).encode()
    first = digits.split(b",", 2)[:2]
    parts, ids, rest = _taken_apart(body, digits, len(callees))
    if parts is None or ids.translate(None, _PLAIN) or rest != parts.around(digits):
        return None
    if any(value in part for part in parts[:4] for value in (*_IDS, *first)):
        return None  # a row may have it from there
    short = as_json(callees[:2], parts.short(first))
    if short is None or (short[0].call_id, short[1].call_id) != ("1st", "2nd") or short[0].reason != short[1].reason:
        return None
    return Accepted(callees, Ids(ids.decode(), len(ids) // len(callees)), short[0].code, short[0].reason)


def _taken_apart(body: bytes, digits: bytes, count: int) -> tuple[_Parts | None, bytes, bytes]:
    """The parts, by the values of the first two rows; the ids, if they are as long as the first; and what is left."""
    found = list(islice(_VALUE.finditer(body), 4))
    names = [match[1] for match in found]
    ids_first = names[:1] == [b"voiceId"]
    if names != ([b"voiceId", b"callee"] if ids_first else [b"callee", b"voiceId"]) * 2:
        return None, b"", b""
    (begin, end), (second, second_end), (third, _), _ = (match.span(2) for match in found)
    at, width = (begin, end - begin) if ids_first else (second, second_end - second)
    middle, between = body[end:second], body[second_end:third]
    gaps = _gaps(digits, count, len(middle) + len(between), ids_first=ids_first)
    size = width * count + sum(gaps)
    if not width or at + size > len(body):
        return None, b"", b""
    ids, rest = _cut(body[at : at + size], width, gaps)
    behind = begin + width * count + len(digits) - (count - 1) + count * len(middle) + (count - 1) * len(between)
    return _Parts(body[:begin], middle, between, body[behind:], ids_first), ids, body[:at] + rest + body[at + size :]


def _gaps(digits: bytes, count: int, around: int, *, ids_first: bool) -> Sequence[int]:
    """How much stands from each id to the next."""
    width = digits.index(b",")
    if len(digits) == count * (width + 1) - 1 and digits[width :: width + 1] == b"," * (count - 1):
        return (width + around,) * (count - 1)
    sizes = [around + len(number) for number in digits.split(b",")]
    return sizes[:-1] if ids_first else sizes[1:]


def _cut(rows: bytes, width: int, gaps: Sequence[int]) -> tuple[bytes, bytes]:
    """Ids of this width, and what stands in the gaps between them."""
    pieces = _cutter(f"{width}s", tuple(gaps)).unpack(rows)
    return b"".join(pieces[::2]), b"".join(pieces[1::2])


@lru_cache(4)  # nearly all numbers of a campaign are of one length
def _cutter(each: str, gaps: tuple[int, ...]) -> Struct:
    return Struct("".join([f"{each}{gap}s" for gap in gaps]) + each)


def read_one(callees: Sequence[str], body: bytes, as_json: ReadAsJson) -> list[Outcome] | None:
    """The row of a single callee, if all but number and id is written as in an answer that was read as JSON before.

    The number stands there once, and the id is of letters and digits, so neither can end the text in which it stands.
    """
    digits = callees[0][1:].encode()
    marked = body.replace(digits, _NUMBER_OF_ONE)
    if len(marked) != len(body) - len(digits) + len(_NUMBER_OF_ONE) or len(marked) > _LONGEST_OF_ONE:
        return None
    head, _, behind = marked.partition(_KEY_OF_ONE)
    pieces = behind.split(b'"', 2)
    if len(pieces) != 3 or not pieces[1].isalnum():
        return None
    words = _words_of_one(head, pieces[0], pieces[2], as_json)
    return None if words is None else [outcome((callees[0], "accepted", pieces[1].decode(), *words))]


@lru_cache
def _words_of_one(head: bytes, colon: bytes, tail: bytes, as_json: ReadAsJson) -> tuple[str | None, str | None] | None:
    """Code and reason of an answer written so; ``None``: it is not one that accepts."""
    if (head + tail).count(_NUMBER_OF_ONE) != 1:
        return None
    rows = as_json(["+" + _NUMBER_OF_ONE.decode()], b"".join([head, _KEY_OF_ONE, colon, b'"1st"', tail]))
    return None if rows is None or rows[0].call_id != "1st" else (rows[0].code, rows[0].reason)
