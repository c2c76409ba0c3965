"""Columns of a batch, packed: callees as hex digits, and their results as a few bytes where they are equal.

A number has decimal digits only, so the hex digit ``a`` begins each number, and ``f`` fills the last byte: 7 bytes for
12 digits, by two C calls. Vendors' codes and reasons are mostly equal, ids hex of one length; the rest is JSON.
"""

import json
import re
import zlib
from binascii import hexlify, unhexlify
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from voicehub._callees import Canonical, Joined, digits_of
from voicehub.campaign._ledger.words import damaged
from voicehub.receipt import Accepted, Ids, Outcome

#: One letter per callee. OPEN: the callee has the state of the batch, such as pending or submitting.
OPEN, ACCEPTED, REFUSED, IN_DOUBT, SUPPRESSED, CANCELED, MOVED = ".ardscm"
LETTERS = {"accepted": ACCEPTED, "refused": REFUSED, "in_doubt": IN_DOUBT, "not_attempted": OPEN}

# Greedy: see `voicehub._forms`.
_CANONICAL = re.compile(r"\+[1-9][0-9]{6,14}(?:,\+[1-9][0-9]{6,14})*")
_UNPACKED = re.compile(rb"(?:,[1-9][0-9]{6,14})*")
_MOST_ALIKE = 255
_INDEX = ord("0")  # an index is stored as a character that JSON does not escape
_CAPITALS = "ABCDEF"
_STATES = OPEN + ACCEPTED + REFUSED + IN_DOUBT + SUPPRESSED + CANCELED + MOVED
_SMALL = 200  # bytes: compression would not make a shorter head smaller

#: What is raised by reading bytes that were not packed here.
_ODD = (ValueError, LookupError, TypeError, AttributeError, OverflowError, MemoryError, RecursionError, zlib.error)
_WORDS = frozenset({str, type(None)})

Words = Sequence[str | None]


class Columns(NamedTuple):
    """The results of the callees of a batch, in their order."""

    states: str
    call_ids: Words
    codes: Words
    reasons: Words

    @classmethod
    def of(cls, callees: Sequence[str], outcomes: Sequence[Outcome]) -> "Columns":
        """The outcomes as columns. Raises ``ValueError`` unless there is one outcome per callee, in their order."""
        if isinstance(outcomes, Accepted) and outcomes.callees == callees:
            count = len(callees)
            return cls(ACCEPTED * count, outcomes.call_ids, (outcomes.code,) * count, (outcomes.reason,) * count)
        named, statuses, *words = zip(*outcomes, strict=True) if outcomes else ((), (), (), (), ())
        if named != tuple(callees):
            expected = f"one outcome per callee is needed, in their order: {len(callees)}"
            raise ValueError(f"{expected}; given were {len(named)}, or of others")
        if statuses.count(statuses[0]) == len(statuses):
            return cls(LETTERS[statuses[0]] * len(statuses), *words)
        return cls("".join(map(LETTERS.__getitem__, statuses)), *words)

    @classmethod
    def bare(cls, states: str) -> "Columns":
        """States without ids, codes and reasons."""
        nothing = (None,) * len(states)
        return cls(states, nothing, nothing, nothing)

    def pick(self, positions: Sequence[int]) -> "Columns":
        """The rows at these positions."""
        states, *words = ([column[at] for at in positions] for column in self)
        return Columns("".join(map(str, states)), *words)

    def put(self, positions: Sequence[int], others: "Columns") -> "Columns":
        """These columns with other rows at these positions."""
        mixed = [list(column) for column in self]
        for column, values in zip(mixed, others, strict=True):
            for at, value in zip(positions, values, strict=True):
                column[at] = value
        states, *words = mixed
        return Columns("".join(map(str, states)), *words)


def pack_callees(callees: Sequence[str]) -> bytes:
    """Pack E.164 numbers with ``+``, in order. Raises ``ValueError`` naming the first that is invalid or repeated."""
    digits = callees.digits if isinstance(callees, (Canonical, Joined)) else _digits_of(callees)
    packed = f"a{digits.replace(',', 'a')}" if digits else ""
    return bytes.fromhex(packed + "f" * (len(packed) % 2))


def unpack_callees(packed: bytes) -> Canonical:
    """The callees, in order. Raises `LedgerError` if they are not what was packed."""
    return Canonical.of(unpack_digits(packed))


def unpack_digits(packed: bytes) -> str:
    """The same in the format of `digits_of`, which `Canonical.of` splits."""
    unpacked = hexlify(packed).rstrip(b"f").replace(b"a", b",")
    if not (_are_alike(unpacked) or _UNPACKED.fullmatch(unpacked)):
        raise damaged("a batch has invalid callees")
    return unpacked[1:].decode()


def _are_alike(unpacked: bytes) -> bool:
    """Whether the pattern matches numbers of one length, decided by columns of characters, five times as fast."""
    step = unpacked.find(b",", 1)
    count, left = divmod(len(unpacked), step)
    return (
        not left
        and 8 <= step <= 16  # the comma and 7 to 15 digits
        and unpacked[::step] == unpacked.translate(None, b"0123456789") == b"," * count
        and b"0" not in unpacked[1::step]
    )


