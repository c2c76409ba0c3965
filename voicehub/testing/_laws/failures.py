"""Failures of the wire, and how each must be classified: could a phone have rung?"""

from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import product

from hypothesis import strategies as st

from voicehub.client import account_for
from voicehub.message import VoiceMessage
from voicehub.provider import Refusal, Reply, http_verdict
from voicehub.receipt import Outcome
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._gaps import ends_itself, gaps, hidden
from voicehub.testing._hostile import BARE
from voicehub.testing._messages import messages
from voicehub.testing._numbers import apart, verdict_on, written_as
from voicehub.testing._results import accounted, outcomes_for, results, statuses

_PROVING_NOTHING = (408, 500, 502, 503, 504)
_REFUSING = st.sampled_from([302, 400, 401, 403, 404, 409, 422, 429])


def server_errors_refuse_nobody(exam: Exam) -> None:
    """5xx and 408 are doubt whatever the body says, because the vendor may have accepted; a call id is accepted."""
    provider = exam.provider
    refusals = [Refusal(kind, code) for code, kind in provider.refusal_kinds.items()]

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        said = [data.draw(results(provider, message)), *refusals]
        genuine = [provider.answer_to(message, each) for each in said]
        bare = [Reply(0, genuine[0].headers, body) for body in BARE]
        for status, each in product([*_PROVING_NOTHING, data.draw(st.integers(500, 599))], [*genuine, *bare]):
            reply = replace(each, status=status)
            read = provider.decode(message, reply)
            claim(not isinstance(read, Refusal), f"HTTP {status} with {reply.body[:80]!r} was read as {read!r}")
            for row in _rows(read):
                sure = row.status == "accepted" and row.call_id
                claim(row.status == "in_doubt" or sure, f"HTTP {status} was read as {row!r}")

    exam.for_all(check, messages(provider), st.data(), share=4)


def a_call_id_is_no_refusal(exam: Exam) -> None:
    """A call id beside HTTP 3xx or 4xx is a call: that callee is accepted or in doubt, never refused.

    Nor is whoever's call id stands where no page has it: in a row that is no list, as text, in a list of texts.
    """
    provider = exam.provider
    if provider.call_ids == "none":
        exam.skip("it gives no call id")

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        said = data.draw(outcomes_for(provider, message))
        genuine = provider.answer_to(message, said)
        reply = Reply(data.draw(_REFUSING), genuine.headers, genuine.body)
        for before, row in zip(said, accounted(provider, message, reply), strict=True):
            refused = before.call_id is not None and row.status == "refused"
            claim(not refused, f"HTTP {reply.status} beside the call id {before.call_id!r} was read as {tuple(row)}")
        calls = [row for row in said if row.call_id is not None]
        code = data.draw(st.sampled_from([None, *sorted(provider.refusal_kinds)]))
        if code is not None:  # a failure of the whole request, with the calls that were placed before it
            failed = Refusal(provider.refusal_kinds[code], code, outcomes=tuple(calls))
            genuine = provider.answer_to(message, failed)
        # A shorter id may equal a code of the answer, and would be found where there is no call.
        for body, ids in hidden(genuine.body, {row.call_id for row in calls if row.call_id and len(row.call_id) > 3}):
            for status in {reply.status, genuine.status}:
                _refuses_none_of(ids, said, accounted(provider, message, Reply(status, genuine.headers, body)), body)

    exam.for_all(check, messages(provider), st.data(), share=2)


def _refuses_none_of(ids: Set[str], said: Sequence[Outcome], read: Sequence[Outcome], body: bytes) -> None:
    for before, row in zip(said, read, strict=True):
        kept = before.call_id not in ids or row.status in ("accepted", "in_doubt")
        claim(kept, f"{body!r} has the call id {before.call_id!r}, and was read as {tuple(row)}")


def a_bare_status_is_read_by_http(exam: Exam) -> None:
    """3xx and 4xx without a body of the vendor refuse all: 401 as auth, 429 as throttled, others but 408 as request.

    A status that is listed in ``refusal_kinds`` may be read as the kind it has there.
    """
    provider = exam.provider

    def check(message: VoiceMessage) -> None:
        for status in range(300, 500):
            for body in BARE:
                reply = Reply(status, {"content-type": "text/html"}, body)
                verdict, read = http_verdict(reply), provider.decode(message, reply)
                kind = None if verdict is None else verdict.kind
                found = read.kind if isinstance(read, Refusal) else None
                own = kind and provider.refusal_kinds.get(str(status), kind)
                claim(found in (kind, own), f"HTTP {status} with {body[:20]!r} was read as {read!r}; it is {kind}")
                expected = "in_doubt" if verdict is None else "refused"
                claim(statuses(provider, message, reply) == {expected}, f"HTTP {status} was read as {read!r}")

    exam.for_all(check, messages(provider), share=50)


