"""What became of every callee: `Outcome` for one, `Receipt` for a whole message."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat
from operator import itemgetter
from typing import Any, Literal, NamedTuple, get_args, overload

from voicehub._masking import hide, mask_number, mask_text, printable

Status = Literal["accepted", "refused", "in_doubt", "not_attempted"]
_status: Callable[[tuple[Any, ...]], Status] = itemgetter(1)
_STATUSES: tuple[Status, ...] = get_args(Status)


class CallState(StrEnum):
    """The state of a call after the vendor accepted it; known later, by report or query, and never moving backwards.

    ``UNKNOWN`` stands for any word of a vendor that its plugin does not know.
    """

    QUEUED = "queued"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    CANCELED = "canceled"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Outcome(NamedTuple):
    """One callee's submission. It says whether the vendor accepted the call, not whether it was answered.

    ``callee`` is E.164 with ``+``; ``call_id`` the vendor's id of the call (``None``: none given, so the call cannot be
    tracked); ``code`` and ``reason`` are the vendor's own, unchanged, codes always as text (``None``: none).

    A tuple instead of a model: a campaign creates a million of these.
    """

    callee: str
    status: Status
    call_id: str | None = None
    code: str | None = None
    reason: str | None = None

    def __repr__(self) -> str:
        callee, status, *others = self
        call_id, code = (field and printable(hide(field, numbers=[callee])) for field in others[:2])
        return (
            f"Outcome(callee={mask_number(callee)!r}, status={status!r}, call_id={call_id!r}, code={code!r}, "
            f"reason={self.reason and mask_text(self.reason)!r})"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Ids(Sequence[str]):
    """Call ids of equal length (at least 1) kept as one string: a campaign stores a thousand of them at a time."""

    joined: str
    width: int

    def __len__(self) -> int:
        return len(self.joined) // self.width

    def __iter__(self) -> Iterator[str]:
        return (self.joined[at : at + self.width] for at in range(0, len(self.joined), self.width))

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        if isinstance(at, slice):
            return tuple(self)[at]
        start = range(0, len(self.joined), self.width)[at]
        return self.joined[start : start + self.width]

    def __repr__(self) -> str:
        return f"<{len(self)} call ids>"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Accepted(Sequence[Outcome]):
    """Outcomes, all accepted with the same code and reason, stored by column; equal to the tuple of their rows.

    Rows are created only when read: a campaign of a million counts, packs and stores columns only.
    """

    callees: Sequence[str]
    call_ids: Sequence[str]
    code: str | None
    reason: str | None

    def __len__(self) -> int:
        return len(self.callees)

    def __iter__(self) -> Iterator[Outcome]:
        status: Status = "accepted"
        words = repeat(self.code), repeat(self.reason)
        return map(Outcome, self.callees, repeat(status, len(self)), self.call_ids, *words)

    @overload
    def __getitem__(self, at: int) -> Outcome: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, at: int | slice) -> Outcome | tuple[Outcome, ...]:
        if isinstance(at, slice):
            return tuple(self)[at]
        return Outcome(self.callees[at], "accepted", self.call_ids[at], self.code, self.reason)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple | Accepted):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def statuses_of(outcomes: Sequence[Outcome]) -> set[Status]:
    """The set of their statuses."""
    if len(outcomes) == 1:
        return {outcomes[0].status}
    return {"accepted"} if type(outcomes) is Accepted else set(map(_status, outcomes))


def counts_of(outcomes: Sequence[Outcome]) -> dict[Status, int]:
    """How many of these have each status."""
    if isinstance(outcomes, Accepted):
        return {status: len(outcomes) * (status == "accepted") for status in _STATUSES}
    found = [outcome.status for outcome in outcomes]
    return {status: found.count(status) for status in _STATUSES}


@dataclass(frozen=True, init=False, repr=False)
class Receipt:
    """Every callee of a message exactly once, in the message's order.

    ``unmatched`` holds rows for callees that the message does not have, and the further rows of a callee that was
    answered twice. ``account`` is ``None`` when the client was built without one.
    """

    account: str | None
    provider: str
    outcomes: tuple[Outcome, ...] | Accepted
    unmatched: tuple[Outcome, ...] = ()

    def __init__(
        self,
        account: str | None,
        provider: str,
        outcomes: tuple[Outcome, ...] | Accepted,
        unmatched: tuple[Outcome, ...] = (),
    ) -> None:
        # A frozen dataclass sets each field with object.__setattr__, at the cost of two calls.
        fields = self.__dict__
        fields["account"], fields["provider"] = account, provider
        fields["outcomes"], fields["unmatched"] = outcomes, unmatched

    @property
    def accepted(self) -> tuple[Outcome, ...]:
        """The vendor took these calls."""
        return self._having("accepted")

    @property
    def refused(self) -> tuple[Outcome, ...]:
        """The vendor refused these; no phone rang."""
        return self._having("refused")

    @property
    def in_doubt(self) -> tuple[Outcome, ...]:
        """A request left and no believable answer came for these; their phones may have rung."""
        return self._having("in_doubt")

    @property
    def not_attempted(self) -> tuple[Outcome, ...]:
        """No request with these ever left; they may be sent again."""
        return self._having("not_attempted")

    def counts(self) -> dict[Status, int]:
        """How many callees have each status; the four numbers add up to ``len(receipt)``."""
        return counts_of(self.outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    def __repr__(self) -> str:
        counts = ", ".join(f"{status}={count}" for status, count in self.counts().items())
        return (
            f"Receipt(account={self.account!r}, provider={self.provider!r}, {counts}, unmatched={len(self.unmatched)})"
        )

    def _having(self, status: Status) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status == status)
