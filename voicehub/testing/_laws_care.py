"""Laws of care: facts that hold together, no secret shown, nothing remembered, nothing asked of the world."""

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from voicehub.client import account_for, credentials_in
from voicehub.errors import RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Refusal, Request, find_problem
from voicehub.testing._checked import claim
from voicehub.testing._exam import TIMES, Exam
from voicehub.testing._facts import facts_are_well_formed
from voicehub.testing._guard import offences
from voicehub.testing._hostile import hostile_replies, hostile_requests
from voicehub.testing._messages import an_example, messages
from voicehub.testing._outside import steps_outside
from voicehub.testing._results import results


def credentials_are_checked(exam: Exam) -> None:
    """The vendor's side refuses a request made with another secret, and calls it ``auth``."""
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

    exam.for_all(check, messages(used), messages(used), st.data(), share=2)


def nothing_is_asked_of_the_world(exam: Exam) -> None:
    """No method reads a clock, the environment, a socket or randomness; run under a guard that sees every call."""
    provider = exam.provider

    def check(message: VoiceMessage, now: float, data: st.DataObject) -> None:
        said, reply = data.draw(results(provider, message)), data.draw(hostile_replies(provider, message))
        strange = data.draw(hostile_requests(provider, now))

        def everything() -> None:
            _everything(provider, message, now, reply, said)
            provider.parse(strange, now)

        everything()  # what is imported on first use is none of the guard's business
        found = offences(everything)
        claim(not found, f"a method {', '.join(found)}")

    exam.for_all(check, messages(provider), TIMES, st.data(), share=4)


def _everything(provider: Provider, message: VoiceMessage, now: float, reply: Any, said: Any) -> list[object]:
    """What all methods give for one input."""
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
            yield from _refused_settings(exam)

        for what, text in _shown(show):
            for secret in known | hidden:
                seen = len(secret) > 5 and secret not in innocent and secret in text
                claim(not seen, f"{'a credential' if secret in known else 'a phone number'} can be read in {what}")

    exam.for_all(check, messages(provider), TIMES, st.data(), share=2)


def _refused_settings(exam: Exam) -> Iterator[str]:
    for name, secret in exam.secrets().items():
        try:
            exam.with_settings(**{name: secret + " "})
        except ValidationError as error:
            yield str(error)


def _shown(show: Callable[[], Iterator[object]]) -> list[tuple[str, str]]:
    """What can be read of each thing, and of what is printed and logged on the way."""
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
)
