"""A ledger in memory: the contract written down as plainly as it can be. What it keeps dies with the process."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from tests.campaign.memory_calls import MemoryCalls
from tests.campaign.memory_store import (
    ACCEPTED,
    IN_DOUBT,
    MOVES,
    PENDING,
    SUBMITTING,
    SUPPRESSED,
    Batch,
    Callee,
    Campaign,
    MemoryDraft,
    Store,
    Tried,
)
from voicehub.campaign._ledger.contract import (
    CalleeState,
    CampaignState,
    Claim,
    Decision,
    Document,
    Doubt,
    Record,
    Result,
    Suppress,
)
from voicehub.errors import LedgerError
from voicehub.receipt import Outcome


class MemoryLedger(MemoryCalls):
    """A `Ledger`. Another one over the same store is made by `another`; `crash` lets go without a word."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or Store()
        self._closed = False

    def another(self) -> "MemoryLedger":
        return MemoryLedger(self._store)

    def audit(self, name: str) -> Sequence[tuple[str, str, Decision, int, float]]:
        """Who decided on doubts: who, why, what, how many callees, when."""
        with self._of(name) as campaign:
            return tuple(campaign.audit)

    def names(self) -> Sequence[str]:
        with self._open() as store:
            return tuple(store.campaigns)

    def record(self, name: str) -> Record:
        with self._of(name) as campaign:
            return Record(
                name, campaign.state, campaign.counts(), campaign.document, campaign.attachment, campaign.created
            )

    def draft(self, name: str, *, now: float) -> "MemoryDraft":
        with self._open() as store:
            if name in store.campaigns:
                raise LedgerError(f"there is a campaign {name!r} already")
            store.drafts[name] = made = MemoryDraft(lambda draft, *parts: self._keep(draft, name, now, *parts))
            return made

    def own(self) -> Sequence[Doubt]:
        with self._open() as store:
            if store.owner not in (None, self):
                raise LedgerError("this ledger is held by another runner")
            if store.owner is self:
                return ()
            store.owner = self
            left = [batch for campaign in store.campaigns.values() for batch in campaign.having(SUBMITTING)]
            for batch in left:
                batch.why = "the run ended before an answer was recorded"
                for callee in batch.having(SUBMITTING):
                    callee.state = IN_DOUBT
            return [batch.doubt() for batch in left]

    def change(self, name: str, state: CampaignState, *, now: float) -> CampaignState:
        with self._of(name) as campaign:
            if state is campaign.state:
                return state
            if state not in MOVES[campaign.state]:
                raise LedgerError(f"campaign {name!r} is {campaign.state}, and cannot become {state}")
            counts = campaign.counts()
            if state is CampaignState.COMPLETED and counts.pending + counts.submitting:
                raise LedgerError(f"campaign {name!r} cannot be completed: callees are pending or submitting")
            if state is CampaignState.CANCELED:
                self._cancel(campaign, now)
            campaign.state = state
            return state

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
        if most is not None and most < 1:
            raise ValueError("a claim is of one callee at least")
        with self._of(name, owned=True) as campaign:
            due = [batch for batch in campaign.having(PENDING) if batch.not_before <= now]
            for batch in due if campaign.state is CampaignState.RUNNING else ():
                self._told_late(campaign, batch, verified, now)
                pending = batch.having(PENDING)
                banned = set(suppress([callee.number for callee in pending])) if suppress else set()
                for position in banned:
                    pending[position].state = SUPPRESSED
                left = batch.having(PENDING)
                if most is not None and len(left) > most:
                    campaign.part(batch, left[most:], self._key(), batch.not_before)
                if left[:most]:
                    return self._begin(batch, left[:most], account, now)
            return None

    def settle(
        self, claim: Claim, outcomes: Sequence[Outcome], *, now: float, not_before: float = 0.0, why: str | None = None
    ) -> None:
        with self._open(owned=True) as store:
            campaigns = store.campaigns.values()
            found = [(one, batch) for one in campaigns for batch in one.batches if batch.key == claim.batch]
            callees = [callee for _, batch in found for callee in batch.having(SUBMITTING)]
            if not callees or found[0][1].attempt != claim.attempt:
                raise LedgerError(f"batch {claim.batch} is not submitting any more")
            if [outcome.callee for outcome in outcomes] != [callee.number for callee in callees]:
                raise ValueError("settle takes one outcome a callee, in order")
            (campaign, batch), back = found[0], []
            batch.why, batch.ended = why, now
            for callee, outcome in zip(callees, outcomes, strict=True):
                put_back = outcome.status == "not_attempted"
                callee.state, callee.time = PENDING if put_back else CalleeState(outcome.status), now
                callee.answer = outcome[2:]
                callee.tried[-1].ended = now
                if put_back:
                    back.append(callee)
            if campaign.state is CampaignState.CANCELED:
                campaign.cancel()
            elif len(back) == len(callees):
                batch.not_before = not_before
            elif back:
                campaign.part(batch, back, self._key(), not_before)

    def flush(self) -> None:
        self.names()

    def next_due(self, name: str) -> float | None:
        with self._of(name) as campaign:
            return min((batch.not_before for batch in campaign.having(PENDING)), default=None)

    def expire(self, name: str, *, now: float) -> int:
        with self._of(name) as campaign:
            return self._cancel(campaign, now)

    def doubts(self, name: str) -> Sequence[Doubt]:
        with self._of(name) as campaign:
            return [batch.doubt() for batch in campaign.having(IN_DOUBT)]

    def doubted(self, name: str) -> Iterator[tuple[Doubt, Sequence[str]]]:
        with self._of(name) as campaign:
            each = campaign.having(IN_DOUBT)
            return iter([(batch.doubt(), [callee.number for callee in batch.having(IN_DOUBT)]) for batch in each])

    def results(self, name: str) -> Iterator[Result]:
        with self._of(name) as campaign:
            return iter([callee.result() for callee in campaign.callees])

    def phoned_since(self, since: float, *, other_than: str) -> Iterator[Sequence[str]]:
        with self._open() as store:
            others = [campaign for name, campaign in store.campaigns.items() if name != other_than]
            released = [callee for campaign in others for batch in campaign.released for callee in batch.callees]
            callees = [callee for campaign in others for callee in campaign.callees] + released
            states = (ACCEPTED, IN_DOUBT, SUBMITTING)
            found = [one.number for one in callees if one.state in states and (one.time or 0) >= since]
            return iter([found] if found else [])

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
        if (callees is None) == (batch is None):
            raise ValueError("a decision is about callees or about a batch")
        with self._of(name) as campaign:
            doubtful = {one.number: (here, one) for here in campaign.having(IN_DOUBT) for one in here.having(IN_DOUBT)}
            if callees is None:
                wanted = [number for number, (here, _) in doubtful.items() if here.key == batch]
            else:
                wanted = list(dict.fromkeys(callees))
            if not wanted or not doubtful.keys() >= set(wanted):
                raise LedgerError(f"campaign {name!r}: not all of these are in doubt; nothing was changed")
            if decision == "released" and campaign.state is CampaignState.CANCELED:
                raise LedgerError(f"campaign {name!r} is canceled; nobody of it is phoned again")
            for number in wanted if decision != "held" else ():
                here, callee = doubtful[number]
                if decision == "released":
                    campaign.released.append(replace(here, callees=[replace(callee)]))
                callee.state = ACCEPTED if decision == "placed" else PENDING
                if decision == "released":
                    callee.tried[-1].doubted = True
                    campaign.part(here, [callee], self._key(), 0.0)
            if decision == "released" and campaign.state is CampaignState.COMPLETED:
                campaign.state = CampaignState.PAUSED
            campaign.audit.append((who, why, decision, len(wanted), now))
            return 0 if decision == "held" else len(wanted)

    def close(self) -> None:
        with self._store.lock:
            self._closed = True
            if self._store.owner is self:
                self._store.owner = None

    crash = close

    @contextmanager
    def _open(self, *, owned: bool = False) -> Iterator[Store]:
        with self._store.lock:
            if self._closed:
                raise LedgerError("this ledger is closed")
            if owned and self._store.owner is not self:
                raise LedgerError("only the owner claims and settles; call own() first")
            yield self._store

    @contextmanager
    def _of(self, name: str, *, owned: bool = False) -> Iterator[Campaign]:
        with self._open(owned=owned) as store:
            if name not in store.campaigns:
                raise LedgerError(f"there is no campaign {name!r}")
            yield store.campaigns[name]

    def _key(self) -> int:
        self._store.keys += 1
        return self._store.keys

    def _begin(self, batch: Batch, callees: list[Callee], account: str, now: float) -> Claim:
        batch.attempt, batch.account, batch.began = batch.attempt + 1, account, now
        batch.ended = batch.why = batch.unseen = None
        for callee in callees:
            callee.state, callee.account, callee.attempt, callee.time = SUBMITTING, account, batch.attempt, now
            callee.tried.append(Tried(batch.attempt, account, now))
        return Claim(batch.key, batch.attempt, tuple(callee.number for callee in callees))

    def _keep(
        self,
        draft: object,
        name: str,
        now: float,
        batches: list[tuple[str, ...]],
        document: Document,
        attachment: bytes,
    ) -> None:
        with self._open() as store:
            if store.drafts.get(name) is not draft:
                raise LedgerError(f"campaign {name!r} is being planned anew by somebody else")
            del store.drafts[name]
            made = [Batch([Callee(number) for number in batch], self._key()) for batch in batches]
            callees = [callee for batch in made for callee in batch.callees]
            copied = json.loads(json.dumps(document, allow_nan=False))
            store.campaigns[name] = Campaign(name, copied, bytes(attachment), now, made, callees)
