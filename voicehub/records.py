"""What a vendor reports besides the result of a submission: call records, stored files, balance.

A report that a vendor pushes is a `CallRecord` too, with only the fields it contains.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

from voicehub._masking import SHORTEST_SECRET, hide, hide_in, mask_number, mask_text, printable, size_of, texts_in
from voicehub.receipt import CallState

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CallRecord:
    """One call, as far as the vendor reports it. ``None`` in any field: not reported, or not yet.

    - ``call_id``: the id of the accepted `Outcome`; ``state``: what became of it, ``unknown`` for an unknown word.
    - ``callee``: E.164 with ``+``; ``caller_id``: digits.
    - ``submitted_at``, ``called_at``, ``ringing_at``, ``answered_at``, ``ended_at``: aware, in UTC.
    - ``ring_seconds``, ``call_seconds``, ``charged_seconds``: whole seconds, at least 0. What is charged is the
      vendor's arithmetic.
    - ``cost``: an amount in ``currency`` (an ISO 4217 code; ``None``: the vendor names none).
    - ``pressed_key``: what the callee pressed; ``None``: nothing.
    - ``reference``: your text, as it was sent. ``code`` and ``reason``: the vendor's own words.
    - ``raw``: everything the vendor sent, under its own names; ignored when records are compared.
    """

    call_id: str
    state: CallState
    callee: str | None = None
    caller_id: str | None = None
    submitted_at: datetime | None = None
    called_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ring_seconds: int | None = None
    call_seconds: int | None = None
    charged_seconds: int | None = None
    cost: Decimal | None = None
    currency: str | None = None
    pressed_key: str | None = None
    reference: str | None = None
    code: str | None = None
    reason: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        numbers = [number for number in (self.callee, self.caller_id) if number is not None]
        shown = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "raw"}
        for name, value in shown.items():
            if name in ("callee", "caller_id"):
                shown[name] = value and mask_number(value)
            elif name in ("reference", "pressed_key"):  # what the caller wrote, and what the callee answered
                shown[name] = value and size_of(value)
            elif name == "reason":
                shown[name] = value and mask_text(value)
            elif isinstance(value, str):
                shown[name] = printable(hide(str(value), numbers=numbers))
        told = ", ".join(f"{name}={_shown(value)}" for name, value in shown.items() if value is not None)
        return f"CallRecord({told})"


_WORDS = ("code", "reason", "raw")
_SECONDS = ("ring_seconds", "call_seconds", "charged_seconds")
_MOST_SECONDS, _MOST_DIGITS = 10**9, 18  # of a number of seconds; of an amount, before and after its point


def is_amount(value: object) -> bool:
    """Whether it is an amount of money that can be calculated with and printed: finite, of 18 digits on each side."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_DIGITS and value.adjusted() < _MOST_DIGITS


def fit_to_keep(record: CallRecord) -> CallRecord:
    """The record without seconds and costs that are none: anyone may send a report, and a plugin may pass it on."""
    odd: dict[str, Any] = {
        name: None
        for name in _SECONDS
        if (value := getattr(record, name)) is not None and not (type(value) is int and 0 <= value <= _MOST_SECONDS)
    }
    if record.cost is not None and not is_amount(record.cost):
        odd["cost"] = None
    return replace(record, **odd) if odd else record


def hidden_in(record: CallRecord, secrets: Collection[str], credentials: Collection[str] = ()) -> CallRecord:
    """The record with these hidden: secrets in every field, credentials in ``code``, ``reason`` and ``raw``.

    The same object is returned unless the vendor repeated one; one search over all texts finds out. An id may hold a
    timestamp that is a credential too.
    """
    told = "\n".join(texts_in([getattr(record, each.name) for each in fields(record)])).lower()
    if not any(len(one) >= SHORTEST_SECRET and one.lower() in told for one in (*secrets, *credentials)):
        return record
    every = {*secrets, *credentials}
    return replace(
        record,
        **{
            each.name: hide_in(getattr(record, each.name), every if each.name in _WORDS else secrets)
            for each in fields(record)
            if each.name != "state"
        },
    )


def _shown(value: object) -> str:
    """Times, money and seconds as they are; anything else in quotes."""
    return str(value) if isinstance(value, datetime | Decimal | int) else repr(str(value))


class Balance(NamedTuple):
    """The money of an account: paid in, gift, credit. ``currency`` is an ISO 4217 code; ``None``: not stated."""

    amount: Decimal
    gift: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    currency: str | None = None

    @property
    def available(self) -> Decimal:
        """All that can be spent."""
        return self.amount + self.gift + self.credit


class StoredFile(NamedTuple):
    """A recording the vendor holds: the id that `UploadedAudio` takes, and the name it was uploaded under."""

    file_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[ItemT]):
    """One page of a list. ``more``: a further page may follow; ``unread``: rows of this page that could not be read."""

    items: tuple[ItemT, ...]
    more: bool = False
    unread: int = 0
