"""Which countries a campaign would phone: shows, for example, that ``2025550123`` without ``+`` is read as Egypt."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter

_FIRST = itemgetter(slice(3))  # digits of a callee: no calling code is longer than three digits (ITU-T E.164)
_FEW = 8


class Countries:
    """Counts callees by country."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()  # by comma and calling code

    def add(self, digits: str) -> None:
        """Count some callees, without ``+`` and joined by commas.

        Most campaigns are for few countries: then counting each calling code is cheaper than reading each callee.
        """
        if not digits:
            return
        joined = f",{digits}"
        found = {code: joined.count(code) for code in self._counts} if len(self._counts) <= _FEW else {}
        if sum(found.values()) != joined.count(","):
            found = Counter(f",{_code(number)}" for number in map(_FIRST, digits.split(",")))
        self._counts.update(found)

    def counts(self) -> dict[str, int]:
        """The number of callees by country, such as ``+20 Egypt``; the most first."""
        return {country_of(code[1:]): count for code, count in self._counts.most_common()}


def country_of(digits: str) -> str:
    """The calling code these digits begin with and its country, such as ``+93 Afghanistan``."""
    code = _code(digits[:3])
    return f"+{code} {calling_codes().get(code, 'nobody: no such calling code')}"


@lru_cache(1000)
def _code(first: str) -> str:
    """The calling code these three digits begin with; if there is none, all three digits."""
    return next((first[:end] for end in (1, 2) if first[:end] in calling_codes()), first)


@lru_cache
def calling_codes() -> Mapping[str, str]:
    """Every calling code and its country, or countries."""
    import tomllib
    from importlib.resources import files

    return tomllib.loads(files("voicehub.campaign").joinpath("calling_codes.toml").read_text("utf-8"))
