"""`outcomes_for` and `results`: everything this vendor can answer to a message, by the facts of its provider."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from voicehub.client import account_for
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Refusal, Reply
from voicehub.receipt import Outcome

_IDS = st.text(st.sampled_from("0123456789abcdefABCDEF-_."), min_size=1, max_size=24)
_REASONS = st.none() | st.text(
    st.sampled_from("abc XYZ<>&\"'\\,;=%\u00e9\u4e2d\U0001f600") | st.characters(codec="ascii", categories=["L", "N"]),
    min_size=1,
    max_size=20,
).map(str.strip).filter(bool)


_OFTEN = st.sampled_from([True, True, False])


@st.composite
def outcomes_for(draw: DrawFn, provider: Provider, message: VoiceMessage) -> list[Outcome]:
    """Outcomes this vendor can give these callees, in the message's order.

    Accepted with an id for each callee, one for all, or none; refused with its code for single callees; in doubt for a
    callee that the answer leaves out (a vendor with one id for the request leaves out all callees or none).
    """
    kinds = ["accepted"] if provider.callee_refusal_code is None else ["accepted", "refused"]
    if provider.call_ids == "callee":
        kinds.append("in_doubt")
    elif draw(st.integers(0, 9)) == 9:
        kinds = ["in_doubt"]
    base, reason = draw(_IDS), draw(_REASONS)
    said = []
    for position, callee in enumerate(message.to):
        match draw(st.sampled_from(kinds)):
            case "accepted":
                ids = {"callee": f"{base}{position}", "request": base, "none": None}
                said.append(Outcome(callee, "accepted", ids[provider.call_ids]))
            case "refused":
                said.append(Outcome(callee, "refused", None, provider.callee_refusal_code, reason))
            case _:
                said.append(Outcome(callee, "in_doubt"))
    return said


@st.composite
def results(draw: DrawFn, provider: Provider, message: VoiceMessage) -> Sequence[Outcome] | Refusal:
    """Everything this vendor can answer: `outcomes_for`, or a `Refusal` with one of the provider's codes."""
    if not provider.refusal_kinds or draw(_OFTEN):
        return draw(outcomes_for(provider, message))
    code, kind = draw(st.sampled_from(sorted(provider.refusal_kinds.items())))
    return Refusal(kind, code, draw(_REASONS))


def because(reason: str, said: Sequence[Outcome] | Refusal) -> Sequence[Outcome] | Refusal:
    """The same, with this reason for every refusal."""
    if isinstance(said, Refusal):
        return replace(said, reason=reason)
    return [row._replace(reason=reason) if row.status == "refused" else row for row in said]


def tells_reasons(answer: Callable[[Sequence[Outcome] | Refusal], Reply], said: Sequence[Outcome] | Refusal) -> bool:
    """Whether this answer has a place for a reason."""
    return answer(because("one", said)) != answer(because("another", said))


def unheard_of(code: str) -> str:
    """A similar code that no page lists."""
    sign = "-" if code.startswith("-") else ""
    return f"{sign}9977{code.removeprefix('-')}"


def close_to(code: str, listed: Collection[str]) -> Iterator[str]:
    """Codes that are not among these: `unheard_of`, and some that differ from this one in the last character only."""
    yield unheard_of(code)
    others = "2579" if code[-1:].isdecimal() else "xyz"
    yield from (near for last in others if (near := code[:-1] + last) not in listed)


def recoded(body: bytes, code: str, other: str) -> bytes:
    """These bytes with another code in place of this one, wherever it is a whole word."""
    whole = rb"(?<![\w.+-])" + re.escape(code.encode()) + rb"(?![\w.])"
    return re.sub(whole, lambda _: other.encode(), body)


def accounted(provider: Provider, message: VoiceMessage, reply: Reply) -> Sequence[Outcome]:
    """One outcome for each callee, as the client would make them of this reply."""
    return account_for(message.to, provider.decode(message, reply), reply)[0]


def statuses(provider: Provider, message: VoiceMessage, reply: Reply) -> set[str]:
    """The statuses among `accounted`."""
    return {outcome.status for outcome in accounted(provider, message, reply)}
