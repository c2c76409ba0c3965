"""Golden samples of a vendor's questions, answers and reports.

Each file is a list of samples:

- ``questions*.json``: ``ask`` (the kind of question), ``asked`` (its fields; ``data`` in Base64, times in ISO 8601),
  ``now``, ``method``, ``url``, ``headers`` and ``body`` or ``text`` as in ``request*.json``, neither for none.
- ``tellings*.json``: ``ask``, ``asked``, ``status``, ``headers``, ``body``, and ``told`` or ``refusal``: the fields to
  compare, amounts and times as text (times in UTC).
- ``reports*.json``: ``headers``, ``body`` and ``records``, each the fields to compare.
"""

from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from voicehub.provider import Refusal, Reply, Request, ability_of, parse_report
from voicehub.testing._bodies import difference
from voicehub.testing._checked import LawBroken, claim
from voicehub.testing._exam import Exam
from voicehub.testing._golden_files import (
    QUESTIONS,
    QuestionSample,
    ReportSample,
    TellingSample,
    question_of,
    read_samples,
)


def golden_questions_are_met(exam: Exam) -> None:
    """``encode`` makes the published request of a question exactly, and the vendor's side reads it."""
    for path in _paths(exam, "questions"):
        for at, sample in enumerate(read_samples(path, QuestionSample)):
            where, asked = f"{path.name}[{at}]", question_of(sample)
            ability = ability_of(exam.provider, QUESTIONS[sample.ask])
            request = ability.encode(asked, sample.now)
            wanted = Request(sample.method, sample.url, sample.lower, sample.content)
            for name in ("method", "url", "headers"):
                found, page = getattr(request, name), getattr(wanted, name)
                claim(found == page, f"{where}: encode has the {name} {found}, the page {page}")
            if not sample.same(request.body):
                raise LawBroken(f"{where}: {difference('encode', request.body, sample.content)}")
            read = ability.parse(wanted, sample.now)
            claim(read == asked, f"{where}: the vendor's side reads {read!r}, not {asked!r}")


def golden_tellings_are_met(exam: Exam) -> None:
    """``decode`` reads the published answer to a question, and reads the same from what ``answer`` makes of it."""
    for path in _paths(exam, "tellings"):
        for at, sample in enumerate(read_samples(path, TellingSample)):
            where, asked = f"{path.name}[{at}]", question_of(sample)
            ability = ability_of(exam.provider, QUESTIONS[sample.ask])
            read = ability.decode(asked, Reply(sample.status, sample.lower, sample.content))
            claim(isinstance(read, Refusal) == (sample.refusal is not None), f"{where}: decode reads {read!r}")
            wanted = sample.told if sample.refusal is None else sample.refusal.model_dump(exclude_unset=True)
            claim(_says(_plain(read), wanted), f"{where}: decode reads {_plain(read)}, the page says {wanted}")
            again = ability.decode(asked, ability.answer(asked, read))
            claim(again == read, f"{where}: answer told {read!r} and decode read {again!r}")


def golden_reports_are_met(exam: Exam) -> None:
    """The report on the page is read as the page says."""
    for path in _paths(exam, "reports"):
        for at, sample in enumerate(read_samples(path, ReportSample)):
            read = [_plain(record) for record in parse_report(exam.provider, sample.content, sample.headers)]
            claim(_says(read, sample.records), f"{path.name}[{at}]: parse reads {read}, the page says {sample.records}")


def _paths(exam: Exam, what: str) -> list[Path]:
    paths = sorted(exam.samples.glob(f"{what}*.json")) if exam.samples else []
    if not paths:
        exam.skip(f"there are no golden samples: {what}*.json in a folder 'golden' of its package")
    return paths


def _plain(value: Any) -> Any:
    """An answer as values of JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name != "raw"}
    if isinstance(value, tuple):
        named = getattr(value, "_asdict", None)
        return [*map(_plain, value)] if named is None else {name: _plain(each) for name, each in named().items()}
    return str(value) if isinstance(value, datetime | Decimal) else value


def _says(found: Any, wanted: Any) -> bool:
    """Whether everything wanted was found."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(name in found and _says(found[name], value) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(_says, found, wanted))
    return bool(found == wanted)


LAWS = (golden_questions_are_met, golden_tellings_are_met, golden_reports_are_met)
