"""Providers broken on purpose, each with the law that has to catch it; the broken ones stand in ``mutants_*.py``."""

from collections.abc import Callable

from voicehub.provider import Provider

MUTANTS: list[tuple[type[Provider], str]] = []


def caught_by(law: str) -> Callable[[type[Provider]], type[Provider]]:
    """Enter a broken provider under the law that has to catch it."""

    def register(mutant: type[Provider]) -> type[Provider]:
        MUTANTS.append((mutant, law))
        return mutant

    return register
