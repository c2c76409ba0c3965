"""`Limits`: the one table of what a vendor takes. All code that needs a bound reads it here."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from operator import pos
from typing import Any, NamedTuple

from pydantic import BaseModel

from voicehub.errors import ConfigError

LimitsByContent = Mapping[type[BaseModel], "Limits"]


class Row(NamedTuple):
    """What is the same for every vendor: the widest bounds, as in `Span`, the usual unit, and the field of a message.

    ``field`` is as errors name it, ``None`` for what is counted or read in ``to``.
    """

    low: float
    high: float | None
    unit: str
    field: str | None


#: The rows of `Limits`. No vendor could take a value outside these bounds: numbers are E.164 (ITU-T E.164: at most 15
#: digits); the lower 7 is the shortest either first vendor takes. ``content`` is `Speech`'s.
ROWS: Mapping[str, Row] = {
    "callees": Row(1, None, "callees", None),
    "callee_digits": Row(7, 15, "digits", None),
    "caller_id": Row(7, 15, "digits", "caller_id"),
    "ring_timeout_seconds": Row(1, None, "seconds", "ring_timeout_seconds"),
    "max_duration_seconds": Row(1, None, "seconds", "max_duration_seconds"),
    "plays": Row(1, None, "plays", "plays"),
    "reference": Row(0, None, "UTF-16 units", "reference"),
    "text": Row(1, None, "UTF-16 units", "content"),
    "voice": Row(1, None, "characters", "content"),
    "rate": Row(0, None, "times normal speed", "content"),
}

#: The field of every row that has one.
FIELDS: Mapping[str, str] = {name: row.field for name, row in ROWS.items() if row.field is not None}


@dataclass(frozen=True, slots=True)
class Span:
    """The values a vendor takes for one field: ``low`` to ``high``, both included; ``high`` ``None``: no upper bound.

    ``unit`` says what is counted (a key of `UNITS`), ``source`` the page that says so, ``read`` the month it was read
    (``2026-11``). ``required``: the vendor needs the field, unset is `MissingField`.
    """

    low: float
    high: float | None
    unit: str
    source: str
    read: str
    required: bool = False

    def __contains__(self, value: float) -> bool:
        return self.low <= value and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        reach = f"at least {self.low}" if self.high is None else f"{self.low} to {self.high}"
        return f"{reach} {self.unit}"


class Page(NamedTuple):
    """A vendor's page, so that each row of its table names the page once: ``PAGE.span(1, 120, "seconds")``."""

    source: str
    read: str

    def span(self, low: float, high: float | None, unit: str, *, required: bool = False) -> Span:
        """A row this page states."""
        return Span(low, high, unit, self.source, self.read, required)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """One vendor's limits for one kind of content. ``None``: the vendor has no such field.

    ``callees`` counts the callees of one request; ``callee_digits`` and ``caller_id`` the digits of a number; ``text``,
    ``voice`` and ``rate`` are `Speech`'s.
    """

    callees: Span
    callee_digits: Span
    caller_id: Span | None = None
    ring_timeout_seconds: Span | None = None
    max_duration_seconds: Span | None = None
    plays: Span | None = None
    reference: Span | None = None
    text: Span | None = None
    voice: Span | None = None
    rate: Span | None = None

    def rows(self) -> dict[str, Span | None]:
        """Every row by its neutral name, in the order of the table."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def of_speech(self) -> tuple[tuple[str, Span | None], ...]:
        """Name and row of every value of a spoken message."""
        return tuple((name, getattr(self, name)) for name in FIELDS)

    @cached_property
    def of_all(self) -> tuple[tuple[str, Span | None], ...]:
        """The same without the rows of the content."""
        return tuple(row for row in self.of_speech if FIELDS[row[0]] != "content")

    @cached_property
    def narrows_callees(self) -> bool:
        """Whether a message can hold callees whose length this vendor does not take."""
        return (self.callee_digits.low, self.callee_digits.high) != ROWS["callee_digits"][:2]

    def overridden(self, table: Mapping[str, object], *, source: str, wire_names: Mapping[str, str]) -> "Limits":
        """These limits with rows replaced: ``callees = 500`` moves the upper bound, ``plays = [1, 9]`` both.

        A row the vendor lacks opens only where the plugin declares a wire name. Raises `ConfigError` naming the row.
        """
        return replace(self, **{name: self._row(name, value, source, wire_names) for name, value in table.items()})

    def _row(self, name: str, value: object, source: str, wire_names: Mapping[str, str]) -> Span:
        rows = self.rows()
        if name not in rows:
            raise ConfigError(f"limits.{name}: there is no such limit; the limits are {', '.join(rows)}")
        old = rows[name]
        if old is None and name not in wire_names:
            raise ConfigError(f"limits.{name}: this provider has no such field, so its limit cannot be opened")
        bounds = value if isinstance(value, list | tuple) else [ROWS[name].low if old is None else old.low, value]
        match [_number(bound, name) for bound in bounds]:
            case [int() | float() as low, int() | float() as high] if low <= high and high > 0:
                pass
            case _:
                raise ConfigError(f"limits.{name}: write the highest value (9) or lowest and highest ([1, 9])")
        least, most, usual, _ = ROWS[name]
        if low < least or (most is not None and high > most):
            reach = f"at least {least}" if most is None else f"{least} to {most}"
            raise ConfigError(f"limits.{name}: every voice message has {reach} here, and no vendor's limit is wider")
        if name == "callees" and low != 1:
            raise ConfigError(
                "limits.callees: a message to one callee must fit, so only the highest value can be moved"
            )
        return Span(
            low, high, usual if old is None else old.unit, source, "", required=old is not None and old.required
        )


def override(limits: LimitsByContent, table: Mapping[str, object], **how: Any) -> dict[type[BaseModel], Limits]:
    """Limits with the overrides of a configuration applied.

    A row moves in the limits of every kind of content; a sub-table named after a kind (``speech``) only in that one.
    ``how`` goes to `Limits.overridden`. Raises `ConfigError` naming the row.
    """
    kinds = {kind.model_fields["kind"].default: kind for kind in limits}
    common = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    if strangers := table.keys() - common.keys() - kinds.keys():
        raise ConfigError(f"limits.{min(strangers)}: this provider plays {', '.join(kinds)}; no such kind of content")
    own = {kinds[name]: value for name, value in table.items() if isinstance(value, Mapping)}
    return {kind: rows.overridden({**common, **own.get(kind, {})}, **how) for kind, rows in limits.items()}


def _number(value: object, name: str) -> int | float | None:
    """A bound from TOML or, as text, from the environment; ``None``: not a number. Only a rate may be a fraction."""
    if isinstance(value, str):
        try:
            value = float(value) if name == "rate" else int(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return None
    return value if name == "rate" or isinstance(value, int) else None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float bounds nothing
        return False


def utf16_units(text: str) -> int:
    """The length as Java counts it: characters beyond the BMP are two units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


#: How a value is measured, by the unit its row names.
UNITS: Mapping[str, Callable[[Any], float]] = {
    "callees": len,
    "digits": lambda number: len(number.lstrip("+")),
    "seconds": pos,
    "plays": pos,
    "times normal speed": pos,
    "characters": len,
    "UTF-16 units": utf16_units,
    "UTF-8 bytes": lambda text: len(text.encode()),
}
