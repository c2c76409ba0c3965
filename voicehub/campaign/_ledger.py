"""What a campaign asks of its ledger: a contract of few verbs, and the words of its records.

The promise behind it: no callee is submitted again unless it is proved that the attempt before placed nothing, or a
named person released it; and after every change the seven counts add up to the total.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol, Self

from voicehub.receipt import Outcome

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


@dataclass(frozen=True, slots=True)
class Record:
    """A campaign as the ledger holds it. ``document`` is JSON, ``attachment`` any bytes; the ledger reads neither."""

    name: str
    state: CampaignState
    counts: Counts
    document: Document
    attachment: bytes
    created: float


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
    """A batch with callees in doubt: who was to submit it, when it began (Unix seconds), and what was heard."""

    batch: int
    attempt: int
    account: str
    began: float
    callees: int
    why: str | None


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


class Draft(Protocol):
    """A campaign being planned. Nobody can claim from it, and nothing of it is left, unless it is sealed."""

    def add(self, callees: Sequence[str]) -> int:
        """Append a batch, canonical E.164 in input order; returns its position, from 0.

        Once it is sealed, a campaign holds a callee once. Raises ``ValueError`` for what is not canonical.
        """

    def replace(self, position: int, callees: Sequence[str]) -> None:
        """Give the batch at this position other callees, such as fewer; none at all is allowed.

        Raises ``IndexError`` for a position that was not added.
        """

    def seal(self, document: Document, attachment: bytes = b"") -> None:
        """Keep the campaign, in the state ``planned``, with all its callees pending. Durable on return.

        Raises `LedgerError` if somebody began to plan the same name later: that draft goes on, and this one is gone.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Ledger(Protocol):
    """Where campaigns are kept. Verbs may be called at the same time; times are Unix seconds.

    What is read shows every change that returned before. Every verb raises `LedgerError` when the ledger cannot be
    trusted any more or cannot be used; after a failed change every further verb fails, for what is recorded is unknown.
    """

    def names(self) -> Sequence[str]:
        """The campaigns that are kept, oldest first."""

    def record(self, name: str) -> Record:
        """The campaign, as of now. Like every verb with a name it raises `LedgerError` for one that nobody planned."""

    def draft(self, name: str, *, now: float) -> Draft:
        """Begin to plan. Raises `LedgerError` if the name is taken."""

    def own(self) -> Sequence[Doubt]:
        """Become the only one who claims, until `close`.

        What an earlier owner left submitting is in doubt from now on, and is returned. Raises `LedgerError` naming the
        holder if there is one, and if the ledger is older than what was attempted (a restored copy).
        """

    def change(self, name: str, state: CampaignState, *, now: float) -> CampaignState:
        """Move the campaign; returns the state it has then. Durable on return; nothing is claimed after a pause.

        ``canceled`` makes its pending callees canceled. A move that the drawing of `CampaignState` lacks raises
        `LedgerError`; ``completed`` with callees pending or submitting does too. To move where it stands is no error.
        """

    def claim(
        self, name: str, account: str, *, most: int | None, now: float, suppress: Suppress | None = None
    ) -> Claim | None:
        """The first pending batch that is due, submitting from now on and durable on return; ``None``: there is none.

        Only for the owner, and only of a ``running`` campaign. A batch of more than ``most`` callees is cut, and the
        rest stays pending in its place. Whom ``suppress`` names is suppressed in the same change, not claimed.
        """

    def settle(
        self, claim: Claim, outcomes: Sequence[Outcome], *, now: float, not_before: float = 0.0, why: str | None = None
    ) -> None:
        """What became of a claim: one outcome a callee, in order. ``not_attempted`` is pending again.

        These are due at ``not_before``. ``why`` is text for people, without secrets and full numbers. May return
        before it is durable, but never after a later `claim` is; a claim whose settling is lost is in doubt. Of a
        canceled campaign ``not_attempted`` is canceled. Raises `LedgerError` if the claim is not submitting any more,
        and ``ValueError`` for outcomes of others.
        """

    def flush(self) -> None:
        """Return when every change is durable."""

    def next_due(self, name: str) -> float | None:
        """When the first pending batch may be claimed; ``None``: nobody is pending."""

    def expire(self, name: str, *, now: float) -> int:
        """Cancel everybody who is pending, without a word about the campaign's state; returns how many."""

    def doubts(self, name: str) -> Sequence[Doubt]:
        """The batches with callees in doubt."""

    def results(self, name: str) -> Iterator[Result]:
        """Every callee once, in input order."""

    def phoned_since(self, since: float, *, other_than: str) -> Iterator[Sequence[str]]:
        """Callees that other campaigns attempted since then and that are accepted, in doubt or submitting."""

    def resolve(
        self,
        name: str,
        decision: Decision,
        *,
        callees: Iterable[str] | None = None,
        batch: int | None = None,
        who: str,
        why: str,
        now: float,
    ) -> int:
        """A named person's word on doubts, of these callees or of one batch; returns how many callees it moved.

        ``placed``: accepted; ``held``: in doubt still, so it moves nobody; ``released``: pending, which makes a
        completed campaign paused, and is refused of a canceled one. It is kept who said so, when and why. Raises
        `LedgerError` if one of them is not in doubt; then nothing is changed.
        """

    def close(self) -> None:
        """Let go, once what was asked for is durable. Closing twice is no error."""
