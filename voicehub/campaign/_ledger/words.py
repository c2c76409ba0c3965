"""The words of a ledger's records: states, counts, claims, doubts, results."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from voicehub._masking import mask_number

Document = Mapping[str, Any]
Decision = Literal["placed", "held", "released"]
#: Which of these callees must not be phoned: their positions.
Suppress = Callable[[Sequence[str]], Collection[int]]


class CalleeState(StrEnum):
    """Where one callee of a campaign stands. The seven counts add up to the total at every moment."""

    PENDING = "pending"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    SUPPRESSED = "suppressed"
    CANCELED = "canceled"


class CampaignState(StrEnum):
    """``planned`` → ``running`` ↔ ``paused`` → ``completed`` or ``canceled``.

    Completed: nobody is pending or submitting; somebody may be in doubt. A run that was killed is still ``running``.
    """

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELED = "canceled"


class Counts(NamedTuple):
    """How many callees stand where."""

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
    """A campaign as the ledger holds it. ``document`` is JSON, ``attachment`` any bytes; the ledger reads neither."""

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
    """A batch that is ours to submit once: its intent is recorded, and outlives a loss of power.

    ``attempt`` counts from 1, over the batches these callees stood in before, too.
    """

    batch: int
    attempt: int
    callees: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Claim(batch={self.batch}, attempt={self.attempt}, {len(self.callees)} callees)"


class Doubt(NamedTuple):
    """A batch with callees in doubt: who was to submit it, how many they are, and what was heard.

    ``began``, ``ended`` (Unix seconds): the attempt; ``ended`` ``None``: the run ended first. ``unseen_until``: the
    vendor was asked, and until then told nothing of them, which proves nothing; ``None``: it was not asked.
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
    """One callee's last word, for the report.

    ``account``, ``time`` (Unix seconds) and the vendor's words are ``None``, and ``attempt`` is 0, where no attempt has
    the word: for who is pending, suppressed or canceled.
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
    """A batch that was under way at some time: of which campaign, from when to when, and who may have been phoned.

    ``ended`` ``None``: it is under way, or its run ended first.
    """

    campaign: str
    began: float
    ended: float | None
    results: Sequence[Result]
