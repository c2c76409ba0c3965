"""`provider_contract`: every law of the provider contract, as one pytest class."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from voicehub.provider import Provider
from voicehub.testing import _checked, _exam
from voicehub.testing._checked import LawBroken
from voicehub.testing._exam import Exam
from voicehub.testing._facts import facts_are_well_formed, facts_can_be_used
from voicehub.testing._laws import (
    abilities,
    asking,
    care,
    codes,
    failures,
    golden,
    limits,
    numbers,
    reports,
    samples,
    settings,
    wire,
)


def declared(law: Callable[[Exam], None]) -> Callable[[Exam], None]:
    """The law; skipped with its reason where the provider declares a deviation, which is an error if the law holds.

    If the facts cannot be used, no other law is tried: its result would mean nothing.
    """

    @wraps(law)
    def sat(exam: Exam) -> None:
        __tracebackhide__ = True
        try:
            facts_can_be_used(exam)
        except LawBroken as broken:
            if law is facts_are_well_formed:
                raise
            exam.skip(f"not tried, because facts_are_well_formed is broken: {broken}")
        deviations = exam.provider_class.deviations
        for name in deviations.keys() - LAWS.keys():
            raise LawBroken(f"deviations: there is no law {name}; the laws are {', '.join(LAWS)}")
        reason = deviations.get(law.__name__)
        if law is facts_are_well_formed and reason is not None:
            raise LawBroken("deviations: facts_are_well_formed is about your own facts; no vendor makes you deviate")
        if reason is None:
            return law(exam)
        try:
            law(exam)
        except Exception:
            exam.skip(f"a known deviation: {reason}")
        raise LawBroken(f"{law.__name__} is declared a deviation ({reason}) and holds; take it out of deviations")

    return sat


_ROOMS = (
    care,
    wire,
    numbers,
    limits,
    settings,
    failures,
    codes,
    golden,
    abilities,
    asking,
    reports,
    samples,
)
for _room in (_checked, _exam, *_ROOMS):
    vars(_room)["__tracebackhide__"] = True  # pytest shows only the law's complaint and the author's own code

#: Every law by its name: a function that raises for an `Exam` whose provider breaks it, or skips with the reason.
LAWS: dict[str, Callable[[Exam], None]] = {law.__name__: declared(law) for room in _ROOMS for law in room.LAWS}


def provider_contract(provider_class: type[Provider], *, golden: Path | None = None, **settings: Any) -> type:
    """A pytest class with one test for each law; assign it to a name that begins with ``Test``.

    ``golden`` is a folder of samples retyped from the vendor's page (``request*.json``, ``reply*.json``,
    ``codes*.json``; ``None``: the folder ``golden`` in the provider's package, and without one the laws about them are
    skipped). ``settings`` replace those of the class's ``sample_settings``. What a provider does not support is skipped
    with its reason, never passed.
    """
    given: Any = provider_class
    if not (isinstance(given, type) and issubclass(given, Provider)):
        raise TypeError(f"provider_contract takes your class, as in provider_contract(Acme), not {provider_class!r}")
    exam = Exam(provider_class, settings, golden)
    tests = {f"test_{name}": _test(law, exam) for name, law in LAWS.items()}
    return type(
        f"Test{provider_class.__name__}", (), {"__doc__": f"The contract, for {provider_class.__name__}.", **tests}
    )


def _test(law: Callable[[Exam], None], exam: Exam) -> Callable[[object], None]:
    def test(_: object) -> None:
        law(exam)

    test.__doc__ = law.__doc__
    return test
