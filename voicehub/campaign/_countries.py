"""Which countries a campaign would phone: what makes ``2025550123`` without ``+`` be seen as a number of Egypt."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter

_FIRST = itemgetter(slice(3))  # of a number's digits; no calling code is longer (ITU-T E.164)


class Countries:
    """Counts numbers by country."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, digits: Iterable[str]) -> None:
        """Take in numbers in canonical form, without ``+``."""
        self._counts.update(map(_FIRST, digits))

    def counts(self) -> dict[str, int]:
        """How many numbers of each country, such as ``+20 Egypt``; the most first."""
        found: Counter[str] = Counter()
        for first, count in self._counts.items():
            found[country_of(first)] += count
        return dict(found.most_common())


def country_of(digits: str) -> str:
    """The calling code these digits begin with and who is reached by it, such as ``+93 Afghanistan``."""
    names = calling_codes()
    code = next((digits[:length] for length in (1, 2, 3) if digits[:length] in names), None)
    return f"+{digits[:3]} nobody: no such calling code" if code is None else f"+{code} {names[code]}"


@lru_cache
def calling_codes() -> Mapping[str, str]:
    """Every calling code and its country, or countries."""
    import tomllib
    from importlib.resources import files

    return tomllib.loads(files("voicehub.campaign").joinpath("calling_codes.toml").read_text("utf-8"))
