"""`SqliteLedger`: campaigns in one file, by the standard library's SQLite."""

import os
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Any, Self

from voicehub._callees import Canonical
from voicehub.campaign._ledger.contract import CampaignState, Claim, Doubt, Record, Result, Suppress
from voicehub.campaign._sqlite import batches, late, moves, reading, resolving, rows, schema, sweeps
from voicehub.campaign._sqlite.answers import Answers
from voicehub.campaign._sqlite.draft import SqliteDraft
from voicehub.campaign._sqlite.ledger_calls import SqliteCalls
from voicehub.campaign._sqlite.lock import AttemptCount, RunLock
from voicehub.campaign._sqlite.packing import Columns, pack
from voicehub.campaign._sqlite.writer import Writer
from voicehub.errors import LedgerError
from voicehub.receipt import Outcome

#: Batch, attempt, and its callees: as one text, if it is the whole batch.
_Claimed = tuple[int, int, str | tuple[str, ...]]
_NOBODY: _Claimed = (0, 0, ())  # of the batch that was due


class SqliteLedger(SqliteCalls):
    """See `voicehub.campaign.Ledger`. The file is made if it is missing (mode 0600; its folder 0700).

    Beside it stand ``<file>-wal`` and ``<file>-shm`` (parts of it), ``<file>.lock`` (who runs), ``<file>.attempts``
    (how many attempts were made: a ledger older than that is refused), and ``<file>.answers`` during a run, and after
    one whose disk was full: what could not be kept, which the next run settles. Copy and restore them together. Keep it
    on a local disk: a network file system may lose writes. Raises `LedgerError` if this is no ledger, of a newer
    version, or not usable.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            # One file by two names would have two locks.
            self._path = Path(path).expanduser().resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise LedgerError(f"{schema.shown(Path(path))} is no name of a file ({error})") from error
        db = schema.open_ledger(self._path)
        with schema.explained(self._path):
            identity, attempts = schema.counted(db)
        self._counter = AttemptCount(self._path, identity)
        self._answers = Answers(self._path, identity)
        if schema.is_unused(db):
            self._counter.begin(attempts)
        self._writer = Writer(self._path, db, self._counted, self._committed)
        self._held: RunLock | None = None
        self._attempts: int | None = None  # in the ledger we own; the counter follows each commit
        self._claimed = 0  # in the transaction that is open
        self._live: set[tuple[int, int]] = set()  # batch and attempt of claims of ours that are not settled

    def names(self) -> Sequence[str]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            return reading.names(db)

    def record(self, name: str) -> Record:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            return reading.record(db, name)

    def draft(self, name: str, *, now: float) -> SqliteDraft:
        """See `voicehub.campaign.Ledger`."""
        return SqliteDraft(self._writer, name, now)

    def own(self) -> Sequence[Doubt]:
        """See `voicehub.campaign.Ledger`."""
        self._writer.check()
        if self._held is not None:
            return []
        with schema.explained(self._path):
            held = RunLock(self._path)
            try:
                doubts = self._writer.do(self._recover)
                self._answers.empty()
            except BaseException:
                self._answers.close()
                self._counter.close()
                held.release()
                raise
        self._held = held
        return doubts

    def _recover(self, db: Connection) -> Sequence[Doubt]:
        _, attempts = schema.counted(db)
        self._counter.check(attempts)
        self._answers.open()
        self._answers.settle(db)
        lost = sweeps.lose(db)
        self._attempts = attempts
        found = set(lost)
        return [doubt for doubt in reading.doubts(db, "1", ()) if doubt.batch in found]

    def change(self, name: str, state: CampaignState, *, now: float) -> CampaignState:
        """See `voicehub.campaign.Ledger`."""
        return self._writer.do(lambda db: moves.change(db, name, CampaignState(state), now))

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
        """See `voicehub.campaign.Ledger`."""
        self._owned()
        if most is not None and most < 1:
            raise ValueError(f"most is {most}; a claim is of one callee or more")
        change = partial(
            self._claim, name=name, account=account, most=most, now=now, suppress=suppress, verified=verified
        )
        claimed: _Claimed | None = _NOBODY
        while claimed is _NOBODY:  # everybody was suppressed, or somebody's call told of: what is next?
            claimed = self._writer.do(change, undoable=False)
        if claimed is None:
            return None
        batch, attempt, callees = claimed
        self._live.add((batch, attempt))
        # Split here, because whoever waits for the disk waits for the writer.
        return Claim(batch, attempt, Canonical.of(callees) if isinstance(callees, str) else callees)

    def _claim(
        self,
        db: Connection,
        name: str,
        account: str,
        most: int | None,
        now: float,
        suppress: Suppress | None,
        verified: Collection[str],
    ) -> "_Claimed | None":
        """One batch; ``None``: none is due."""
        batch = batches.next_due(db, name, now)
        if batch is None:
            reading.campaign_of(db, name)  # there is one of this name, or it raises
            return None
        if batch.attempt and late.settle(db, batch, verified, now):
            return _NOBODY
        part, callees = batches.cut(db, batch, most, suppress)
        if callees == ():
            return _NOBODY
        claimed = rows.digits_in(db, part) if callees is None else callees
        attempt = batches.claim(db, part, account, now)
        self._claimed += 1
        return part.id, attempt, claimed

    def settle(
        self, claim: Claim, outcomes: Sequence[Outcome], *, now: float, not_before: float = 0.0, why: str | None = None
    ) -> None:
        """See `voicehub.campaign.Ledger`."""
        if self._held is None:
            self._owned()
        columns = Columns.of(claim.callees, outcomes)
        try:
            self._live.remove((claim.batch, claim.attempt))  # one of those who settle at the same time gets it
        except KeyError:
            raise LedgerError(f"{claim!r} is not submitting any more, or is not a claim of this run") from None
        told: dict[str, Any] = {"now": now, "not_before": not_before, "why": why}
        packed = pack(columns)  # here, as they are unpacked in a claim
        change = partial(batches.settle, claim=claim, columns=columns, packed=packed, **told)
        self._writer.post(change, lost=partial(self._answers.keep, claim, columns, **told))

    def flush(self) -> None:
        """See `voicehub.campaign.Ledger`."""
        self._writer.do(lambda _: None)

    def next_due(self, name: str) -> float | None:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            campaign, _ = reading.campaign_of(db, name)
            return reading.next_due(db, campaign)

    def expire(self, name: str, *, now: float) -> int:
        """See `voicehub.campaign.Ledger`."""
        return self._writer.do(lambda db: moves.expire(db, name, now))

    def doubts(self, name: str) -> Sequence[Doubt]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            campaign, _ = reading.campaign_of(db, name)
            return list(reading.doubts(db, "b.campaign = ?", (campaign,)))

    def results(self, name: str) -> Iterator[Result]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            campaign, _ = reading.campaign_of(db, name)
            yield from reading.results(db, campaign)

    def phoned_since(self, since: float, *, other_than: str) -> Iterator[Sequence[str]]:
        """See `voicehub.campaign.Ledger`."""
        with self._reading() as db:
            yield from reading.phoned_since(db, since, other_than)
            yield from resolving.released_since(db, since, other_than)

    def close(self) -> None:
        """See `voicehub.campaign.Ledger`."""
        self._writer.close()
        self._answers.close()
        self._counter.close()
        held, self._held = self._held, None
        if held is not None:
            held.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _owned(self) -> None:
        self._writer.check()  # what is closed says so, and not that it is nobody's
        if self._held is None:
            raise LedgerError(f"the ledger {schema.shown(self._path)} is not held by this run; own() comes first")

    def _counted(self, db: Connection) -> None:
        """Count the attempts of a transaction, in it."""
        if not self._claimed:
            return
        told = "UPDATE ledger SET attempts = attempts + ? RETURNING attempts"
        ((attempts,),) = db.execute(told, (self._claimed,))
        if self._attempts is None or attempts != self._attempts + self._claimed:
            raise LedgerError(f"the ledger {schema.shown(self._path)} was overwritten while it was in use")
        self._attempts, self._claimed = attempts, 0

    def _committed(self) -> None:
        if self._attempts is not None:
            self._counter.write(self._attempts)
