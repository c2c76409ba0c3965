"""Laws of care: facts that agree, no secret shown, no state kept, nothing used besides the arguments."""

import contextlib
import io
import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from voicehub.client import Tally, account_for, credentials_in, exchange
from voicehub.errors import RefusalKind, SendError
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Refusal, Reply, Request, find_problem
from voicehub.receipt import Outcome
from voicehub.testing._checked import claim
from voicehub.testing._exam import TIMES, Exam, told
from voicehub.testing._facts import facts_are_well_formed
from voicehub.testing._gaps import gaps
from voicehub.testing._guard import another_time_zone, offences
from voicehub.testing._hostile import hostile_replies, hostile_requests
from voicehub.testing._messages import an_example, messages
from voicehub.testing._outside import steps_outside
from voicehub.testing._results import because, outcomes_for, results

NOW = 1_700_000_000


def credentials_are_checked(exam: Exam) -> None:
    """The vendor's side refuses a request made with another secret, as ``auth``."""
    provider, secrets = exam.provider, exam.secrets()
    if not secrets:
        exam.skip("its settings have no secret")

    def check(message: VoiceMessage, now: float, name: str) -> None:
        stranger = exam.with_settings(**{name: secrets[name] + "x"})
        read = provider.parse(stranger.encode(message, now), now)
        claim(isinstance(read, Refusal) and read.kind is RefusalKind.AUTH, f"another {name} gave {read!r}")

    exam.for_all(check, messages(provider), TIMES, st.sampled_from(sorted(secrets)), share=2)


def nothing_is_remembered(exam: Exam) -> None:
    """The same input gives the same output, from a fresh provider and from one that has served others."""
    used = exam.provider

    def check(message: VoiceMessage, other: VoiceMessage, data: st.DataObject) -> None:
        now, reply = data.draw(TIMES), data.draw(hostile_replies(used, message))
        said = data.draw(results(used, message))
        fresh = exam.provider
        first = _everything(fresh, message, now, reply, said)
        _everything(used, other, now + 1, used.answer(data.draw(results(used, other))), said)
        claim(_everything(used, message, now, reply, said) == first, "a used provider and a fresh one differ")
        claim(_everything(fresh, message, now, reply, said) == first, "the same call again gave something else")
        used.encode(other, now)  # as another thread does between a request and its answer
        again = [used.decode(message, one) for one in (reply, first[1])]
        claim(again == first[2], "decode depends on what was encoded last; it is given the message it is about")
        _answers_stand_alone(used, message, data.draw(outcomes_for(used, message)))

    exam.for_all(check, messages(used), messages(used), st.data(), share=2)


def _answers_stand_alone(provider: Provider, message: VoiceMessage, said: Sequence[Outcome]) -> None:
    """Claim that nothing missing in an answer is taken from the answer before it."""
    others = [row._replace(call_id=f"{row.call_id}7") if row.call_id else row for row in said]
    one, other = (provider.answer_to(message, rows) for rows in (said, others))
    for body in gaps(one.body):
        lacking, read = replace(one, body=body), []
        for before in (one, other):
            provider.decode(message, before)
            read.append(provider.decode(message, lacking))
        claim(read[0] == read[1], f"{body!r} was read as {told(read[0])}, and after another answer {told(read[1])}")


def nothing_is_asked_of_the_world(exam: Exam) -> None:
    """No method reads a clock, time zone, environment, socket or randomness; a guard sees every call."""
    provider = exam.provider

    def check(message: VoiceMessage, now: float, data: st.DataObject) -> None:
        said, reply = data.draw(results(provider, message)), data.draw(hostile_replies(provider, message))
        strange = data.draw(hostile_requests(provider, now))

        def everything() -> None:
            _everything(provider, message, now, reply, said)
            provider.parse(strange, now)

        everything()  # imports on first use are not to be detected
        found = offences(everything)
        claim(not found, f"a method {', '.join(found)}")
        here = _everything(provider, message, now, reply, said)
        with another_time_zone():
            there = _everything(provider, message, now, reply, said)
        claim(here == there, "in another time zone a method gave something else; give datetime.fromtimestamp a tz")

    exam.for_all(check, messages(provider), TIMES, st.data(), share=4)


