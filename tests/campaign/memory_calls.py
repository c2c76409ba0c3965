"""The part of the ledger in memory that hears of calls, and settles doubts by what it heard."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tests.campaign.memory_store import ACCEPTED, IN_DOUBT, PENDING, SUBMITTING, Batch, Callee, Campaign, Store, Tried
from voicehub.campaign._doubts.matching import judge, of_attempt, of_doubt
from voicehub.campaign._ledger.calls import Call, Placed, is_same, merge
from voicehub.campaign._ledger.contract import Attempted, Doubt
from voicehub.campaign._ledger.words import reference_of
from voicehub.receipt import CallState

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class MemoryCalls:
    """A part of a `Ledger`."""

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        with self._open() as store:
            changed = 0
            for call in calls:
                key = (call.account, call.call_id, call.verified)
                merged = merge(store.calls.get(key, call), call)
                changed += not is_same(merged, store.calls.get(key))
                store.calls[key] = merged
            return changed

    def has_heard(self, account: str) -> bool:
        with self._open() as store:
            return any(call.account == account for call in store.calls.values())

    def calls(self, account: str, ids: Collection[str], *, verified: bool = False) -> Mapping[str, Call]:
        with self._open() as store:
            return _joined([call for call in _told(store, verified) if call.account == account and call.call_id in ids])

    def heard(
        self, account: str, reference: str, callees: Collection[str], *, verified: bool = False
    ) -> Sequence[Call]:
        with self._open() as store:
            about = [
                call
                for call in _told(store, verified)
                if call.account == account and call.reference == reference and call.callee in callees
            ]
            return list(_joined([call for call in about if call.submitted is not None]).values())

    def call_states(self, name: str, *, verified: Collection[str] = ()) -> Mapping[CallState, int]:
        with self._open() as store, self._of(name) as campaign:
            told = [call for call in store.calls.values() if call.verified or call.account not in verified]
            found = [
                call
                for result in map(Callee.result, campaign.callees)
                for call in _joined([each for each in told if each[:2] == (result.account, result.call_id)]).values()
            ]
            return Counter(call.state for call in found)

    def place(self, name: str, found: Sequence[Placed], *, now: float) -> int:
        with self._open() as store, self._of(name) as campaign:
            moved = 0
            for one in found:
                batches = [batch for batch in campaign.batches if batch.key == one.batch]
                doubted = [callee for batch in batches for callee in batch.having(IN_DOUBT)]
                for callee in doubted:
                    if callee.number == one.callee and (one.account, one.call_id) not in store.evidence:
                        store.evidence[one.account, one.call_id] = one
                        callee.state, callee.answer = ACCEPTED, (one.call_id, None, None)
                        moved += 1
            return moved

    def _told_late(self, campaign: Campaign, batch: Batch, verified: Collection[str], now: float) -> None:
        """Whose call was told of is in doubt again at that attempt, and placed if what was told counts."""
        for callee in batch.having(PENDING):
            for tried in reversed(callee.tried):
                sure = self._calls_of(campaign, callee, tried, verified=tried.account in verified)
                if sure or self._calls_of(campaign, callee, tried, verified=False):
                    key = self._doubt_again(campaign, batch, callee, tried)
                    self.place(campaign.name, [one._replace(batch=key) for one in sure], now=now)
                    break

    def _cancel(self, campaign: Campaign, now: float) -> int:
        """Cancel who waits; of whoever was told of only counts what the vendor was asked for."""
        with self._open() as store:
            every = {call.account for call in store.calls.values()}
            for batch in campaign.having(PENDING):
                self._told_late(campaign, batch, every, now)
        return campaign.cancel()

    def _calls_of(self, campaign: Campaign, callee: Callee, tried: Tried, *, verified: bool) -> Sequence[Placed]:
        reference = reference_of(campaign.document)
        if reference is None:
            return ()
        doubt = Doubt(0, tried.number, tried.account, tried.began, 1, None, tried.ended)
        if tried.doubted:
            doubted = list(of_doubt(doubt, [callee.number]))
        else:
            doubted = of_attempt(0, tried.number, [callee.number], tried.began, tried.ended)
        heard = self.heard(tried.account, reference, [callee.number], verified=verified)
        with self._open() as store:
            others = [one for one in store.campaigns.values() if reference_of(one.document) == reference]
            rivals = {one.name for one in others if one is not campaign}
        return judge(doubted, heard, self.attempted, rivals.__contains__).placed

    def _doubt_again(self, campaign: Campaign, batch: Batch, callee: Callee, tried: Tried) -> int:
        with self._open() as store:
            store.keys += 1
            campaign.part(batch, [callee], store.keys, 0.0)
        new = campaign.batches[campaign.batches.index(batch) + 1]
        new.attempt, new.account, new.began, new.ended = tried.number, tried.account, tried.began, tried.ended
        callee.state, callee.answer = IN_DOUBT, (None, None, None)
        callee.account, callee.attempt = tried.account, tried.number
        callee.time = tried.began if tried.ended is None else tried.ended
        return new.key

    def unseen(self, name: str, batches: Collection[int], until: float) -> int:
        with self._of(name) as campaign:
            noted = [one for one in campaign.having(IN_DOUBT) if one.key in batches and until > (one.unseen or 0)]
            for batch in noted:
                batch.unseen = until
            return len(noted)

    def attempted(self, since: float, until: float) -> Iterator[Attempted]:
        with self._open() as store:
            return iter(
                [
                    Attempted(name, batch.began, batch.ended, [callee.result() for callee in rung])
                    for name, campaign in store.campaigns.items()
                    for batch in (*campaign.batches, *campaign.released)
                    if (rung := [one for one in batch.callees if one.state in (ACCEPTED, IN_DOUBT, SUBMITTING)])
                    and batch.began <= until
                    and (batch.ended is None or batch.ended >= since)
                ]
            )

    if TYPE_CHECKING:

        def _open(self, *, owned: bool = False) -> "AbstractContextManager[Store]": ...

        def _of(self, name: str, *, owned: bool = False) -> "AbstractContextManager[Campaign]": ...


def _told(store: Store, verified: bool) -> list[Call]:
    return [call for call in store.calls.values() if call.verified or not verified]


def _joined(told: Sequence[Call]) -> dict[str, Call]:
    found: dict[str, Call] = {}
    for call in told:
        found[call.call_id] = merge(found.get(call.call_id, call), call)
    return found
