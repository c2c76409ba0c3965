"""Which countries a campaign would phone: what makes ``2025550123`` without ``+`` be seen as a number of Egypt."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter

_FIRST = itemgetter(slice(4))  # of a callee: no calling code is longer than three digits (ITU-T E.164)
_FEW = 8


class Countries:
    """Counts callees by country."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()  # by ``+`` and calling code

    def add(self, joined: str, count: int) -> None:
        """Take in so many callees in canonical form, joined by commas.

        Most campaigns are for few countries: then counting each calling code is cheaper than a look at each callee.
        """
        found = {code: joined.count(code) for code in self._counts} if len(self._counts) <= _FEW else {}
        if sum(found.values()) != count:
            found = Counter(map(_code, map(_FIRST, joined.split(","))))
        self._counts.update(found)

    def counts(self) -> dict[str, int]:
        """How many callees of each country, such as ``+20 Egypt``; the most first."""
        return {country_of(code[1:]): count for code, count in self._counts.most_common()}


def country_of(digits: str) -> str:
    """The calling code these digits begin with and who is reached by it, such as ``+93 Afghanistan``."""
    code = _code("+" + digits)
    return f"{code} {calling_codes().get(code[1:], 'nobody: no such calling code')}"


@lru_cache(1000)
def _code(first: str) -> str:
    """The calling code a callee begins with; of a number that has none, three digits."""
    return next((first[:end] for end in (2, 3) if first[1:end] in calling_codes()), first[:4])


@lru_cache
def calling_codes() -> Mapping[str, str]:
    """Every calling code and its country, or countries."""
    import tomllib
    from importlib.resources import files

    return tomllib.loads(files("voicehub.campaign").joinpath("calling_codes.toml").read_text("utf-8"))
