"""The types of a ledger's records: states, counts, claims, doubts, results."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from voicehub._masking import mask_number
from voicehub.errors import LedgerError

Document = Mapping[str, Any]
Decision = Literal["placed", "held", "released"]
#: Returns the positions of the callees that must not be phoned.
Suppress = Callable[[Sequence[str]], Collection[int]]


def damaged(what: str) -> LedgerError:
    """The error for what is in a ledger and is not as it was written."""
    return LedgerError(f"the ledger is damaged: {what}; put back the newest whole copy")


def reference_of(document: Document) -> str | None:
    """The reference of a campaign's calls; ``None``: it has none, so its calls cannot be recognized."""
    announcement = document.get("announcement")
    reference = announcement.get("reference") if isinstance(announcement, Mapping) else None
    return reference if isinstance(reference, str) and reference else None


class CalleeState(StrEnum):
    """The state of one callee of a campaign. The seven counts add up to the total at every moment."""

    PENDING = "pending"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    SUPPRESSED = "suppressed"
    CANCELED = "canceled"


class CampaignState(StrEnum):
    """``planned`` → ``running`` ↔ ``paused`` → ``completed`` or ``canceled``.

    Completed: no callee is pending or submitting; some may be in doubt. After a run was killed it is still ``running``.
    """

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELED = "canceled"


class Counts(NamedTuple):
    """The number of callees in each state."""

    pending: int = 0
    submitting: int = 0
    accepted: int = 0
    refused: int = 0
    in_doubt: int = 0
    suppressed: int = 0
    canceled: int = 0

    @property
    def total(self) -> int:
        """All callees of the campaign."""
        return sum(self)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """A campaign as the ledger holds it. ``document`` is JSON, ``attachment`` any bytes.

    The ledger itself reads only the document's ``announcement.reference``, to recognize the campaign's calls.
    """

    name: str
    state: CampaignState
    counts: Counts
    document: Document
    attachment: bytes
    created: float

    def __repr__(self) -> str:
        return f"Record({self.name!r}, state={self.state.value!r}, {self.counts})"


@dataclass(frozen=True, slots=True, repr=False)
class Claim:
    """A batch to be submitted once: the intent is recorded, and survives a loss of power.

    ``attempt`` counts from 1, and includes the attempts in the batches these callees were in before.
    """

    batch: int
    attempt: int
    callees: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Claim(batch={self.batch}, attempt={self.attempt}, {len(self.callees)} callees)"


class Doubt(NamedTuple):
    """A batch with callees in doubt: ``account`` submitted it, ``callees`` is their number, ``why`` the reason.

    ``began``, ``ended``: the attempt, in Unix seconds; ``ended`` ``None``: the run ended first. ``unseen_until``: the
    vendor was asked and had no call of them until then, which proves nothing; ``None``: it was not asked.
    """

    batch: int
    attempt: int
    account: str
    began: float
    callees: int
    why: str | None
    ended: float | None = None
    unseen_until: float | None = None


class Result(NamedTuple):
    """The result of one callee, for the report.

    For a callee pending, suppressed or canceled ``account``, ``time`` (Unix seconds) and what the vendor said are
    ``None``, and ``attempt`` is 0, whatever was attempted before.
    """

    callee: str
    state: CalleeState
    call_id: str | None
    code: str | None
    reason: str | None
    account: str | None
    attempt: int
    time: float | None

    def __repr__(self) -> str:
        return f"Result(callee={mask_number(self.callee)!r}, state={self.state.value!r}, attempt={self.attempt})"


class Attempted(NamedTuple):
    """One attempt of a batch: its campaign, begin and end (Unix seconds), and who may have been phoned by it.

    ``ended`` ``None``: it is under way, or its run ended first.
    """

    campaign: str
    began: float
    ended: float | None
    results: Sequence[Result]
