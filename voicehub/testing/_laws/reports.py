"""Laws about pushed reports: anybody who knows the address may send anything, often and in any order."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from voicehub.provider import CallState, Reports, parse_report
from voicehub.records import CallRecord
from voicehub.testing._checked import claim
from voicehub.testing._exam import Exam
from voicehub.testing._guard import offences
from voicehub.testing._hostile import edited_requests
from voicehub.testing._laws.abilities import is_whole
from voicehub.testing._results import unheard_of
from voicehub.testing._tellings import records, told_part

_HOOK = "https://hooks.example/a"


def _reports_of(exam: Exam) -> Reports:
    """The provider's reports; the law is skipped if there are none."""
    if exam.provider.reports is None:
        exam.skip("it has no reports")
    return exam.provider.reports(exam.provider)


def reports_are_read(exam: Exam) -> None:
    """Pushed records are read back, one or several; any other body gives no record, never an exception."""
    provider, reports = exam.provider, _reports_of(exam)

    def check(data: st.DataObject) -> None:
        said = data.draw(st.lists(records(provider, reports.tells), min_size=1, max_size=3))
        request = reports.encode(said, _HOOK)
        read = parse_report(provider, request.body, request.headers)
        claim(read == tuple(told_part(record, reports.tells) for record in said), f"{said!r}\nwas read as {read!r}")
        strange = data.draw(edited_requests(st.just(request)))
        found = parse_report(provider, strange.body, strange.headers)
        claim(isinstance(found, tuple), f"parse returned {type(found).__name__}")
        for record in found:
            claim(isinstance(record, CallRecord), f"parse returned a {type(record).__name__}")
            is_whole(record)

    exam.for_all(check, st.data())


def new_words_in_reports_are_unknown(exam: Exam) -> None:
    """A word that no page lists makes a call's state ``unknown``, and is kept as code: vendors add words."""
    provider, reports = exam.provider, _reports_of(exam)
    known = sorted(provider.call_states)
    words = st.from_regex("[a-z]{3,12}-7f", fullmatch=True) | st.sampled_from([*known, "done"]).map(unheard_of)

    def check(data: st.DataObject) -> None:
        record = data.draw(records(provider, reports.tells).filter(lambda each: each.state is CallState.UNKNOWN))
        said = replace(record, code=data.draw(words.filter(lambda word: word not in known)))
        request = reports.encode([said], _HOOK)
        read = parse_report(provider, request.body, request.headers)
        told = told_part(said, reports.tells)
        claim(read == (told,), f"the new word {said.code!r} was read as {read!r}, not as {told!r}")

    exam.for_all(check, st.data(), share=8)


def reports_are_pure(exam: Exam) -> None:
    """Reports are read as they are, in their order and every time they come; only arguments are used.

    The ledger finds out what is new. A plugin that keeps state would lose reports repeated after a failure.
    """
    provider, reports = exam.provider, _reports_of(exam)

    def check(data: st.DataObject) -> None:
        said = data.draw(st.lists(records(provider, reports.tells), min_size=1, max_size=3))
        mixed = data.draw(st.permutations([*said, *said]))

        def everything() -> list[Any]:
            requests = [reports.encode(each, _HOOK) for each in (said, mixed, said)]
            return [requests, *(parse_report(provider, each.body, each.headers) for each in requests)]

        first = everything()
        told = [tuple(told_part(record, reports.tells) for record in each) for each in (said, mixed, said)]
        claim(first[1:] == told, f"reports that came again, or in another order, were read as {first[1:]!r}")
        claim(everything() == first, "the same call again gave something else")
        found = offences(everything)
        claim(not found, f"a method {', '.join(found)}")

    exam.for_all(check, st.data(), share=5)


LAWS = (reports_are_read, new_words_in_reports_are_unknown, reports_are_pure)
