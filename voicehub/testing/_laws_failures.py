"""Failures of the wire with the classification they must get: could a phone have rung?"""

from collections.abc import Sequence

from hypothesis import strategies as st

from voicehub.client import account_for
from voicehub.errors import RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Refusal, Reply, http_verdict
from voicehub.receipt import Outcome
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._hostile import BARE, as_json
from voicehub.testing._messages import messages
from voicehub.testing._numbers import verdict_on, written_as
from voicehub.testing._results import results, unheard_of

_PROVES_NOTHING = st.sampled_from([408, 500, 502, 503, 504]) | st.integers(500, 599)


def server_errors_refuse_nobody(exam: Exam) -> None:
    """5xx and 408 are doubt whatever the body says, but for a callee with a call id: the vendor may have accepted."""
    provider = exam.provider

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        genuine = provider.answer_to(message, data.draw(results(provider, message)))
        body = data.draw(st.sampled_from([genuine.body, genuine.body, *BARE]))
        reply = Reply(data.draw(_PROVES_NOTHING), genuine.headers, body)
        read = provider.decode(message, reply)
        claim(not isinstance(read, Refusal), f"HTTP {reply.status} was read as {read!r}")
        for row in _rows(read):
            sure = row.status == "accepted" and row.call_id
            claim(row.status == "in_doubt" or sure, f"HTTP {reply.status} was read as {row!r}")

    exam.for_all(check, messages(provider), st.data())


def a_bare_status_is_read_by_http(exam: Exam) -> None:
    """3xx and 4xx without a body the vendor wrote refuse everybody: 401 auth, 429 throttled, else request (not 408)."""
    provider = exam.provider

    def check(message: VoiceMessage) -> None:
        for status in range(300, 500):
            for body in BARE:
                reply = Reply(status, {"content-type": "text/html"}, body)
                verdict, read = http_verdict(reply), provider.decode(message, reply)
                kind = None if verdict is None else verdict.kind
                found = read.kind if isinstance(read, Refusal) else None
                claim(found == kind, f"HTTP {status} with {body[:20]!r} was read as {read!r}, and it is {kind}")
                expected = "in_doubt" if verdict is None else "refused"
                claim(_statuses(provider, message, reply) == {expected}, f"HTTP {status} was read as {read!r}")

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
                found = _statuses(provider, message, reply)
                claim(found == {"in_doubt"}, f"HTTP {status} with {body[:20]!r} was read as {found}")

    exam.for_all(check, messages(provider), share=50)


def a_truncated_answer_is_doubt(exam: Exam) -> None:
    """An answer that breaks off, at any byte: nobody is accepted or refused but as the whole answer had it.

    Broken JSON says nothing of anybody, and a callee whose number was cut off is in doubt in any format. What the HTTP
    status refuses stays refused. A vendor whose answer, cut short, is another answer of its own cannot be held to it.
    """
    provider = exam.provider
    blurred: list[bytes] = []

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        genuine = provider.answer_to(message, data.draw(results(provider, message)))
        whole = account_for(message.to, provider.decode(message, genuine), genuine)[0]
        is_json = as_json(genuine.body) is not None
        body = genuine.body.rstrip() if is_json else genuine.body
        for length in range(len(body)):
            cut = Reply(genuine.status, genuine.headers, body[:length])
            read = provider.decode(message, cut)
            for row, before in zip(account_for(message.to, read, cut)[0], whole, strict=True):
                if row.status == "in_doubt" or (row.status == "refused" and not 200 <= cut.status < 300):
                    continue
                gone = written_as(body, row.callee) is not None and written_as(cut.body, row.callee) is None
                if is_json or gone or verdict_on(row) != verdict_on(before):
                    told = f"{cut.body!r}, which is {body!r} cut short, was read as {tuple(row)}"
                    claim(provider.answer_to(message, read).body == cut.body, told)
                    blurred.append(cut.body)

    exam.for_all(check, messages(provider), st.data(), share=4)
    if blurred:
        exam.skip(f"an answer of its cut short is another of its answers ({blurred[0]!r}), so nobody can see the cut")


def an_unheard_of_code_accepts_nobody(exam: Exam) -> None:
    """A code that no page lists: nobody is accepted, and a 2xx that refuses the whole request by it is doubt.

    In the row of a single callee it may be doubt, or a refusal that keeps the code as it came.
    """
    provider = exam.provider
    codes = [*provider.refusal_kinds, *filter(None, [provider.callee_refusal_code])]
    if not codes:
        exam.skip("it states no code")

    def check(message: VoiceMessage, code: str) -> None:
        strange = unheard_of(code)
        reply = provider.answer_to(message, Refusal(RefusalKind.REQUEST, strange, "who knows"))
        found = _statuses(provider, message, reply)
        allowed = {"in_doubt"} if 200 <= reply.status < 300 else {"in_doubt", "refused"}
        claim(found <= allowed, f"HTTP {reply.status} with code {strange!r} was read as {found}")
        if provider.callee_refusal_code is not None:
            rows = [Outcome(callee, "refused", None, strange, "who knows") for callee in message.to]
            reply = provider.answer_to(message, rows)
            for row in account_for(message.to, provider.decode(message, reply), reply)[0]:
                as_it_came = row.code == strange or strange.encode() not in reply.body  # or the format has no codes
                kept = row.status == "in_doubt" or (row.status == "refused" and as_it_came)
                claim(kept, f"a callee with code {strange!r} was read as {tuple(row)}")

    exam.for_all(check, messages(provider), st.sampled_from(sorted(codes)))


def a_missing_row_is_doubt(exam: Exam) -> None:
    """An answer that mentions nobody leaves everybody in doubt."""
    provider = exam.provider

    def check(message: VoiceMessage) -> None:
        reply = provider.answer_to(message, [Outcome(callee, "in_doubt") for callee in message.to])
        found = _statuses(provider, message, reply)
        claim(found == {"in_doubt"}, f"an answer that mentions nobody was read as {found}")

    exam.for_all(check, messages(provider))


def _rows(read: Sequence[Outcome] | Refusal) -> Sequence[Outcome]:
    return read.outcomes if isinstance(read, Refusal) else read


def _statuses(provider: Provider, message: VoiceMessage, reply: Reply) -> set[str]:
    accounted, _ = account_for(message.to, provider.decode(message, reply), reply)
    return {outcome.status for outcome in accounted}


LAWS = (
    server_errors_refuse_nobody,
    a_bare_status_is_read_by_http,
    an_unreadable_success_is_doubt,
    a_truncated_answer_is_doubt,
    an_unheard_of_code_accepts_nobody,
    a_missing_row_is_doubt,
)
