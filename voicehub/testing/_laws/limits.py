"""Law 4: a message outside the limits never reaches `encode`; sent without the check, the vendor's side refuses it."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from voicehub.message import VoiceMessage
from voicehub.provider import ROWS, Provider, Refusal, RefusalKind, Request, find_problem, find_request_problem, split
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam, told
from voicehub.testing._messages import an_example, messages_of
from voicehub.testing._outside import Outside, source_of, steps_outside

NOW = 1_700_000_000
_COUNTS = ("ring_timeout_seconds", "max_duration_seconds", "plays")


def one_step_outside_is_refused(exam: Exam) -> None:
    """Law 4: one step outside each bound, each unsupported field or content, and unknown options are refused."""
    provider = exam.provider
    steps = steps_outside(provider)

    def check(data: st.DataObject) -> None:
        bases = {kind: data.draw(messages_of(provider, kind)) for kind in provider.limits}
        for step in steps:
            is_refused(provider, step.from_(bases[step.kind], data.draw(step.values)))

    exam.for_all(check, st.data(), share=10)


def is_refused(provider: Provider, outside: Outside) -> None:
    """Claim that the check refuses this by the right rule, and the vendor's side too if the request can contain it."""
    problem = find_problem(provider, outside.message)
    where = f"{outside.title}: {told(outside.message)}"
    claim(problem is not None, f"{where}: the check let it pass")
    assert problem is not None  # noqa: S101 - claimed above; this tells the type checker
    found = (isinstance(problem, outside.error), problem.field, problem.limit)
    claim(found == (True, outside.field, outside.limit), f"{where}: the check said {problem!r} ({problem.limit=})")
    if outside.limit is not None:
        claim(source_of(provider, outside) in problem.rule, f"{where}: {problem} does not name the source of the rule")
    if outside.on_the_wire:
        read = provider.parse(provider.encode(outside.message, NOW), NOW)
        claim(isinstance(read, Refusal), f"{where}: sent without the check, the vendor's side read {told(read)}")


def too_many_callees_are_split(exam: Exam) -> None:
    """Law 4 for callees: a split is exactly at the bound, in order; the vendor's side refuses one callee more."""
    provider = exam.provider
    bounded = {kind: int(rows.callees.high) for kind, rows in provider.limits.items() if rows.callees.high is not None}
    if not bounded:
        exam.skip("it takes any number of callees in one request")
    for kind, most in bounded.items():
        _splits_at(provider, _addressed(an_example(provider, kind), most), most)


def _splits_at(provider: Provider, full: VoiceMessage, most: int) -> None:
    claim(list(split(provider, full)) == [full], f"{most} callees, the bound, are not one request")
    read = provider.parse(provider.encode(full, NOW), NOW)
    claim(read == full, f"the vendor's side does not take {most} callees, the bound: {read!r}")
    over = _addressed(full, most + 1)
    parts = [len(part.to) for part in split(provider, over)]
    claim(parts == [most, 1], f"{most + 1} callees are split into {parts}")
    claim(find_problem(provider, over) is None, "the check refuses a message that only has to be split")
    claim(find_request_problem(provider, over) is not None, f"{most + 1} callees pass as one request")
    try:
        request = provider.encode(over, NOW)
    except Exception:  # a message that cannot be encoded cannot be sent
        return
    read = provider.parse(request, NOW)
    claim(isinstance(read, Refusal), f"{most + 1} callees in one request: the vendor's side read {read!r}")


def what_no_message_holds_is_refused(exam: Exam) -> None:
    """Bounds of the message itself: a genuine request edited to a value outside them is refused by the vendor's side.

    Numbers are edited wherever the body has them, counts if the body is a JSON object with the wire names. The exam
    cannot sign: if the body is signed, this can be tried only if ``parse`` checks the signature last.
    """
    provider = exam.provider
    tried = set()
    for kind in provider.limits:
        message = an_example(provider, kind)
        for name, request in _edited(provider, message):
            read = provider.parse(request, NOW)
            if _is_auth(read) and _is_signed(provider, message):
                exam.skip("its body is signed, and parse checks that first; if it checks it last, this is tried")
            claim(
                isinstance(read, Refusal) and read.kind not in (RefusalKind.AUTH, RefusalKind.CLOCK),
                f"{kind.__name__}: a request edited to an impossible {name} gave {told(read)}",
            )
            tried.add(name)
    if "callee" not in tried:
        exam.skip("the body of its request does not have the numbers as digits")


def _is_signed(provider: Provider, message: VoiceMessage) -> bool:
    """Whether the vendor's side refuses the credentials when one valid number is replaced by another."""
    genuine, digits = provider.encode(message, NOW), message.to[0].removeprefix("+")
    other = digits[:-1] + ("1" if digits[-1] != "1" else "2")
    return _is_auth(provider.parse(_with_body(genuine, genuine.body.replace(digits.encode(), other.encode())), NOW))


def _is_auth(read: VoiceMessage | Refusal) -> bool:
    return isinstance(read, Refusal) and read.kind is RefusalKind.AUTH


def _edited(provider: Provider, message: VoiceMessage) -> Iterator[tuple[str, Request]]:
    genuine = provider.encode(message, NOW)
    callee, caller = message.to[0].removeprefix("+"), message.caller_id
    low, high = ROWS["callee_digits"][:2]
    assert high is not None  # noqa: S101 - E.164 has an upper bound; this tells the type checker
    for number, name in ((callee, "callee"), (caller, "caller id")):
        for wrong in ("9" * (int(low) - 1), "9" * (int(high) + 1), "9" * int(low) + "\u0663", "9" * int(low) + "x"):
            if number is not None and number.encode() in genuine.body:
                yield name, _with_body(genuine, genuine.body.replace(number.encode(), wrong.encode()))
    for name in _COUNTS:
        wire_name = provider.wire_names.get(name, "")
        for value in (0, -1, True, 1.5, "1", [1]):
            if (body := _json_with(genuine.body, wire_name, value)) is not None:
                yield f"{name} {value!r}", _with_body(genuine, body)


def _json_with(body: bytes, name: str, value: Any) -> bytes | None:
    try:
        values = json.loads(body)
    except ValueError:
        return None
    if not isinstance(values, dict) or name not in values:
        return None
    return json.dumps({**values, name: value}).encode()


def _with_body(request: Request, body: bytes) -> Request:
    return Request(request.method, request.url, request.headers, body)


def _addressed(message: VoiceMessage, count: int) -> VoiceMessage:
    low = len(message.to[0]) - 1
    return message.model_copy(update={"to": [f"+{9 * 10 ** (low - 1) + number}" for number in range(count)]})


LAWS = (one_step_outside_is_refused, too_many_callees_are_split, what_no_message_holds_is_refused)
