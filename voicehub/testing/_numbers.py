"""Numbers of callees in the bytes of a reply: messages whose numbers cannot be mistaken, and where they stand.

The exam knows whom it addressed, so it finds their digits in JSON, XML, forms and lines alike. A vendor that leaves the
country code out is met by looking for the end of a number.
"""

import re
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from pydantic import BaseModel

from voicehub.message import VoiceMessage
from voicehub.provider import Limits, Provider
from voicehub.receipt import Outcome
from voicehub.testing._messages import messages_of
from voicehub.testing._values import within

#: Fewer digits of a number are no evidence: `voicehub.provider.match_callee`.
LEAST_DIGITS = 7
_INTERNATIONAL = rb"(?:\+|%2[Bb]|00)?"


def kinds_for_several(provider: Provider) -> list[type[BaseModel]]:
    """The kinds of content of which one request may go to several callees."""
    return [kind for kind, rows in provider.limits.items() if rows.callees.high is None or rows.callees.high > 1]


def are_apart(callees: Sequence[str]) -> bool:
    """Whether the last seven digits of each stand in no other of these numbers."""
    return not any(one[-LEAST_DIGITS:] in other for one in callees for other in callees if one is not other)


@st.composite
def addressed(draw: DrawFn, provider: Provider) -> tuple[VoiceMessage, str]:
    """A message to several callees whose numbers are apart, and the number of a stranger, apart as well."""
    kind = draw(st.sampled_from(kinds_for_several(provider)))
    rows = provider.limits[kind]
    most = 3 if rows.callees.high is None else min(3, int(rows.callees.high))
    numbers = st.lists(within("callee_digits", rows.callee_digits), min_size=3, max_size=most + 1, unique=True)
    *callees, stranger = draw(numbers.filter(are_apart))
    return _to(draw, provider, kind, callees), stranger


@st.composite
def twins(draw: DrawFn, provider: Provider) -> VoiceMessage:
    """A message to two callees whose numbers end in the same seven digits, and differ in front of them."""
    kind = draw(st.sampled_from([kind for kind in kinds_for_several(provider) if has_twins(provider.limits[kind])]))
    row = provider.limits[kind].callee_digits
    length = draw(st.integers(max(int(row.low), LEAST_DIGITS + 1), int(row.high or 0))) - LEAST_DIGITS
    fronts = draw(st.lists(st.integers(10 ** (length - 1), 10**length - 1), min_size=2, max_size=2, unique=True))
    end = draw(st.integers(10 ** (LEAST_DIGITS - 1), 10**LEAST_DIGITS - 1))
    return _to(draw, provider, kind, [f"+{front}{end}" for front in fronts])


def has_twins(rows: Limits) -> bool:
    """Whether numbers may be longer than the digits two of them can share."""
    return (rows.callee_digits.high or 0) > LEAST_DIGITS


@st.composite
def row_for_each(draw: DrawFn, provider: Provider, message: VoiceMessage) -> list[Outcome]:
    """Each callee accepted or, where the vendor can, refused; no call id holds a digit."""
    kinds = ["accepted"] if provider.callee_refusal_code is None else ["accepted", "refused"]
    return [
        row_for(provider, callee, draw(st.sampled_from(kinds)), position) for position, callee in enumerate(message.to)
    ]


def row_for(provider: Provider, callee: str, status: str, position: int) -> Outcome:
    """What this vendor says of a callee."""
    if status == "refused":
        return Outcome(callee, "refused", None, provider.callee_refusal_code)
    ids = {"callee": f"call-{'abcdefgh'[position]}", "request": "call", "none": None}
    return Outcome(callee, "accepted", ids[provider.call_ids])


def verdict_on(row: Outcome) -> tuple[object, ...]:
    """What may not change by itself: who, what and by which id or code. A reason is for people."""
    return (row.callee, row.status, row.call_id, row.code if row.status == "refused" else None)


def written_as(body: bytes, callee: str, *, least: int = LEAST_DIGITS) -> bytes | None:
    """The longest end of this number that stands in these bytes; ``None``: not even ``least`` digits of it do."""
    digits = callee.removeprefix("+").encode()
    return next((end for start in range(len(digits) - least + 1) if (end := digits[start:]) in body), None)


def rewritten(body: bytes, written: bytes, number: str) -> bytes:
    """These bytes with another number in the place of one, its sign of the international form with it."""
    return re.sub(_INTERNATIONAL + re.escape(written), number.encode(), body)


def _to(draw: DrawFn, provider: Provider, kind: type[BaseModel], callees: Sequence[str]) -> VoiceMessage:
    return draw(messages_of(provider, kind, max_callees=1)).model_copy(update={"to": list(callees)})