def _everything(provider: Provider, message: VoiceMessage, now: float, reply: Any, said: Any) -> list[Any]:
    """The results of all methods for one input."""
    request = provider.encode(message, now)
    answered = provider.answer_to(message, said)
    read = [provider.decode(message, one) for one in (reply, answered)]
    problem = provider.refuse(message)
    return [request, answered, read, provider.parse(request, now), problem and problem.args]


def nothing_secret_is_shown(exam: Exam) -> None:
    """No secret and no phone number in any ``repr``, error text, log record or print."""
    provider, secrets = exam.provider, exam.secrets()

    steps, bases = steps_outside(provider), {kind: an_example(provider, kind) for kind in provider.limits}

    def check(message: VoiceMessage, now: float, data: st.DataObject) -> None:
        said, step = data.draw(results(provider, message)), data.draw(st.sampled_from(steps))
        outside = step.from_(bases[step.kind], data.draw(step.values)).message
        innocent = f"{message.content!r} {outside.content!r}"  # digits of a text or a rate are nobody's number
        known, hidden = set(secrets.values()), {number[1:] for number in (*message.to, *outside.to)}

        def show() -> Iterator[object]:
            request = provider.encode(message, now)
            known.update(credentials_in(request))
            reply, problem = provider.answer_to(message, said), find_problem(provider, outside)
            read = provider.decode(message, reply)
            yield from (provider, provider.settings, message, outside, request, reply, said, read)
            yield from (problem, str(problem), *account_for(message.to, read, reply)[0])
            yield provider.parse(Request(request.method, request.url, request.headers, b""), now)

        for what, text in _shown(show):
            for secret in known | hidden:
                seen = len(secret) > 5 and secret not in innocent and secret in text
                claim(not seen, f"{'a credential' if secret in known else 'a phone number'} can be read in {what}")

    exam.for_all(check, messages(provider), TIMES, st.data(), share=2)
    for name, secret in secrets.items():
        for wrong in (f"{secret} ", f"{secret}-wrong", secret[::-1]):
            told = _refused_setting(exam, name, wrong)
            claim(wrong not in told, f"{name} can be read in the error about a {name} that Settings refuses")


def _refused_setting(exam: Exam, name: str, wrong: str) -> str:
    try:
        exam.with_settings(**{name: wrong})
    except ValidationError as error:
        return str(error)
    return ""


def no_echo_is_handed_on(exam: Exam) -> None:
    """If a vendor echoes our credentials as code and reason, no receipt and no error repeats them."""
    provider = exam.provider

    def check(message: VoiceMessage, data: st.DataObject) -> None:
        said = data.draw(results(provider, message))
        hidden = {*exam.secrets().values(), *credentials_in(provider.encode(message, NOW))}
        for secret in sorted(each for each in hidden if len(each) > 5):
            reply = provider.answer_to(message, because(secret, said))
            told = "\n".join(_told_by_a_send(provider, message, reply)).lower()
            claim(secret.lower() not in told, f"a vendor that echoes a credential gets it into {told!r}")

    exam.for_all(check, messages(provider), st.data(), share=4)


def _told_by_a_send(provider: Provider, message: VoiceMessage, reply: Reply) -> Iterator[str]:
    """Every text, except the callees, that the client's user gets for this answer."""
    tally, error = Tally(), None
    flow = exchange(provider, message, lambda: NOW, tally=tally)
    try:
        next(flow)()
        flow.send(reply)
    except StopIteration:
        pass
    except SendError as refused:
        error = refused
    receipt = tally.receipt()
    yield from (text for row in (*receipt, *receipt.unmatched) for text in row[2:] if text)
    if error is not None:
        yield from traceback.format_exception(error)
        yield from (str(getattr(error, name, "")) for name in ("code", "reason"))


def _shown(show: Callable[[], Iterator[object]]) -> list[tuple[str, str]]:
    """The repr and str of each thing, and everything printed and logged meanwhile."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    try:
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
            texts = [(f"repr or str of {type(thing).__name__}", f"{thing!r} {thing}") for thing in show()]
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    return [*texts, ("a log or a print", written.getvalue())]


LAWS = (
    facts_are_well_formed,
    credentials_are_checked,
    nothing_is_remembered,
    nothing_is_asked_of_the_world,
    nothing_secret_is_shown,
    no_echo_is_handed_on,
)
