"""Laws about which callee a row belongs to, tried on genuine answers with rewritten numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from voicehub.client import account_for
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Reply
from voicehub.receipt import Outcome
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam, told
from voicehub.testing._numbers import (
    LEAST_DIGITS,
    addressed,
    common_end,
    has_twins,
    kinds_for_several,
    long_ends,
    rewritten,
    row_for,
    row_for_each,
    twins,
    verdict_on,
    written_as,
)

_ONE = "it takes one callee per request, so the answer is always about that one"
_NO_NUMBERS = "its replies do not have the callees' numbers as digits"


def an_unclear_number_is_nobodys(exam: Exam) -> None:
    """A number in a reply that is empty, cut below 7 digits, a stranger's or the end of two callees' matches none.

    Some of the strangers have another country code and the callee's last digits.

    The callee of that row is in doubt; every other one is as in the genuine answer, or in doubt.
    """
    provider = exam.provider
    kinds = kinds_for_several(provider)
    if not kinds:
        exam.skip(_ONE)
    tried = []

    def check(data: st.DataObject) -> None:
        message, _ = data.draw(addressed(provider))
        said = data.draw(row_for_each(provider, message))
        reply = provider.answer_to(message, said)
        for callee in message.to:
            written = written_as(reply.body, callee)
            if written is not None:
                tried.append(callee)
                for how, number in _unclear(written.decode(), message):
                    what = f"{callee}, written {written.decode()}, became {how}"
                    # With the + or 00 that stood there, too: some plugins read only what is written as always.
                    as_always = replace(reply, body=reply.body.replace(written, number.encode()))
                    for strange in (_with(reply, written, number), as_always):
                        _credits_nobody(provider, message, said, strange, [callee], what)

    def check_twins(data: st.DataObject) -> None:
        message = data.draw(twins(provider))
        said = data.draw(row_for_each(provider, message))
        _end_is_nobodys(provider, message, said, provider.answer_to(message, said))

    exam.for_all(check, st.data(), share=3)
    if not tried:
        exam.skip(_NO_NUMBERS)
    if any(has_twins(provider.limits[kind]) for kind in kinds):
        exam.for_all(check_twins, st.data(), share=4)


def _unclear(written: str, message: VoiceMessage) -> Iterator[tuple[str, str]]:
    yield "empty", ""
    for length in (4, LEAST_DIGITS - 1):
        yield f"its last {length} digits", written[-length:]
    others = (written[:-1] + digit for digit in "0123456789" if digit != written[-1])
    stranger = next(number for number in others if not any(callee.endswith(number) for callee in message.to))
    yield f"the stranger {stranger}", stranger
    # Last digits are no evidence while the row names more of them: each of these shares a long end with the callee.
    for number in long_ends(written):
        if not any(callee.endswith(number) for callee in message.to):
            yield f"the stranger {number}", number


def _end_is_nobodys(provider: Provider, message: VoiceMessage, said: Sequence[Outcome], reply: Reply) -> None:
    """Numbers with the same end: each row in turn is reduced to that end."""
    end = common_end(message.to)
    full = [(callee, written_as(reply.body, callee, least=len(end) + 1)) for callee in message.to]
    clear = {callee: written for callee, written in full if written and _is_of_one(written.decode(), message)}
    replies = [_with(reply, written, end) for written in clear.values()]
    if not clear and end.encode() in reply.body:
        replies = [reply]  # this vendor writes only that end anyway
    for strange in replies:
        open_ones = [callee for callee in message.to if callee not in clear or clear[callee] not in strange.body]
        what = f"a row has {end}, which is the end of several callees"
        _credits_nobody(provider, message, said, strange, open_ones, what)


def _is_of_one(written: str, message: VoiceMessage) -> bool:
    return sum(callee.endswith(written) for callee in message.to) == 1


def _credits_nobody(
    provider: Provider, message: VoiceMessage, said: Sequence[Outcome], reply: Reply, unclear: list[str], what: str
) -> None:
    accounted, _ = account_for(message.to, provider.decode(message, reply), reply)
    for row, genuine in zip(accounted, said, strict=True):
        as_said = row.callee not in unclear and verdict_on(row) == verdict_on(genuine)
        claim(
            row.status == "in_doubt" or as_said,
            f"in the answer {what}, and decode says {tuple(row)}: the row may be about another callee\n"
            f"the reply: {reply.body!r}",
        )


def a_row_about_nobody_is_told(exam: Exam) -> None:
    """A row about a number that is no callee is not dropped: ``decode`` returns it, or all callees are in doubt."""
    provider = exam.provider
    if not kinds_for_several(provider):
        exam.skip(_ONE)
    tried = []

    def check(data: st.DataObject) -> None:
        message, stranger = data.draw(addressed(provider))
        said = data.draw(row_for_each(provider, message))
        kinds = ["accepted"] if provider.callee_refusal_code is None else ["accepted", "refused"]
        strange = row_for(provider, stranger, data.draw(st.sampled_from(kinds)), len(said))
        reply = provider.answer_to(message, data.draw(st.permutations([strange, *said])))
        if written_as(reply.body, stranger) is None:
            return
        tried.append(stranger)
        read = provider.decode(message, reply)
        accounted, left_over = account_for(message.to, read, reply)
        claim(
            left_over or {row.status for row in accounted} == {"in_doubt"},
            f"the answer has a row about {stranger}, who is no callee, and decode returned {told(read)}: "
            f"return that row too, with its number or '' as callee\nthe reply: {reply.body!r}",
        )

    exam.for_all(check, st.data(), share=3)
    if not tried:
        exam.skip(_NO_NUMBERS)


def a_callee_said_twice_is_not_refused(exam: Exam) -> None:
    """A callee that an answer both accepts and refuses is accepted or in doubt: the phone may ring."""
    provider = exam.provider
    if not kinds_for_several(provider) or provider.callee_refusal_code is None:
        exam.skip("it does not refuse one of several callees")
    tried = []

    def check(data: st.DataObject) -> None:
        message, _ = data.draw(addressed(provider))
        accepted, refused = (row_for(provider, message.to[0], status, 0) for status in ("accepted", "refused"))
        others = [row_for(provider, callee, "accepted", at) for at, callee in enumerate(message.to) if at]
        one_sided = [provider.answer_to(message, [row, *others]).body for row in (accepted, refused)]
        for rows in ([accepted, refused, *others], [refused, *others, accepted]):
            reply = provider.answer_to(message, rows)
            if not others or reply.body in one_sided:
                continue  # its format has no place for both
            tried.append(rows)
            row = account_for(message.to, provider.decode(message, reply), reply)[0][0]
            claim(
                row.status != "refused",
                f"the answer accepts {row.callee} and refuses it, and decode says {tuple(row)}: a phone may ring\n"
                f"the reply: {reply.body!r}",
            )

    exam.for_all(check, st.data(), share=5)
    if not tried:
        exam.skip("its answer cannot both accept and refuse one callee")


def _with(reply: Reply, written: bytes, number: str) -> Reply:
    return Reply(reply.status, reply.headers, rewritten(reply.body, written, number))


LAWS = (an_unclear_number_is_nobodys, a_row_about_nobody_is_told, a_callee_said_twice_is_not_refused)
