"""More laws about questions to a vendor: the vendor's side of the wire, and care."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from voicehub.client import credentials_in
from voicehub.errors import RefusalKind
from voicehub.provider import Ability, Refusal, Reply, Upload, find_question_problem
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._guard import offences
from voicehub.testing._hostile import edited_requests
from voicehub.testing._laws.abilities import NOW, abilities_of
from voicehub.testing._tellings import questions, tellings


def any_question_request_is_parsed(exam: Exam) -> None:
    """The vendor's side reads any request as a question within the bounds, a refusal or ``None``; it never raises."""
    abilities = abilities_of(exam)

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            genuine = ability.encode(data.draw(questions(ability, kind, NOW)), NOW)
            request = data.draw(edited_requests(st.just(genuine)))
            read = ability.parse(request, NOW)
            claim(read is None or isinstance(read, kind | Refusal), f"parse returned {type(read).__name__}")
            if isinstance(read, Refusal):
                claim(isinstance(ability.answer(None, read), Reply), "answer made no Reply from a refusal")
            elif read is not None:
                problem = find_question_problem(ability, read, NOW)
                claim(problem is None, f"parse accepted a question outside the bounds: {problem}")

    exam.for_all(check, st.data(), share=2)


def questions_out_of_bounds_are_refused(exam: Exam) -> None:
    """A question outside the bounds, sent without the check, is refused by the vendor's side."""
    abilities = abilities_of(exam)
    seen = []

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            for title, asked in _outside(ability, data.draw(questions(ability, kind, NOW))):
                seen.append(title)
                claim(find_question_problem(ability, asked, NOW), f"{kind.__name__}: {title}: the check let it pass")
                read = ability.parse(ability.encode(asked, NOW), NOW)
                claim(isinstance(read, Refusal), f"{kind.__name__}: {title}: the vendor's side read {read!r}")

    exam.for_all(check, st.data(), share=10)
    if not seen:
        exam.skip("its abilities state no bounds")


def _outside(ability: Ability[Any, Any], asked: Any) -> Iterator[tuple[str, Any]]:
    rows = {name: row.high for name, row in ability.bounds.items() if row.high is not None}
    if isinstance(asked, Upload):
        if "name" in rows:
            yield "a long name", replace(asked, name="x" * int(rows["name"]) + asked.name[-4:])
        if ability.formats:
            yield "no audio", replace(asked, data=b"<html>")
            yield "another format's name", replace(asked, name="recording.ogg")
    if "page_size" in rows:
        yield "a large page", replace(asked, page_size=int(rows["page_size"]) + 1)
    if "files" in rows:
        yield "too many files", replace(asked, file_ids=("a",) * (int(rows["files"]) + 1))
    if "span" in rows:
        yield "a long span", replace(asked, until=asked.since + timedelta(rows["span"] + 1))
    if "age" in rows:
        yield "too long ago", replace(asked, since=asked.since - timedelta(rows["age"] + 1), until=asked.since)


def questions_need_credentials(exam: Exam) -> None:
    """The vendor's side refuses a question asked with another secret, as ``auth``."""
    abilities, secrets = abilities_of(exam), exam.secrets()
    if not secrets:
        exam.skip("its settings have no secret")

    def check(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(secrets)))
        stranger = exam.with_settings(**{name: secrets[name] + "x"})
        for kind, ability in abilities:
            asked = data.draw(questions(ability, kind, NOW))
            read = ability.parse(stranger.abilities[kind](stranger).encode(asked, NOW), NOW)
            claim(isinstance(read, Refusal) and read.kind is RefusalKind.AUTH, f"another {name} gave {read!r}")

    exam.for_all(check, st.data(), share=5)


def questions_are_pure(exam: Exam) -> None:
    """The same input gives the same output, only arguments are used, and no secret is in a ``repr``."""
    provider, abilities = exam.provider, abilities_of(exam)

    def check(data: st.DataObject) -> None:
        for kind, ability in abilities:
            asked = data.draw(questions(ability, kind, NOW))
            told = data.draw(tellings(provider, ability, asked))

            def everything(ability: Any = ability, asked: Any = asked, told: Any = told) -> list[object]:
                request, reply = ability.encode(asked, NOW), ability.answer(asked, told)
                return [request, reply, ability.parse(request, NOW), ability.decode(asked, reply)]

            first, fresh = everything(), provider.abilities[kind](exam.provider)
            unchanged = first == everything() == everything(fresh)
            claim(unchanged, f"{kind.__name__}: the same call again gave something else")
            found = offences(everything)
            claim(not found, f"{kind.__name__}: a method {', '.join(found)}")
            hidden = {*exam.secrets().values(), *credentials_in(ability.encode(asked, NOW))}
            shown = repr([*first, ability, asked])
            claim(not any(len(each) > 5 and each in shown for each in hidden), "a credential can be read in a repr")

    exam.for_all(check, st.data(), share=5)


LAWS = (
    any_question_request_is_parsed,
    questions_out_of_bounds_are_refused,
    questions_need_credentials,
    questions_are_pure,
)