def _digits_of(callees: Sequence[str]) -> str:
    joined = ",".join(callees)
    if callees and not (joined.count(",") == len(callees) - 1 and _CANONICAL.fullmatch(joined)):
        at = next(at for at, callee in enumerate(callees) if "," in callee or not _CANONICAL.fullmatch(callee))
        raise ValueError(f"callee {at} of the batch is not E.164 in its canonical form: +, then 7 to 15 digits")
    if len(set(callees)) != len(callees):
        at = next(at for at, callee in enumerate(callees) if callee in callees[:at])
        raise ValueError(f"callee {at} is in the batch twice, and would be phoned twice")
    return digits_of(callees)


def pack(columns: Columns) -> bytes:
    """The columns as bytes: a head in JSON, then the raw ids."""
    raws: list[bytes] = []
    states, *words = columns
    alike = states.count(states[0]) == len(states)
    head = json.dumps([len(states), states[0] if alike else states, *(_pack_words(column, raws) for column in words)])
    packed = zlib.compress(head.encode(), 1) if len(head) > _SMALL else head.encode()
    return b"".join([len(packed).to_bytes(4, "little"), packed, *raws])


def unpack(packed: bytes) -> Columns:
    """The columns that were packed. Raises `LedgerError` if they were not."""
    at = 4 + int.from_bytes(packed[:4], "little")
    head = packed[4:at]
    words = []
    try:
        count, states, *forms = json.loads(head if head.startswith(b"[") else zlib.decompress(head))
        for form in forms:
            column, at = _unpack_words(form, count, packed, at)
            words.append(column)
        if at != len(packed):
            raise ValueError("has other ids than its head tells of")
        return Columns(_unpack_states(states, count), *words)
    except _ODD as error:
        raise damaged("the results of a batch cannot be read") from error


def unpack_ids(batches: Iterable[bytes]) -> Iterator[tuple[str, Words]]:
    """States and call ids of these batches, in any order. Short heads are read as one JSON, in half the time."""
    heads, others = [], []
    for packed in batches:
        at = 4 + int.from_bytes(packed[:4], "little")
        if at == len(packed) and packed.startswith(b"[", 4):
            heads.append(packed[4:])
        else:
            others.append(packed)
    try:
        rows = json.loads(b"[%b]" % b",".join(heads))
    except _ODD as error:
        raise damaged("the results of a batch cannot be read") from error
    yield from map(_unpack_row, rows)
    for columns in map(unpack, others):
        yield columns.states, columns.call_ids


def _unpack_row(row: Any) -> tuple[str, Words]:
    """States and call ids of a head that no raw ids follow."""
    try:
        count, states, form, *_ = row
        return _unpack_states(states, count), _unpack_words(form, count, b"", 0)[0]
    except _ODD as error:
        raise damaged("the results of a batch cannot be read") from error


def _unpack_states(states: str, count: int) -> str:
    """One letter per callee. Raises ``ValueError`` for others."""
    if len(states) not in (1, count) or states.strip(_STATES):
        raise ValueError("has states that are none")
    return states if len(states) == count else states * count


def _pack_words(words: Words, raws: list[bytes]) -> object:
    """The first form that fits: all equal (the word), hex of one length, few (a table), or any (a list)."""
    if type(words) is Ids:
        if words[0] != words[-1] and (raw := _raw(words.joined)) is not None:
            raws.append(raw)
            return {"width": words.width, "there": None}
        words = list(words)
    if words.count(words[0]) == len(words):
        return words[0]
    present = [word for word in words if word is not None] if None in words else cast("Sequence[str]", words)
    width = len(present[0])
    if present.count(present[0]) <= len(present) // 2 and set(map(len, present)) == {width}:
        raw = _raw("".join(present))
        if raw is not None:
            raws.append(raw)
            there = None if len(present) == len(words) else "".join(["-" if word is None else "+" for word in words])
            return {"width": width, "there": there}
    table = list(dict.fromkeys(words))
    if len(table) > min(len(words) // 2, _MOST_ALIKE):
        return {"any": words}
    index = {word: chr(_INDEX + at) for at, word in enumerate(table)}
    return {"few": table, "which": "".join(map(index.__getitem__, words))}


def _raw(joined: str) -> bytes | None:
    """The bytes of this lower-case hex; ``None``: it is not hex, or not lower-case, which would not be restored."""
    try:
        raw = unhexlify(joined + "0" * (len(joined) % 2))
    except ValueError:
        return None
    return None if any(map(joined.__contains__, _CAPITALS)) else raw


def _unpack_words(form: Any, count: int, packed: bytes, at: int) -> tuple[Words, int]:
    """One column, and the position after its raw ids. Raises one of ``_ODD`` if it was not packed."""
    if form is None or isinstance(form, str):
        return (form,) * count, at
    if "any" in form:
        return _checked(form["any"], count), at
    if "few" in form:
        table = _checked(form["few"], len(form["few"]))
        words = [table[ord(which) - _INDEX] for which in form["which"]]
        return _checked(words, count), at
    width, there = form["width"], form["there"]
    digits = width * (count if there is None else there.count("+"))
    end = at + (digits + 1) // 2
    if width < 1 or end > len(packed):
        raise ValueError("has fewer ids than its head tells of")
    text = packed[at:end].hex()
    ids = [text[begin : begin + width] for begin in range(0, digits, width)]
    if there is None:
        return ids, end
    each = iter(ids)
    return _checked([next(each) if here == "+" else None for here in there], count), end


def _checked(words: Words, count: int) -> Words:
    if len(words) != count or not _WORDS.issuperset(map(type, words)):
        raise ValueError("has words that are none")
    return words
