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
    """The law, left out with its reason where the provider declares a deviation from it - and broken if it holds.

    No other law is tried on facts that cannot be used: what it would say is about garbage.
    """

    @wraps(law)
    def sat(exam: Exam) -> None:
        __tracebackhide__ = True
        try:
            facts_can_be_used(exam)
        except LawBroken as broken:
            if law is facts_are_well_formed:
                raise
            exam.skip(f"not tried, for facts_are_well_formed is broken: {broken}")
        deviations = exam.provider_class.deviations
        for name in deviations.keys() - LAWS.keys():
            raise LawBroken(f"deviations: {name} is no law; the laws are {', '.join(LAWS)}")
        reason = deviations.get(law.__name__)
        if law is facts_are_well_formed and reason is not None:
            raise LawBroken("deviations: facts_are_well_formed is about what you state, and no vendor hinders you")
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
    golden,
    abilities,
    asking,
    reports,
    samples,
)
for _room in (_checked, _exam, *_ROOMS):
    vars(_room)["__tracebackhide__"] = True  # what pytest shows is what the law says, and the author's own lines

#: Every law by its name: a function that raises for an `Exam` whose provider breaks it, or skips with the reason.
LAWS: dict[str, Callable[[Exam], None]] = {law.__name__: declared(law) for room in _ROOMS for law in room.LAWS}


def provider_contract(provider_class: type[Provider], *, golden: Path | None = None, **settings: Any) -> type:
    """A pytest class with one test for each law; assign it to a name that begins with ``Test``.

    ``golden`` is a folder of samples retyped from the vendor's page (``request*.json``, ``reply*.json``,
    ``codes*.json``; ``None``: the folder ``golden`` in the provider's package, and without one the laws about them are
    skipped). ``settings`` are laid over the class's ``sample_settings``. What a provider does not support is skipped
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
