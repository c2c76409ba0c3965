"""What vendors report of accepted calls: `Call`, and how several reports of one call are merged.

Reports come late, twice, and in any order; some are pushed by anybody who knows the path, some were asked for. `merge`
is a join: the result does not depend on their order or number, and no state goes backwards.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, Self

from voicehub._masking import mask_number
from voicehub.receipt import CallState
from voicehub.records import CallRecord

_LARGEST = 2**63 - 1

#: From the first state of a call to the last; the order of the final states is arbitrary, but fixed.
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
    """What was reported of one call. ``None`` in any field: not reported, or not yet.

    - ``account``: the account whose report or record it is. ``call_id`` is unique within it, and a report made with the
      secret of one account never changes a call of another. ``callee``: E.164 with ``+``.
    - ``submitted``, ``answered``, ``ended``: Unix seconds. ``cost``: an amount in ``currency``.
    - ``verified``: the vendor itself was asked; else it was pushed, by anybody who knows the path.
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
        """The call in a record or a report; values that no ledger could store are left out, as anybody may send it."""
        seconds, cost = record.call_seconds, record.cost
        return cls(
            account,
            _storable(record.call_id),
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
        """Whether the call has ended, by its state or by its end time; a report may have only one of them."""
        return self.state in _OVER or self.ended is not None

    def __repr__(self) -> str:
        return f"Call({self.account!r}, state={self.state.value!r}, verified={self.verified})"


class Placed(NamedTuple):
    """Evidence that a callee in doubt was phoned: the vendor has this call to it. ``submitted``: Unix seconds."""

    batch: int
    callee: str
    account: str
    call_id: str
    submitted: float

    def __repr__(self) -> str:
        return f"Placed(batch={self.batch}, callee={mask_number(self.callee)!r}, account={self.account!r})"


class Calls(Protocol):
    """The part of a ledger that keeps what vendors report of calls."""

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        """Keep these reports; durable on return. Returns the number of calls of which more is known than before.

        Order and repetition do not matter: what is known of a call is the `merge` of all that was asked for, and the
        `merge` of all that was pushed.
        """

    def has_heard(self, account: str) -> bool:
        """Whether any call of this account was reported."""

    def calls(self, account: str, ids: Collection[str], *, verified: bool = False) -> Mapping[str, Call]:
        """What is known of these calls, by their ids; ``verified``: only what the vendor was asked for."""

    def heard(
        self, account: str, reference: str, callees: Collection[str], *, verified: bool = False
    ) -> Sequence[Call]:
        """The calls to these callees that carry this reference and tell when they were submitted."""

    def call_states(self, name: str, *, verified: Collection[str] = ()) -> Mapping[CallState, int]:
        """The number of calls by state, of the calls that the campaign's results name, as far as they were reported.

        ``verified``: the accounts for which only what the vendor was asked for counts. Cheap enough to be called every
        few seconds: no object is built for each callee.
        """

    def place(self, name: str, found: Sequence[Placed], *, now: float) -> int:
        """Accept callees in doubt whose call was found; their result gets its id, and loses the doubt's reason.

        Returns how many were accepted. Compare-and-set: a callee that is not in doubt in this batch is skipped, and so
        is a call that was evidence before, in any campaign. The evidence and its time are kept. Durable on return.
        """


def merge(known: Call, told: Call) -> Call:
    """The two merged: idempotent, commutative and associative. Raises ``ValueError`` if they are not of one call.

    The state is that of the later hang-up (vendors call again), else the further one; code and reason come with it.
    Every other field is the larger of the two values, and a value wins over ``None``. The result is verified only if
    both are.
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
    """Whether nothing differs, not even the digits of the cost: 0.050 equals 0.05, but `merge` orders the two."""
    return one == other and str(one.cost) == str(other.cost)


def _standing(call: Call) -> tuple[Any, ...]:
    """A total order of states, with the fields that come with them."""
    over, ended = call.state in _OVER, _orderly(call.ended)
    first = ended if over else ()
    return over, first, _RANKS[call.state], ended, _orderly(call.code), _orderly(call.reason)


def _money(call: Call) -> tuple[Any, ...]:
    """The amount, then how it is written, then its currency."""
    return _orderly(call.cost), str(call.cost), _orderly(call.currency)


def _orderly(value: Any) -> tuple[Any, ...]:
    """A sort key: ``None`` is less than any value."""
    return () if value is None else (value,)


def _most(one: Any, other: Any) -> Any:
    return max(one, other, key=_orderly)


def _unix(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _maybe(text: str | None) -> str | None:
    return None if text is None else _storable(text)


def _storable(text: str) -> str:
    """The text without lone surrogates, which UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode("utf-8")
