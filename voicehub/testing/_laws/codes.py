"""A code that no page lists: lists of codes grow, and the plugin of last year reads the code of this one."""

from dataclasses import replace

from hypothesis import strategies as st

from voicehub.errors import RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Refusal, Reply
from voicehub.receipt import Outcome
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._messages import messages
from voicehub.testing._numbers import row_for
from voicehub.testing._results import accounted, close_to, recoded, statuses, unheard_of

_TAKING = (200, 201, 202)


def an_unheard_of_code_accepts_nobody(exam: Exam) -> None:
    """A code that no page lists accepts no callee, and is doubt where a 2xx refuses the whole request with it.

    In the row of a single callee it is doubt, or a refusal that keeps the code unchanged.
    """
    provider = exam.provider
    codes = [*provider.refusal_kinds, *filter(None, [provider.callee_refusal_code])]
    if not codes:
        exam.skip("it states no code")

    def check(message: VoiceMessage, code: str) -> None:
        strange = unheard_of(code)
        genuine = provider.answer_to(message, Refusal(RefusalKind.REQUEST, strange, "who knows"))
        for status in {genuine.status, *_TAKING} if strange.encode() in genuine.body else {genuine.status}:
            found = statuses(provider, message, reply := replace(genuine, status=status))
            allowed = {"in_doubt"} if 200 <= status < 300 else {"in_doubt", "refused"}
            claim(found <= allowed, f"HTTP {status} with {reply.body!r} was read as {found}")
        if kind := provider.refusal_kinds.get(code):
            _refuses_by_listed_codes_only(provider, message, provider.answer_to(message, Refusal(kind, code)), code)
        if provider.callee_refusal_code is not None:
            for share in (1, 2):  # all callees with that code, and then every other one
                _accepts_nobody(provider, message, strange, share)

    exam.for_all(check, messages(provider), st.sampled_from(sorted(codes)))


def _refuses_by_listed_codes_only(provider: Provider, message: VoiceMessage, genuine: Reply, code: str) -> None:
    """The code is replaced in the bytes: ``answer`` may write no code but its own."""
    for other in close_to(code, provider.refusal_kinds):
        body = recoded(genuine.body, code, other)
        for status in _TAKING if body != genuine.body else ():
            read = provider.decode(message, Reply(status, genuine.headers, body))
            complaint = f"HTTP {status} with {body!r} was read as {read!r}, and refusal_kinds has no code {other!r}"
            claim(not isinstance(read, Refusal), complaint)


def _accepts_nobody(provider: Provider, message: VoiceMessage, strange: str, share: int) -> None:
    said = [
        row_for(provider, callee, "accepted", at)
        if at % share
        else Outcome(callee, "refused", None, strange, "who knows")
        for at, callee in enumerate(message.to)
    ]
    reply = provider.answer_to(message, said)
    for before, row in zip(said, accounted(provider, message, reply), strict=True):
        as_it_came = row.code == strange or strange.encode() not in reply.body  # or the format has no codes
        kept = row.status == "in_doubt" or (row.status == "refused" and as_it_came)
        claim(kept or before.status != "refused", f"a callee with code {strange!r} was read as {tuple(row)}")


LAWS = (an_unheard_of_code_accepts_nobody,)
