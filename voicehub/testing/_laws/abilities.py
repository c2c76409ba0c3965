"""Laws about questions to a vendor: both ends agree, and no answer causes an exception."""

from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st

from voicehub.provider import (
    BALANCE_FIELDS,
    RECORD_FIELDS,
    Ability,
    AskBalance,
    CallState,
    Question,
    Refusal,
    Reply,
    Unreadable,
    find_question_problem,
)
from voicehub.records import Balance, CallRecord, Listing, StoredFile
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._gaps import ends_itself, gaps, nulls
from voicehub.testing._hostile import edited_replies
from voicehub.testing._messages import messages
from voicehub.testing._results import tells_reasons
from voicehub.testing._tellings import KINDS, questions, refusals, tellings

NOW = 1_700_000_000
_TOLD: dict[str, tuple[type, ...]] = {
    "Upload": (StoredFile,),
    "ListFiles": (Listing,),
    "DeleteFiles": (type(None),),
    "FindRecord": (CallRecord, type(None)),
    "ListRecords": (Listing,),
    "AskBalance": (Balance,),
}
_PROVES_NOTHING = st.sampled_from([408, 500, 502, 503, 504])


def abilities_of(exam: Exam) -> list[tuple[type[Question[Any]], Ability[Any, Any]]]:
    """Each kind of question the provider answers, with its ability; the law is skipped if there is none."""
    provider = exam.provider
    strangers = provider.abilities.keys() - set(KINDS)
    claim(
        not strangers, f"abilities has {strangers}, and the questions are {', '.join(kind.__name__ for kind in KINDS)}"
    )
    if not provider.abilities:
        exam.skip("it answers no questions; it only takes messages")
    return [(kind, made(provider)) for kind, made in provider.abilities.items()]


def ability_facts_are_well_formed(exam: Exam) -> None:
    """Bounds name their source, records tell fields that exist, and each word for a call's state maps to one."""
    provider = exam.provider
    told = {type(state) for state in provider.call_states.values()} - {CallState}
    claim(not told, f"call_states stand for {told}, not for a CallState")
    for kind, ability in abilities_of(exam):
        for name, row in ability.bounds.items():
            holds = (row.high is None or row.low <= row.high) and row.source.strip() and row.read
            claim(holds, f"{kind.__name__}: bounds[{name!r}] is {row!r}; it needs low <= high, a source and a date")
        strange = ability.tells - RECORD_FIELDS - BALANCE_FIELDS
        claim(not strange, f"{kind.__name__}: tells {sorted(strange)}: no such field")


def what_is_asked_is_parsed(exam: Exam) -> None:
    """``parse(encode(asked, now), now) == asked``, and neither another ability nor the message parser accepts it."""
    provider, abilities = exam.provider, abilities_of(exam)

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            asked = data.draw(questions(ability, kind, NOW))
            problem = find_question_problem(ability, asked, NOW)
            claim(problem is None, f"{asked!r} is within the bounds, and the check says {problem}")
            request = ability.encode(asked, NOW)
            read = ability.parse(request, NOW)
            claim(read == asked, f"encode was given {asked!r}\nand parse read    {read!r}")
            others = [other.__name__ for other, each in abilities if each.parse(request, NOW) is not None]
            claim(others == [kind.__name__], f"{kind.__name__} is taken for {', '.join(others)}")
            claim(isinstance(provider.parse(request, NOW), Refusal), f"{kind.__name__} is taken for a message")

    exam.for_all(check, st.data(), share=3)


def messages_are_no_questions(exam: Exam) -> None:
    """No ability accepts the request of a message."""
    provider, abilities = exam.provider, abilities_of(exam)

    def check(message: Any) -> None:
        request = provider.encode(message, NOW)
        taken = [kind.__name__ for kind, ability in abilities if ability.parse(request, NOW) is not None]
        claim(not taken, f"a message is taken for {', '.join(taken)}")

    exam.for_all(check, messages(provider), share=5)


def what_is_told_is_decoded(exam: Exam) -> None:
    """``decode(asked, answer(asked, told)) == told``, including refusals with every known code.

    The reason of a refusal is compared only if ``answer`` has a place for one.
    """
    provider, abilities = exam.provider, abilities_of(exam)

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            asked = data.draw(questions(ability, kind, NOW))
            told = data.draw(tellings(provider, ability, asked))
            read = ability.decode(asked, ability.answer(asked, told))
            claim(read == told, f"{kind.__name__}: answer told {told!r}\nand decode read {read!r}")
            if provider.refusal_kinds:
                no = data.draw(refusals(provider))
                read = ability.decode(asked, ability.answer(asked, no))
                if not tells_reasons(partial(ability.answer, asked), no) and isinstance(read, Refusal):
                    no, read = replace(no, reason=None), replace(read, reason=None)
                claim(read == no, f"{kind.__name__}: answer said {no!r} and decode read {read!r}")
                claim(isinstance(ability.answer(None, no), Reply), f"{kind.__name__}: a refusal needs no question")

    exam.for_all(check, st.data(), share=3)


