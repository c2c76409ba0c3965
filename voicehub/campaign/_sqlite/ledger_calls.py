"""The half of `SqliteLedger` that hears of calls, and of doubts: settled by what it heard, or by a person."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection

from voicehub.campaign._ledger.calls import Call, Placed
from voicehub.campaign._ledger.words import Attempted, Decision, Doubt
from voicehub.campaign._sqlite import evidence, hearing, reading, resolving
from voicehub.campaign._sqlite.writer import Writer
from voicehub.receipt import CallState


class SqliteCalls:
    """See `voicehub.campaign.Ledger`, also for each verb."""

    _path: Path
    _writer: Writer

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        """See `voicehub.campaign.Ledger`. Those who call it at the same time wait for the disk together."""
        told = tuple(calls)
        return self._writer.do(lambda db: hearing.hear(db, told, now))

    def has_heard(self, account: str) -> bool:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            return hearing.has_heard(db, account)

    def calls(self, account: str, ids: Collection[str], *, verified: bool = False) -> Mapping[str, Call]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            return hearing.calls(db, account, ids, verified=verified)

    def heard(
        self, account: str, reference: str, callees: Collection[str], *, verified: bool = False
    ) -> Sequence[Call]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            return hearing.heard(db, account, reference, callees, verified=verified)

    def call_states(self, name: str, *, verified: Collection[str] = ()) -> Mapping[CallState, int]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            campaign, _ = reading.campaign_of(db, name)
            return hearing.call_states(db, campaign, verified)

    def place(self, name: str, found: Sequence[Placed], *, now: float) -> int:
        """See `voicehub.campaign.Ledger`."""
        return self._writer.do(lambda db: evidence.place(db, name, found, now))

    def unseen(self, name: str, batches: Collection[int], until: float) -> int:
        """See `voicehub.campaign.Ledger`."""
        return self._writer.do(lambda db: evidence.unseen(db, name, batches, until))

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
        """See `voicehub.campaign.Ledger`."""
        if (callees is None) == (batch is None):
            raise ValueError("resolve takes either callees or a batch")
        word = resolving.Word(decision, who, why, now)
        chosen = None if callees is None else set(callees)
        return self._writer.do(lambda db: resolving.resolve(db, name, word, chosen, batch))

    def doubted(self, name: str) -> Iterator[tuple[Doubt, Sequence[str]]]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            campaign, _ = reading.campaign_of(db, name)
            yield from reading.doubted(db, campaign)

    def attempted(self, since: float, until: float) -> Iterator[Attempted]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            yield from reading.attempted(db, since, until)
            yield from resolving.released(db, since, until)

    def _reading(self) -> AbstractContextManager[Connection]:
        """What is read shows every change that was asked for before."""
        self._writer.settled()
        return reading.reading(self._path)
