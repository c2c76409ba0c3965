"""`provider_contract`: every law of the provider contract, as one pytest class."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from voicehub.provider import Provider
from voicehub.testing import _laws_care, _laws_failures, _laws_golden, _laws_limits, _laws_round
from voicehub.testing._exam import Exam, LawBroken


def declared(law: Callable[[Exam], None]) -> Callable[[Exam], None]:
    """The law, left out with its reason where the provider declares a deviation from it - and broken if it holds."""

    @wraps(law)
    def sat(exam: Exam) -> None:
        deviations = exam.provider_class.deviations
        for name in deviations.keys() - LAWS.keys():
            raise LawBroken(f"deviations: {name} is no law; the laws are {', '.join(LAWS)}")
        reason = deviations.get(law.__name__)
        if reason is None:
            return law(exam)
        try:
            law(exam)
        except Exception:
            exam.skip(f"a known deviation: {reason}")
        raise LawBroken(f"{law.__name__} is declared a deviation ({reason}) and holds; take it out of deviations")

    return sat


#: Every law by its name: a function that raises for an `Exam` whose provider breaks it, or skips with the reason.
LAWS: dict[str, Callable[[Exam], None]] = {
    law.__name__: declared(law)
    for law in (
        *_laws_care.LAWS,
        *_laws_round.LAWS,
        *_laws_limits.LAWS,
        *_laws_failures.LAWS,
        *_laws_golden.LAWS,
    )
}


def provider_contract(provider_class: type[Provider], *, golden: Path | None = None, **settings: Any) -> type:
    """A pytest class with one test for each law; assign it to a name that begins with ``Test``.

    ``golden`` is a folder of samples retyped from the vendor's page (``request*.json``, ``reply*.json``,
    ``codes*.json``; ``None``: the folder ``golden`` in the provider's package, and without one the laws about them are
    skipped). ``settings`` are laid over the class's ``sample_settings``. What a provider does not support is skipped
    with its reason, never passed.
    """
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
