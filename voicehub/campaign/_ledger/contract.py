"""The contract of a ledger: the methods a campaign needs, and the types of its records.

The promise: no callee is submitted again unless the attempt before is proved to have placed no call, or a named person
released the callee; and after every change the seven counts add up to the total.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

from voicehub.campaign._ledger.calls import Call, Calls, Placed
from voicehub.campaign._ledger.words import (
    Attempted,
    CalleeState,
    CampaignState,
    Claim,
    Counts,
    Decision,
    Document,
    Doubt,
    Record,
    Result,
    Suppress,
)
from voicehub.receipt import Outcome

__all__ = [
    "Attempted",
    "Call",
    "CalleeState",
    "CampaignState",
    "Claim",
    "Counts",
    "Decision",
    "Document",
    "Doubt",
    "Draft",
    "Ledger",
    "Placed",
    "Record",
    "Result",
    "Suppress",
]


class Draft(Protocol):
    """A campaign being planned. Unless it is sealed, nothing can be claimed from it, and nothing of it is kept."""

    def add(self, callees: Sequence[str]) -> None:
        """Append a batch of canonical E.164 numbers in input order; an empty batch is ignored.

        Once it is sealed, a campaign holds each callee once. Raises ``ValueError`` for a number that is not canonical,
        or is in the batch twice.
        """

    def seal(self, document: Document, attachment: bytes = b"") -> None:
        """Keep the campaign, in the state ``planned``, with all its callees pending. Durable on return.

        Raises `LedgerError` if a later draft of the same name was begun: that one replaced this one.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Ledger(Calls, Protocol):
    """Stores campaigns, and what vendors report of calls.

    Threads may call the methods at the same time; times are Unix seconds.

    A read shows every change that returned before. Every method raises `LedgerError` when the ledger cannot be used or
    trusted any more; after a failed change every further method fails, because what is recorded is unknown.
    """

    def names(self) -> Sequence[str]:
        """The campaigns that are kept, oldest first."""

    def record(self, name: str) -> Record:
        """The campaign, as of now. Like every method with a ``name``, it raises `LedgerError` if there is none."""

    def draft(self, name: str, *, now: float) -> Draft:
        """Begin to plan. Raises `LedgerError` if the name is taken."""

    def own(self) -> Sequence[Doubt]:
        """Become the owner, the only one who may claim, until `close`.

        Batches that an earlier owner left submitting become in doubt, and are returned; if that owner could save their
        answer elsewhere, they are settled by it instead. Raises `LedgerError` if there is another owner, which it
        names, and if the ledger is older than what was attempted (a restored copy).
        """

    def change(self, name: str, state: CampaignState, *, now: float) -> CampaignState:
        """Change the campaign's state; returns the state it then has. Durable on return; a paused one claims nothing.

        ``canceled`` makes its pending callees canceled, except those that `claim` would not claim because a call of
        theirs was reported: they are in doubt, or accepted if the vendor itself was asked for it. Raises `LedgerError`
        for a change that `CampaignState` does not show, and for ``completed`` with callees pending or submitting. To
        set the present state again is no error.
        """

    def claim(
        self,
        name: str,
        account: str,
        *,
        most: int | None,
        now: float,
        suppress: Suppress | None = None,
        verified: Collection[str] = (),
    ) -> Claim | None:
        """Claim the first pending batch that is due: it is submitting, durably on return. ``None``: none is due.

        Only for the owner, and only of a ``running`` campaign. A batch of more than ``most`` callees is cut, and the
        rest stays pending in its place. Callees that ``suppress`` names are suppressed in the same change, not claimed.

        Nor is a callee claimed if a call of its earlier attempt was reported since, by the rules of evidence for a
        doubt (`place`): it is in doubt at that attempt, released or not, and accepted if the report counts. For an
        attempt that was put back, only a call submitted since counts. ``verified``: as in `call_states`.
        """

    def settle(
        self, claim: Claim, outcomes: Sequence[Outcome], *, now: float, not_before: float = 0.0, why: str | None = None
    ) -> None:
        """Record the outcomes of a claim: one per callee, in order. A callee ``not_attempted`` is pending again.

        It is due at ``not_before``; in a canceled campaign it is canceled instead. ``why`` is text for people, without
        secrets and full numbers. May return before it is durable, but is durable before any later `claim` is; a claim
        whose outcomes are lost is in doubt. Raises `LedgerError` if the claim is not submitting any more, and
        ``ValueError`` for outcomes of other callees.
        """

    def flush(self) -> None:
        """Return when every change is durable."""

    def next_due(self, name: str) -> float | None:
        """When the first pending batch may be claimed; ``None``: nobody is pending."""

    def expire(self, name: str, *, now: float) -> int:
        """Cancel all pending callees; returns how many. The campaign's state does not change."""

    def doubts(self, name: str) -> Sequence[Doubt]:
        """The batches with callees in doubt."""

    def doubted(self, name: str) -> Iterator[tuple[Doubt, Sequence[str]]]:
        """The batches of `doubts`, each with its callees in doubt, in input order."""

    def attempted(self, since: float, until: float) -> Iterator[Attempted]:
        """Callees that may have been phoned between these times: of every batch, of any campaign, attempted then.

        Only its last attempt counts; one without an end still goes on. Of each batch the callees that are accepted, in
        doubt or submitting. A released callee is listed as in doubt at the attempt in doubt, whatever its state now: it
        may have been phoned.
        """

    def unseen(self, name: str, batches: Collection[int], until: float) -> int:
        """Note for these batches in doubt that the vendor had no call of them until then; no state changes.

        A note with a later time stays. Returns the number of batches for which the note is new.
        """

    def results(self, name: str) -> Iterator[Result]:
        """Every callee once, in input order."""

    def phoned_since(self, since: float, *, other_than: str) -> Iterator[Sequence[str]]:
        """Callees that other campaigns attempted since then and that are accepted, in doubt or submitting.

        Released callees of such attempts, too: a release accepts the risk for its own campaign only.
        """

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
        """Record a named person's decision on these callees in doubt, or on one batch; returns how many changed state.

        ``placed``: accepted; ``held``: still in doubt, so none changes; ``released``: pending, which makes a completed
        campaign paused, and is refused in a canceled one. Who decided, when and why is kept. Raises `LedgerError` if
        one of them is not in doubt; then nothing is changed.
        """

    def close(self) -> None:
        """Close, once every change is durable. Closing twice is no error."""
