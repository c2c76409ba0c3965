"""Late reports, in SQLite: a callee whose call of an earlier attempt was reported meanwhile is not attempted again.

A release, and an answer that no call was placed, are only as good as what was known then. Only batches attempted before
are looked at, and their attempts only if a reported call may be theirs.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import chain
from sqlite3 import Connection
from typing import NamedTuple

from voicehub.campaign._doubts.matching import Doubted, judge, of_attempt, of_doubt
from voicehub.campaign._ledger.contract import Attempted, Doubt, Placed
from voicehub.campaign._ledger.words import reference_of
from voicehub.campaign._sqlite import evidence, hearing, reading, resolving, schema
from voicehub.campaign._sqlite.batches import keep, move
from voicehub.campaign._sqlite.packing import IN_DOUBT, MOVED, OPEN, Columns, unpack_callees
from voicehub.campaign._sqlite.rows import (
    Batch,
    callees_of,
    check_times,
    columns_of,
    document_of,
    find_all,
    positions,
)

_TOLD = (
    "SELECT 1 FROM call WHERE callee = ? AND reference = ?"
    " AND submitted IS NOT NULL AND reference IS NOT NULL LIMIT 1"  # in the words of the partial index
)
#: Attempts of everybody planned in one batch, the last one first. Who moved on left others behind, who may have been
#: attempted as often since: of the same number the attempt of the youngest batch a callee was in is theirs.
_ATTEMPTS = (
    "SELECT a.batch, a.n, a.account, a.began, a.ended, c.packed, a.n = b.attempt AND EXISTS"
    " (SELECT 1 FROM audit WHERE audit.batch = b.id AND decision = 'released')"
    " FROM batch b JOIN attempt a ON a.batch = b.id JOIN callees c ON c.batch = b.id"
    " WHERE (b.id = ?1 OR b.root = ?1) AND a.n <= ?2 ORDER BY a.n DESC, b.id DESC"
)
_WHY = "a call of this attempt was reported after the callee was released or put back"


class _Earlier(NamedTuple):
    """An earlier attempt, and the pending callees in it; ``released``: it was in doubt, else it was put back."""

    batch: int
    attempt: int
    account: str
    began: float
    ended: float | None
    callees: Sequence[str]
    released: bool

    def doubted(self) -> list[Doubted]:
        """These callees, for `judge`: a call may prove that this attempt phoned them."""
        if not self.released:
            return of_attempt(self.batch, self.attempt, self.callees, self.began, self.ended)
        doubt = Doubt(self.batch, self.attempt, self.account, self.began, len(self.callees), None, self.ended)
        return list(of_doubt(doubt, self.callees))


class _Look(NamedTuple):
    """Looks at the reports about a campaign's callees; ``verified``: accounts for which only verified reports count."""

    db: Connection
    reference: str
    is_rival: Callable[[str], bool]
    verified: Collection[str]

    def phoned(self, earlier: _Earlier) -> tuple[set[str], Sequence[Placed]]:
        """Callees who must not be attempted again because a call was reported, and the evidence that counts."""
        sure = self._judged(earlier, only_verified=earlier.account in self.verified)
        return {one.callee for one in (*sure, *self._judged(earlier, only_verified=False))}, sure

    def _judged(self, earlier: _Earlier, *, only_verified: bool) -> Sequence[Placed]:
        account, callees = earlier.account, earlier.callees
        heard = hearing.heard(self.db, account, self.reference, callees, verified=only_verified)
        return judge(earlier.doubted(), heard, self._under_way, self.is_rival).placed

    def _under_way(self, since: float, until: float) -> Iterator[Attempted]:
        return chain(reading.attempted(self.db, since, until), resolving.released(self.db, since, until))


def settle(db: Connection, batch: Batch, verified: Collection[str], now: float) -> bool:
    """Take callees whose call was reported out of a pending batch; returns whether there were any."""
    ((name, document),) = db.execute("SELECT name, document FROM campaign WHERE id = ?", (batch.campaign,))
    reference = reference_of(document_of(document))
    if reference is None:
        return False
    callees = callees_of(db, batch)
    waiting = (callees[at] for at in positions(columns_of(db, batch).states, OPEN))
    left = {callee for callee in waiting if db.execute(_TOLD, (callee, reference)).fetchone()}
    look = _Look(db, reference, _rivals(db, name, reference), verified)
    found: list[tuple[_Earlier, set[str], Sequence[Placed]]] = []
    for earlier in _attempts(db, batch, left) if left else ():
        phoned, sure = look.phoned(earlier._replace(callees=[one for one in earlier.callees if one in left]))
        if phoned:
            left -= phoned
            found.append((earlier, phoned, sure))
    for earlier, phoned, sure in found:
        part, told = _doubt_again(db, batch, earlier, phoned)
        evidence.audit(db, part, told, "held", evidence.WHO, _WHY, now)
        evidence.place_in(db, part.campaign, part.id, {one.callee: one for one in sure}, now)
    return bool(found)


def settle_all(db: Connection, campaign: int, now: float) -> None:
    """The same for all pending callees, before they are canceled; only what vendors were asked for counts."""
    waiting = find_all(db, f"campaign = ? AND state = {schema.PENDING} AND attempt > 0", campaign)
    every = [account for (account,) in db.execute("SELECT DISTINCT account FROM call")] if waiting else []
    for batch in waiting:
        settle(db, batch, every, now)


def _attempts(db: Connection, batch: Batch, callees: Collection[str]) -> list[_Earlier]:
    """The earlier attempts of these callees, each attempt of each callee once."""
    found: list[_Earlier] = []
    seen: set[tuple[int, str]] = set()
    for key, attempt, account, began, ended, packed, released in db.execute(_ATTEMPTS, (batch.root, batch.attempt)):
        check_times(began, ended)
        mine = [one for one in unpack_callees(packed) if one in callees and (attempt, one) not in seen]
        seen.update((attempt, one) for one in mine)
        found.append(_Earlier(key, attempt, account, began, ended, mine, released > 0))
    return found


def _rivals(db: Connection, name: str, reference: str) -> Callable[[str], bool]:
    @cache
    def is_rival(other: str) -> bool:
        return other != name and reference_of(reading.record(db, other).document) == reference

    return is_rival


def _doubt_again(db: Connection, batch: Batch, earlier: _Earlier, phoned: Collection[str]) -> tuple[Batch, list[str]]:
    """Put these callees in doubt at that attempt, in a batch of their own; returns the batch and its callees."""
    callees, columns = callees_of(db, batch), columns_of(db, batch)
    gone = [at for at, callee in enumerate(callees) if callee in phoned]
    told = [callees[at] for at in gone]
    part = move(db, batch._replace(attempt=earlier.attempt), told)
    db.execute(
        "INSERT INTO attempt SELECT ?, n, ?, account, began, ended, why FROM attempt WHERE batch = ? AND n = ?",
        (part.id, schema.PENDING, earlier.batch, earlier.attempt),
    )
    keep(db, part, Columns.bare(IN_DOUBT * len(gone)))
    keep(db, batch, columns.put(gone, Columns.bare(MOVED * len(gone))), open_as=schema.PENDING)
    return part, told
