"""What a campaign asks of its ledger: a contract of few verbs, and the words of its records.

The promise behind it: no callee is submitted again unless it is proved that the attempt before placed nothing, or a
named person released it; and after every change the seven counts add up to the total.
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
    """A campaign being planned. Nobody can claim from it, and nothing of it is left, unless it is sealed."""

    def add(self, callees: Sequence[str]) -> None:
        """Append a batch, canonical E.164 in input order; one without callees is none.

        Once it is sealed, a campaign holds a callee once. Raises ``ValueError`` for what is not canonical,
        and for a number that stands in the batch twice.
        """

    def seal(self, document: Document, attachment: bytes = b"") -> None:
        """Keep the campaign, in the state ``planned``, with all its callees pending. Durable on return.

        Raises `LedgerError` if somebody began to plan the same name later: that draft goes on, and this one is gone.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Ledger(Calls, Protocol):
    """Where campaigns are kept, and what vendors tell of calls.

    Verbs may be called at the same time; times are Unix seconds.

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

        What an earlier owner left submitting is in doubt from now on, and is returned; unless that owner could set down
        elsewhere what it was told of it: then it is settled. Raises `LedgerError` naming the
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

    def doubted(self, name: str) -> Iterator[tuple[Doubt, Sequence[str]]]:
        """The same, each with its callees in doubt, in input order."""

    def attempted(self, since: float, until: float) -> Iterator[Attempted]:
        """Who may have been phoned from then to then: every batch, of any campaign, whose last attempt was under way.

        An attempt that has no end goes on. Of each batch those who are accepted, in doubt or submitting. Who was
        released of a doubt is told as in doubt at that attempt, whatever became of them: it may have been a call.
        """

    def unseen(self, name: str, batches: Collection[int], until: float) -> int:
        """Note of these batches' doubts that the vendor told nothing of them until then; it moves nobody.

        A later note stands. Returns how many batches it was new of.
        """

    def results(self, name: str) -> Iterator[Result]:
        """Every callee once, in input order."""

    def phoned_since(self, since: float, *, other_than: str) -> Iterator[Sequence[str]]:
        """Callees that other campaigns attempted since then and that are accepted, in doubt or submitting.

        Also who was released of a doubt about such an attempt: that accepts the risk for that campaign alone.
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
        """A named person's word on doubts, of these callees or of one batch; returns how many callees it moved.

        ``placed``: accepted; ``held``: in doubt still, so it moves nobody; ``released``: pending, which makes a
        completed campaign paused, and is refused of a canceled one. It is kept who said so, when and why. Raises
        `LedgerError` if one of them is not in doubt; then nothing is changed.
        """

    def close(self) -> None:
        """Let go, once what was asked for is durable. Closing twice is no error."""
