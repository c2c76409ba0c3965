"""What vendors tell of calls after they took them: `Call`, and how tellings of one call become one.

Tellings come late, twice, and in any order; some are pushed by whoever knows the path, some were asked for. `merge` is
a join: it makes the same of them whatever their order and number, and no state goes backwards.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, Self

from voicehub._masking import mask_number
from voicehub.receipt import CallState
from voicehub.records import CallRecord

_LARGEST = 2**63 - 1

#: From the first to the last a call can be in; the order among those that are over is but fixed.
_STEPS = (
    CallState.UNKNOWN,
    CallState.QUEUED,
    CallState.RINGING,
    CallState.ANSWERED,
    CallState.CANCELED,
    CallState.FAILED,
    CallState.REJECTED,
    CallState.NO_ANSWER,
    CallState.BUSY,
    CallState.COMPLETED,
)
_RANKS = {state: rank for rank, state in enumerate(_STEPS)}
_OVER = frozenset(_STEPS[4:])


class Call(NamedTuple):
    """What was told of one call. ``None`` everywhere: not told, or not yet.

    - ``account``: whose reports or records told it, and nobody else's: ``call_id`` is unique in it, and who knows the
      secret of one account says nothing of another one's calls. ``callee``: E.164 with ``+``.
    - ``submitted``, ``answered``, ``ended``: Unix seconds. ``cost``: an amount in ``currency``.
    - ``verified``: the vendor itself was asked; else it was pushed, by whoever knows the path.
    """

    account: str
    call_id: str
    state: CallState
    callee: str | None = None
    reference: str | None = None
    submitted: float | None = None
    answered: float | None = None
    ended: float | None = None
    call_seconds: int | None = None
    cost: Decimal | None = None
    currency: str | None = None
    pressed_key: str | None = None
    code: str | None = None
    reason: str | None = None
    verified: bool = False

    @classmethod
    def of(cls, account: str, record: CallRecord, *, verified: bool) -> Self:
        """What this record, or this report, tells. What no ledger could keep is left out: it is a stranger's text."""
        seconds, cost = record.call_seconds, record.cost
        return cls(
            account,
            _kept(record.call_id),
            record.state,
            callee=_maybe(record.callee),
            reference=_maybe(record.reference),
            submitted=_unix(record.submitted_at),
            answered=_unix(record.answered_at),
            ended=_unix(record.ended_at),
            call_seconds=seconds if seconds is not None and 0 <= seconds <= _LARGEST else None,
            cost=cost if cost is not None and cost.is_finite() else None,
            currency=_maybe(record.currency),
            pressed_key=_maybe(record.pressed_key),
            code=_maybe(record.code),
            reason=_maybe(record.reason),
            verified=verified,
        )

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end, by its state or by the time of it; a report may tell either alone."""
        return self.state in _OVER or self.ended is not None

    def __repr__(self) -> str:
        return f"Call({self.account!r}, state={self.state.value!r}, verified={self.verified})"


class Placed(NamedTuple):
    """Evidence that a callee in doubt was phoned: the vendor has this call of theirs. ``submitted``: Unix seconds."""

    batch: int
    callee: str
    account: str
    call_id: str
    submitted: float

    def __repr__(self) -> str:
        return f"Placed(batch={self.batch}, callee={mask_number(self.callee)!r}, account={self.account!r})"


class Calls(Protocol):
    """The part of a ledger that keeps what vendors tell of calls."""

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        """Keep what was told; durable on return. Returns of how many calls more is known than before.

        Repeats, in any order, end in the same: what is known of a call is the `merge` of its tellings, of those that
        were asked for and of those that were pushed.
        """

    def has_heard(self, account: str) -> bool:
        """Whether anything was told of any call of this account."""

    def calls(self, account: str, ids: Collection[str], *, verified: bool = False) -> Mapping[str, Call]:
        """What is known of these calls, by their ids; ``verified``: only what the vendor was asked for."""

    def heard(
        self, account: str, reference: str, callees: Collection[str], *, verified: bool = False
    ) -> Sequence[Call]:
        """The calls to these callees that carry this reference and tell when they were submitted."""

    def call_states(self, name: str, *, verified: Collection[str] = ()) -> Mapping[CallState, int]:
        """How many of the calls that the campaign's results name are in which state, as far as was told.

        ``verified``: the accounts of whose calls only counts what the vendor was asked for. Fit to be asked every few
        seconds: nothing is made of each callee.
        """

    def place(self, name: str, found: Sequence[Placed], *, now: float) -> int:
        """Who is in doubt and was found is accepted, with the call's id and no word of the doubt; returns how many.

        Compare-and-set: somebody who is not in doubt in this batch is passed over, and so is a call that was evidence
        before, in any campaign. It is kept what was found, and when. Durable on return.
        """


def merge(known: Call, told: Call) -> Call:
    """Both as one: idempotent, commutative and associative. Raises ``ValueError`` if they are not of one call.

    The state is that of the later hang-up (vendors call again), else the further one, and brings the vendor's words
    with it. Every other field is the larger of two, and of one that was told and none the one. Verified is only what
    is so wholly.
    """
    if known[:2] != told[:2]:
        raise ValueError("two calls do not merge")
    head = max(known, told, key=_standing)
    money = max(known, told, key=_money)
    return head._replace(
        callee=_most(known.callee, told.callee),
        reference=_most(known.reference, told.reference),
        submitted=_most(known.submitted, told.submitted),
        answered=_most(known.answered, told.answered),
        call_seconds=_most(known.call_seconds, told.call_seconds),
        cost=money.cost,
        currency=money.currency,
        pressed_key=_most(known.pressed_key, told.pressed_key),
        verified=known.verified and told.verified,
    )


def is_same(one: Call, other: Call | None) -> bool:
    """Whether nothing differs, not even how an amount is written: 0.050 equals 0.05, but decides where amounts tie."""
    return one == other and str(one.cost) == str(other.cost)


def _standing(call: Call) -> tuple[Any, ...]:
    """A total order of states with what comes with them."""
    over, ended = call.state in _OVER, _orderly(call.ended)
    first = ended if over else ()
    return over, first, _RANKS[call.state], ended, _orderly(call.code), _orderly(call.reason)


def _money(call: Call) -> tuple[Any, ...]:
    """The amount, then how it is written, then its currency."""
    return _orderly(call.cost), str(call.cost), _orderly(call.currency)


def _orderly(value: Any) -> tuple[Any, ...]:
    """For comparing: nothing is less than anything."""
    return () if value is None else (value,)


def _most(one: Any, other: Any) -> Any:
    return max(one, other, key=_orderly)


def _unix(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _maybe(text: str | None) -> str | None:
    return None if text is None else _kept(text)


def _kept(text: str) -> str:
    """As it can be stored: without halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
