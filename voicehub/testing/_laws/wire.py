"""Laws 1 to 3: both ends of the wire understand each other, and no bytes cause an exception."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hypothesis import strategies as st

from voicehub.client import account_for
from voicehub.message import Speech, VoiceMessage
from voicehub.provider import Provider, Refusal, RefusalKind, Reply, Request, find_request_problem, override
from voicehub.receipt import Outcome
from voicehub.testing._checked import claim
from voicehub.testing._exam import TIMES, Exam, prepared, same, told
from voicehub.testing._hostile import NASTY, hostile_replies, hostile_requests, mistyped
from voicehub.testing._messages import SPEECH_ROWS, an_example, messages, messages_of
from voicehub.testing._numbers import apart, are_apart, kinds_for_several
from voicehub.testing._results import outcomes_for, results, tells_reasons
from voicehub.testing._values import spec_row

_FOR_ONE = "what is about one callee is a refused Outcome; a Refusal of this kind would stop all other requests"


def what_is_encoded_is_parsed(exam: Exam) -> None:
    """Law 1: ``parse(encode(m, now), now) == m`` for every message within the limits."""
    _round_trip(exam, exam.provider)


def opened_fields_are_carried(exam: Exam) -> None:
    """Law 1 for fields that the page lacks, but which have a wire name: a configuration may open them."""
    provider = exam.provider
    rows = {
        name
        for kind, limits in provider.limits.items()
        for name, row in limits.rows().items()
        if row is None and (kind is Speech or name not in SPEECH_ROWS)
    }
    openable = sorted(rows & provider.wire_names.keys())
    if not openable:
        exam.skip("no field that its page lacks has a wire name, so none can be opened")
    spans = {name: spec_row(name) for name in openable}
    table = {name: [span.low, span.high] for name, span in spans.items()}
    limits = override(provider.limits, table, source="the exam", wire_names=provider.wire_names)
    _round_trip(exam, type(provider)(provider.settings, limits=limits))


def _round_trip(exam: Exam, provider: Provider) -> None:
    def check(message: VoiceMessage, now: float) -> None:
        request = prepared(provider, message, now)
        read = provider.parse(request, now)
        claim(same(provider, message, read), f"encode was given {told(message)}\nand parse read    {told(read)}")

    exam.for_all(check, messages(provider), TIMES)


def what_is_answered_is_decoded(exam: Exam) -> None:
    """Law 2: ``decode(m, answer(x))`` says of each callee what ``x`` said; a callee left out is in doubt.

    A reason is compared only if ``answer`` has a place for one; some vendors refuse by codes or statuses only.
    """
    provider = exam.provider

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        said = data.draw(results(provider, message))
        reply = provider.answer_to(message, said)
        read, accounted = _read(provider, message, reply)
        reasons = tells_reasons(partial(provider.answer_to, message), said)
        if isinstance(said, Refusal):
            claim(isinstance(read, Refusal), f"answer said {said!r} and decode read {read!r}")
            assert isinstance(read, Refusal)  # noqa: S101 - claimed above; this tells the type checker
            found, expected = ((one.kind, one.code, one.reason if reasons else None) for one in (read, said))
            claim(found == expected, f"answer said {said!r} and decode read {read!r}")
            return
        refused = any(row.status == "refused" for row in said)
        stops = isinstance(read, Refusal) and read.kind is not RefusalKind.REQUEST
        claim(not (refused and stops), f"answer refused single callees, and decode read {read!r}: {_FOR_ONE}")
        known, wanted = ([_known(outcome, reasons) for outcome in rows] for rows in (accounted, said))
        claim(known == wanted, f"answer said {told(said)}\nand decode read {told(read)}")

    exam.for_all(check, apart(provider), st.data())


def rows_are_matched_by_callee(exam: Exam) -> None:
    """Law 2 for rows in another order, of strangers, and doubled: matched by number, never by position.

    Strangers and doubled rows are tried only if each callee has a call id, which makes rows different. A reason is
    compared only if ``answer`` has a place for one.
    """
    provider = exam.provider
    with_ids = provider.call_ids == "callee"
    if not (kinds_for_several(provider) and (with_ids or provider.callee_refusal_code is not None)):
        exam.skip("its reply has no row for each of several callees")

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        said = data.draw(outcomes_for(provider, message))
        stranger = Outcome("+" + "9" * 15, "accepted", "stranger")
        doubled = [row._replace(call_id="again") for row in said if with_ids and row.status == "accepted"][:1]
        strangers = [stranger] if with_ids and are_apart([*message.to, stranger.callee]) else []
        reply = provider.answer_to(message, data.draw(st.permutations([*strangers, *said, *doubled])))
        accounted, left_over = account_for(message.to, provider.decode(message, reply), reply)
        reasons = tells_reasons(partial(provider.answer_to, message), said)
        expected, found = (_forgiving(rows, doubled, reasons) for rows in (said, accounted))
        claim(found == expected, f"rows in another order said {told(said)}\nand decode read {told(list(accounted))}")
        claim(
            len(left_over) == len(strangers) + len(doubled),
            f"{len(strangers)} strange and {len(doubled)} doubled rows; left over are {told(list(left_over))}",
        )

    several = st.one_of([messages_of(provider, kind) for kind in kinds_for_several(provider)])
    exam.for_all(check, several.filter(lambda message: are_apart(message.to)), st.data())


def any_reply_is_read(exam: Exam) -> None:
    """Law 3: any bytes with any status give outcomes, a refusal or a doubt; never an exception."""
    provider = exam.provider

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        reply = data.draw(hostile_replies(provider, message))
        read, accounted = _read(provider, message, reply)
        claim(_known_callees(message, accounted), f"{told(read)} does not account for every callee once")
        repr(read)

    def check_each(message: VoiceMessage, data: st.DataObject) -> None:
        genuine = provider.answer_to(message, data.draw(results(provider, message)))
        for body in (*NASTY, *mistyped(genuine.body)):
            reply = Reply(genuine.status, genuine.headers, body)
            read, accounted = _read(provider, message, reply)
            claim(_known_callees(message, accounted), f"{told(read)} does not account for every callee once")

    exam.for_all(check, messages(provider), st.data())
    exam.for_all(check_each, messages(provider, max_callees=2), st.data(), share=8)


def any_request_is_parsed(exam: Exam) -> None:
    """Law 3: any request gives the vendor's side a message within its limits, or a refusal; never an exception."""
    provider = exam.provider
    now = 1_700_000_000

    def check(request: Request) -> None:
        read = provider.parse(request, now)
        claim(isinstance(read, VoiceMessage | Refusal), f"parse returned {type(read).__name__}")
        if isinstance(read, VoiceMessage):
            problem = find_request_problem(provider, read)
            claim(problem is None, f"parse accepted a message outside the limits: {problem}")
        else:
            provider.answer_to(None, read)

    exam.for_all(check, hostile_requests(provider, now))
    for body in NASTY:
        check(replace(provider.encode(an_example(provider, next(iter(provider.limits))), now), body=body))