def any_reply_to_a_question_is_read(exam: Exam) -> None:
    """Any bytes with any status give an answer, a refusal, or ``Unreadable``; never an exception."""
    provider, abilities = exam.provider, abilities_of(exam)

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            asked = data.draw(questions(ability, kind, NOW))
            genuine = ability.answer(asked, data.draw(tellings(provider, ability, asked)))
            reply = data.draw(edited_replies(genuine))
            read = ability.decode(asked, reply)
            kinds = (*_TOLD[kind.__name__], Refusal, Unreadable)
            claim(isinstance(read, kinds), f"{kind.__name__}: decode returned {type(read).__name__}")
            is_whole(read)
            repr(read)

    exam.for_all(check, st.data(), share=2)


def is_whole(read: object) -> None:
    """Claim that the records of an answer have the promised types."""
    for record in read.items if isinstance(read, Listing) else (read,):
        if isinstance(record, CallRecord):
            kinds = {type(record.state), type(record.call_id)}
            claim(kinds == {CallState, str} and record.call_id, f"a record without an id or a state: {record!r}")
            _times_are_aware(record)


def _times_are_aware(record: CallRecord) -> None:
    times = (record.submitted_at, record.called_at, record.ringing_at, record.answered_at, record.ended_at)
    claim(all(time is None or time.tzinfo is not None for time in times), "a record has a time without its zone")


def server_errors_tell_nothing(exam: Exam) -> None:
    """5xx and 408 give no answer, whatever the body says: a gateway may have cached an old one."""
    provider, abilities = exam.provider, abilities_of(exam)

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            asked = data.draw(questions(ability, kind, NOW))
            genuine = ability.answer(asked, data.draw(tellings(provider, ability, asked)))
            reply = Reply(data.draw(_PROVES_NOTHING), genuine.headers, genuine.body)
            read = ability.decode(asked, reply)
            claim(isinstance(read, Refusal | Unreadable), f"{kind.__name__}: HTTP {reply.status} was read as {read!r}")

    exam.for_all(check, st.data(), share=3)


def a_truncated_telling_is_not_believed(exam: Exam) -> None:
    """A 2xx answer that is cut short is not read: a wrong balance or an incomplete list would be believed."""
    provider, abilities = exam.provider, abilities_of(exam)
    cut = []

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            asked = data.draw(questions(ability, kind, NOW))
            genuine = ability.answer(asked, data.draw(tellings(provider, ability, asked)))
            whole = genuine.body.rstrip()
            if not ends_itself(whole) or not 200 <= genuine.status < 300:
                continue
            cut.append(kind)
            body = whole[: data.draw(st.integers(0, len(whole) - 1))]
            read = ability.decode(asked, Reply(genuine.status, genuine.headers, body))
            claim(isinstance(read, Refusal | Unreadable), f"{kind.__name__}: {body!r} was read as {read!r}")

    exam.for_all(check, st.data(), share=3)
    if not cut:
        exam.skip("its answers are neither JSON nor XML, so a cut cannot be noticed")


def a_balance_with_a_gap_is_not_zero(exam: Exam) -> None:
    """An answer about the balance with one part missing, empty or ``null`` is not read as an amount of 0."""
    provider, abilities = exam.provider, abilities_of(exam)
    ability = dict(abilities).get(AskBalance)
    if ability is None:
        exam.skip("it is not asked for its balance")

    def check(data: st.DataObject) -> None:
        told = data.draw(tellings(provider, ability, asked := AskBalance()).filter(lambda told: told.amount > 0))
        genuine = ability.answer(asked, told)
        for body in (*gaps(genuine.body), *nulls(genuine.body)):
            read = ability.decode(asked, replace(genuine, body=body))
            zero = isinstance(read, Balance) and not read.amount
            claim(not zero, f"{body!r}, which is {genuine.body!r} with a gap, was read as {read!r}")

    exam.for_all(check, st.data(), share=3)


LAWS = (
    ability_facts_are_well_formed,
    what_is_asked_is_parsed,
    messages_are_no_questions,
    what_is_told_is_decoded,
    any_reply_to_a_question_is_read,
    server_errors_tell_nothing,
    a_truncated_telling_is_not_believed,
    a_balance_with_a_gap_is_not_zero,
)
