"""Callees' numbers in the bytes of a reply: messages whose numbers cannot be confused, and how to find them.

The exam knows the callees, so it finds their digits in JSON, XML, forms and lines alike. For a vendor that leaves out
the country code it searches for the end of a number.
"""

import re
from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from pydantic import BaseModel

from voicehub.message import VoiceMessage
from voicehub.provider import Limits, Provider
from voicehub.receipt import Outcome
from voicehub.testing._messages import messages, messages_of
from voicehub.testing._values import within

#: Fewer equal digits do not identify a number: `voicehub.provider.match_callee`.
LEAST_DIGITS = 7
#: ITU-T E.164 country codes, none the end of another: a plugin that guesses one meets a callee with another one.
_COUNTRY_CODES = ("1", "7", "33", "44", "49", "55", "86", "93", "353", "852", "966")
_FEWEST = 2
_MOST_DIGITS = 15  # ITU-T E.164
_INTERNATIONAL = rb"(?:\+|%2[Bb]|00)?"


def kinds_for_several(provider: Provider) -> list[type[BaseModel]]:
    """The kinds of content that one request may send to several callees."""
    return [kind for kind, rows in provider.limits.items() if rows.callees.high is None or rows.callees.high > 1]


def are_apart(callees: Sequence[str]) -> bool:
    """Whether the last seven digits of each number occur in none of the others."""
    return not any(one[-LEAST_DIGITS:] in other for one in callees for other in callees if one is not other)


def apart(provider: Provider) -> st.SearchStrategy[VoiceMessage]:
    """Messages whose numbers cannot be confused, even in a reply without country codes."""
    return messages(provider).filter(lambda message: are_apart(message.to))


@st.composite
def addressed(draw: DrawFn, provider: Provider) -> tuple[VoiceMessage, str]:
    """A message to one to three callees, and the number of a stranger; `are_apart` holds for all of them.

    A single callee is tried, too: a stranger's row must not settle even the only callee.
    """
    kind = draw(st.sampled_from(kinds_for_several(provider)))
    rows = provider.limits[kind]
    most = 3 if rows.callees.high is None else min(3, int(rows.callees.high))
    numbers = st.lists(within("callee_digits", rows.callee_digits), min_size=2, max_size=most + 1, unique=True)
    *callees, stranger = draw(numbers.filter(are_apart))
    return _to(draw, provider, kind, callees), stranger


@st.composite
def twins(draw: DrawFn, provider: Provider) -> VoiceMessage:
    """A message to callees whose numbers end in the same digits: seven, or all except the country codes."""
    kind = draw(st.sampled_from([kind for kind in kinds_for_several(provider) if has_twins(provider.limits[kind])]))
    rows = provider.limits[kind]
    low, high = max(int(rows.callee_digits.low), LEAST_DIGITS + 1), int(rows.callee_digits.high or 0)
    length = draw(st.integers(low, high))
    national = length - draw(st.integers(1, min(3, length - LEAST_DIGITS)))
    fronts = [code for code in _COUNTRY_CODES if low <= len(code) + national <= high]
    if len(fronts) < _FEWEST or draw(st.booleans()):
        national, size = LEAST_DIGITS, length - LEAST_DIGITS
        few = st.lists(st.integers(10 ** (size - 1), 10**size - 1), min_size=_FEWEST, max_size=_FEWEST, unique=True)
        fronts = list(map(str, draw(few)))
    end = draw(st.integers(10 ** (national - 1), 10**national - 1))
    most = len(fronts) if rows.callees.high is None else int(rows.callees.high)
    return _to(draw, provider, kind, [f"+{front}{end}" for front in draw(st.permutations(fronts))[:most]])


def common_end(callees: Sequence[str]) -> str:
    """The longest common end of these numbers."""
    first = callees[0].removeprefix("+")
    ends = (first[start:] for start in range(len(first) + 1))
    return next(end for end in ends if all(callee.endswith(end) for callee in callees))


def has_twins(rows: Limits) -> bool:
    """Whether numbers may be long enough for `twins`."""
    return (rows.callee_digits.high or 0) > LEAST_DIGITS


@st.composite
def row_for_each(draw: DrawFn, provider: Provider, message: VoiceMessage) -> list[Outcome]:
    """Each callee accepted or, if the vendor can refuse single callees, refused; no call id has a digit."""
    kinds = ["accepted"] if provider.callee_refusal_code is None else ["accepted", "refused"]
    return [
        row_for(provider, callee, draw(st.sampled_from(kinds)), position) for position, callee in enumerate(message.to)
    ]


def row_for(provider: Provider, callee: str, status: str, position: int) -> Outcome:
    """An outcome as this vendor can give it."""
    if status == "refused":
        return Outcome(callee, "refused", None, provider.callee_refusal_code)
    ids = {"callee": f"call-{ascii_lowercase[position]}", "request": "call", "none": None}
    return Outcome(callee, "accepted", ids[provider.call_ids])


def verdict_on(row: Outcome) -> tuple[object, ...]:
    """What has to be equal of two outcomes: callee, status, call id, and code. A reason is for people."""
    return (row.callee, row.status, row.call_id, row.code if row.status == "refused" else None)


def written_as(body: bytes, callee: str, *, least: int = LEAST_DIGITS) -> bytes | None:
    """The longest end of this number that occurs in these bytes; ``None``: not even ``least`` digits of it do."""
    digits = callee.removeprefix("+").encode()
    return next((end for start in range(len(digits) - least + 1) if (end := digits[start:]) in body), None)


def long_ends(written: str) -> Iterator[str]:
    """Other numbers with the last 7, 9 or 11 digits, with all but the first, or with another country code in front."""
    for kept in (LEAST_DIGITS, 9, 11, len(written) - 1):
        if LEAST_DIGITS <= kept < len(written):
            at = len(written) - kept - 1
            other = "3" if written[at] != "3" else "5"
            yield f"{written[:at]}{other}{written[at + 1 :]}"
    # 0 and 1 are not put in front: they may be a prefix for dialling, which a plugin may take off.
    yield from (code + written for code in ("7", "49", "353") if len(code + written) <= _MOST_DIGITS)


def rewritten(body: bytes, written: bytes, number: str) -> bytes:
    """These bytes with another number in place of this one and its ``+`` or ``00``."""
    return re.sub(_INTERNATIONAL + re.escape(written), number.encode(), body)


def _to(draw: DrawFn, provider: Provider, kind: type[BaseModel], callees: Sequence[str]) -> VoiceMessage:
    return draw(messages_of(provider, kind, max_callees=1)).model_copy(update={"to": list(callees)})