def an_unreadable_success_is_doubt(exam: Exam) -> None:
    """HTML, plain text or nothing with 1xx or 2xx: the call may have been placed."""
    provider = exam.provider
    if provider.call_ids == "none":
        exam.skip("it gives no call id, so a bare 2xx may be all it ever says")

    def check(message: VoiceMessage) -> None:
        for status in (100, *range(200, 300)):
            for body in BARE:
                reply = Reply(status, {"content-type": "text/html"}, body)
                found = statuses(provider, message, reply)
                claim(found == {"in_doubt"}, f"HTTP {status} with {body[:20]!r} was read as {found}")

    exam.for_all(check, messages(provider), share=50)


def a_truncated_answer_is_doubt(exam: Exam) -> None:
    """In an answer cut short at any byte each callee is in doubt, or accepted or refused as in the whole answer.

    Broken JSON and XML leave all callees in doubt, and a callee whose number was cut off is in doubt in any format.
    What the HTTP status refuses stays refused. Skipped if an answer of the vendor, cut short, is another valid answer.
    """
    provider = exam.provider
    blurred: list[bytes] = []

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        genuine = provider.answer_to(message, data.draw(results(provider, message)))
        whole = account_for(message.to, provider.decode(message, genuine), genuine)[0]
        shows_its_end = ends_itself(genuine.body)
        body = genuine.body.rstrip() if shows_its_end else genuine.body
        for length in range(len(body)):
            cut = Reply(genuine.status, genuine.headers, body[:length])
            read = provider.decode(message, cut)
            for row, before in zip(account_for(message.to, read, cut)[0], whole, strict=True):
                if row.status == "in_doubt" or (row.status == "refused" and not 200 <= cut.status < 300):
                    continue
                gone = written_as(body, row.callee) is not None and written_as(cut.body, row.callee) is None
                broken = shows_its_end and not ends_itself(cut.body)
                if broken or gone or verdict_on(row) != verdict_on(before):
                    complaint = f"{cut.body!r}, which is {body!r} cut short, was read as {tuple(row)}"
                    claim(provider.answer_to(message, read).body == cut.body, complaint)
                    blurred.append(cut.body)

    exam.for_all(check, messages(provider), st.data(), share=4)
    if blurred:
        exam.skip(f"an answer cut short is another valid answer ({blurred[0]!r}), so the cut cannot be noticed")


def an_answer_with_a_gap_is_doubt(exam: Exam) -> None:
    """In an answer with one part missing, empty or doubled each callee is in doubt, or as in the whole answer.

    The part may be an id, a code, a row or anything else of the format; ``true`` and ``false`` become texts, too. A
    callee whose number is missing is in doubt, unless the vendor names refused callees only. What the HTTP status
    refuses stays refused.
    """
    provider = exam.provider

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        genuine = provider.answer_to(message, data.draw(results(provider, message)))
        whole = accounted(provider, message, genuine)
        several = provider.limits[type(message.content)].callees.high != 1  # one callee needs no number in the answer
        for body in gaps(genuine.body):
            reply = replace(genuine, body=body)
            read = provider.decode(message, reply)
            for row, before in zip(account_for(message.to, read, reply)[0], whole, strict=True):
                if row.status == "in_doubt" or (row.status == "refused" and not 200 <= reply.status < 300):
                    continue
                named = several and written_as(genuine.body, row.callee) is not None
                gone = named and written_as(body, row.callee) is None
                kept = (row.status, row.status == "refused" and row.code)
                changed = kept != (before.status, before.status == "refused" and before.code)
                complaint = f"{body!r}, which is {genuine.body!r} with a gap, was read as {tuple(row)}"
                claim(row.call_id != "", f"{complaint}: an empty id is no call id")
                if gone or changed:
                    claim(gone and written_as(provider.answer_to(message, read).body, row.callee) is None, complaint)

    exam.for_all(check, apart(provider), st.data(), share=4)


def a_missing_row_is_doubt(exam: Exam) -> None:
    """An answer that mentions no callee leaves all callees in doubt."""
    provider = exam.provider

    def check(message: VoiceMessage) -> None:
        reply = provider.answer_to(message, [Outcome(callee, "in_doubt") for callee in message.to])
        found = statuses(provider, message, reply)
        claim(found == {"in_doubt"}, f"an answer that mentions no callee was read as {found}")

    exam.for_all(check, messages(provider))


def _rows(read: Sequence[Outcome] | Refusal) -> Sequence[Outcome]:
    return read.outcomes if isinstance(read, Refusal) else read


LAWS = (
    server_errors_refuse_nobody,
    a_call_id_is_no_refusal,
    a_bare_status_is_read_by_http,
    an_unreadable_success_is_doubt,
    a_truncated_answer_is_doubt,
    an_answer_with_a_gap_is_doubt,
    a_missing_row_is_doubt,
)
