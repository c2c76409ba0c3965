"""Values for the rows of `Limits`: of an exact measure, or within a row, with boundary values likely."""

import math
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from voicehub.provider import ROWS, UNITS, Limits, Span

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXTS = ("reference", "text", "voice")
_NUMBERS = ("callee_digits", "caller_id")
#: How far above its lower bound a row without an upper bound is tried.
_REACH = 40
# Without CR: it becomes LF at construction, which would change the measure of a text.
_CHARACTERS = st.sampled_from("\t\n &<>\"'\\,;:=+%/#@|{}[]\u00e9\u4e2d\u2028\U0001f600\U0001d11e") | st.characters(
    min_codepoint=0x20, max_codepoint=0xFFFD, exclude_categories=["Cs"]
)
#: Texts that a plugin may wrongly normalize (white space at an end, other forms of the same letters) or escape twice.
_TEMPTING = st.sampled_from(
    [" ", " x ", "\n x", "e\u0301", "\u212b", "\ufb01x", "&amp;<b>", "%20+", "\\n", "null", "0"]
)
SHORT_TEXTS = _TEMPTING | st.text(_CHARACTERS, max_size=12)


def within(name: str, row: Span) -> SearchStrategy[Any]:
    """Every value the row takes; its bounds and their neighbours are likely."""
    if name == "rate":
        return st.floats(row.low, row.high, exclude_min=row.low == 0, allow_infinity=False)
    low = math.ceil(row.low)
    high = low + _REACH if row.high is None else math.floor(row.high)
    edges = sorted({low, min(low + 1, high), max(high - 1, low), high})
    measures = st.sampled_from(edges) | st.integers(low, high)
    if name in _TEXTS:
        return _texts(name, row.unit, measures)
    if name in _NUMBERS:
        return st.one_of([of_measure(name, row.unit, measure) for measure in range(low, high + 1)])
    return measures


def of_measure(name: str, unit: str, measure: float) -> SearchStrategy[Any]:
    """Values of this row with exactly this measure, in the row's unit."""
    if name in _TEXTS:
        return _texts(name, unit, st.just(int(measure)))
    if name not in _NUMBERS:
        return st.just(measure)
    least, most = 10 ** (int(measure) - 1), 10 ** int(measure) - 1
    numbers = st.integers(least, most)
    if name == "callee_digits":
        return numbers.map("+{}".format)
    rare = st.integers(0, least)  # a caller id may begin with 0, but some vendors refuse it
    return st.one_of(*[numbers] * 4, rare).map(lambda number: str(number).zfill(int(measure)))


def spec_row(name: str) -> Span:
    """The range that any message may have in this row, whatever the vendor."""
    low, high = ROWS[name][:2]
    nothing = Limits(callees=Span(1, 1, "callees", "", ""), callee_digits=Span(7, 15, "digits", "", ""))
    bounds = [low, low + _REACH if high is None else high]
    table = nothing.overridden({name: bounds}, source="the neutral message", wire_names={name: name}).rows()
    row = table[name]
    assert row is not None  # noqa: S101 - overridden opened it; this tells the type checker
    return row


def neighbours(name: str, row: Span) -> list[tuple[float, float]]:
    """The values one step below and above a row, if a message can have them, each with the bound it crosses."""
    least, most = ROWS[name][:2]
    fraction = name == "rate"
    below = math.nextafter(row.low, -math.inf) if fraction else math.ceil(row.low) - 1
    found: list[tuple[float, float]] = []
    if below >= least and not (fraction and below <= 0):
        found.append((below, row.low))
    if row.high is not None:
        above = math.nextafter(row.high, math.inf) if fraction else math.floor(row.high) + 1
        if most is None or above <= most:
            found.append((above, row.high))
    return found


def _texts(name: str, unit: str, measures: SearchStrategy[int]) -> SearchStrategy[str]:
    tidy: Callable[[str], str] = str.strip if name == "voice" else str
    measured = UNITS[unit]

    def filled(text: str, measure: int) -> str:
        while measured(tidy(text)) > measure:
            text = text[:-1]
        text = tidy(text)
        return text + "x" * (measure - int(measured(text)))

    return st.builds(filled, SHORT_TEXTS, measures)
