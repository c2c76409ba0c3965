"""The exam without pytest: each law of `voicehub.testing` is called as a function, and its result kept."""

import contextlib
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import hypothesis
import hypothesis.configuration
import pytest
from pydantic import ValidationError

from voicehub._forms import first_error
from voicehub.errors import PluginError
from voicehub.provider import Provider
from voicehub.testing import LAWS, Exam, LawBroken

_LONGEST = 900  # characters of a result's text

Law = Callable[[Exam], None]


class Mark(NamedTuple):
    """The result of one law. ``text``: what it demands (held), what was seen (broken), or why it does not apply."""

    law: str
    result: Literal["held", "broken", "left_out"]
    text: str


def sit(cls: type[Provider], tell: Callable[[str], None]) -> list[Mark]:
    """Try every law in turn; ``tell`` gets its name before it begins.

    What the provider prints goes to stderr, because stdout is for the results. Raises `PluginError` if the provider's
    sample settings do not fit its `Settings`.
    """
    _needs_samples(cls)
    effort = hypothesis.settings(database=None, report_multiple_bugs=False)
    exam = Exam(cls, effort=effort)
    tell(f"{cls.name}: {len(LAWS)} laws, {effort.max_examples} examples each; nothing is sent.")
    marks = []
    with _nothing_left_behind(), contextlib.redirect_stdout(sys.stderr):
        for number, (name, law) in enumerate(LAWS.items(), 1):
            tell(f"[{number:2}/{len(LAWS)}] {name}")
            marks.append(_mark(name, law, exam))
    return marks


def _needs_samples(cls: type[Provider]) -> None:
    try:
        cls.Settings(**cls.sample_settings)
    except ValidationError as error:
        where, what = first_error(error)
        fault = f"provider {cls.name}: its sample_settings do not fit its Settings: {where}: {what}"
        raise PluginError(f"{fault}; the exam needs made-up credentials that fit") from None


@contextlib.contextmanager
def _nothing_left_behind() -> Iterator[None]:
    """Keep the files of hypothesis out of the user's working directory."""
    with tempfile.TemporaryDirectory() as folder:
        hypothesis.configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            hypothesis.configuration.set_hypothesis_home_dir(None)


def _mark(name: str, law: Law, exam: Exam) -> Mark:
    try:
        law(exam)
    except pytest.skip.Exception as reason:
        return Mark(name, "left_out", str(reason).removeprefix(f"{exam.provider_class.name}: "))
    except LawBroken as broken:
        return Mark(name, "broken", _paragraph(str(broken)))
    except (Exception, SystemExit) as error:  # a provider may fail in any way, even by sys.exit
        return Mark(name, "broken", _paragraph(_failed(error, exam.provider_class)))
    return Mark(name, "held", _asked(law))


def _asked(law: Law) -> str:
    """The first paragraph of the law's docstring, without markup."""
    return _paragraph((law.__doc__ or "").partition("\n\n")[0].replace("``", ""))


def _failed(error: BaseException, cls: type[Provider]) -> str:
    """The exception, its place in the plugin, and the example that raised it."""
    place = "".join(f" ({place})" for place in _places(error, cls.__module__.partition(".")[0])[-1:])
    notes = [note for note in getattr(error, "__notes__", ()) if not note.startswith("while generating")]
    return " ".join([f"{type(error).__name__}: {error}{place}", *notes])


def _places(error: BaseException | None, package: str) -> list[str]:
    """The lines of this package in the traceback of the error and of its cause."""
    if error is None:
        return []
    return _places(error.__cause__, package) + [
        f"{Path(frame.f_code.co_filename).name}, line {line}, in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package
    ]


def _paragraph(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."