def _read(
    provider: Provider, message: VoiceMessage, reply: Reply
) -> tuple[Sequence[Outcome] | Refusal, Sequence[Outcome]]:
    read = provider.decode(message, reply)
    return read, account_for(message.to, read, reply)[0]


def _known(outcome: Outcome, reasons: bool) -> tuple[object, ...]:
    """The fields of an outcome that law 2 compares: code, and reason if there is a place for it, of refusals only."""
    words = (outcome.code, outcome.reason if reasons else None) if outcome.status == "refused" else ()
    return (outcome.callee, outcome.status, outcome.call_id, *words)


def _forgiving(outcomes: Sequence[Outcome], doubled: Sequence[Outcome], reasons: bool) -> list[tuple[object, ...]]:
    """As `_known`, but for a doubled callee both ids count as equal."""
    twice = {row.callee for row in doubled}
    return [_known(row._replace(call_id="either") if row.callee in twice else row, reasons) for row in outcomes]


def _known_callees(message: VoiceMessage, accounted: Sequence[Outcome]) -> bool:
    return [outcome.callee for outcome in accounted] == list(message.to)


LAWS = (
    what_is_encoded_is_parsed,
    opened_fields_are_carried,
    what_is_answered_is_decoded,
    rows_are_matched_by_callee,
    any_reply_is_read,
    any_request_is_parsed,
)
