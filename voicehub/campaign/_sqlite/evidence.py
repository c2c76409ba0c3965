"""Evidence about doubts, in SQLite: callees whose call was found are accepted; others are noted as unseen."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from voicehub.campaign._ledger.contract import Decision, Placed
from voicehub.campaign._sqlite.batches import keep
from voicehub.campaign._sqlite.packing import ACCEPTED, IN_DOUBT, OPEN, Columns, pack_callees
from voicehub.campaign._sqlite.reading import campaign_of
from voicehub.campaign._sqlite.rows import Batch, callees_of, columns_of, find

WHO = "voicehub"  #: who decides by evidence, in the audit
_WHY = "the vendor told of these calls; see evidence"


def place(db: sqlite3.Connection, name: str, found: Sequence[Placed], now: float) -> int:
    """Accept callees in doubt whose call was found; returns how many."""
    campaign, _ = campaign_of(db, name)
    by_batch = groupby(sorted(found, key=attrgetter("batch")), attrgetter("batch"))
    return sum(place_in(db, campaign, key, {one.callee: one for one in some}, now) for key, some in by_batch)


def place_in(db: sqlite3.Connection, campaign: int, key: int, found: Mapping[str, Placed], now: float) -> int:
    """The same, of one batch, by callee."""
    batch = find(db, "id = ? AND campaign = ? AND in_doubt > 0", key, campaign)
    if batch is None:
        return 0
    callees, columns = callees_of(db, batch), columns_of(db, batch)
    columns = columns._replace(states=columns.states.replace(OPEN, IN_DOUBT))
    chosen = []
    for at, (callee, state) in enumerate(zip(callees, columns.states, strict=True)):
        if state == IN_DOUBT and callee in found and _use_up(db, batch, found[callee], now):
            chosen.append(at)
    if not chosen:
        return 0
    told = [callees[at] for at in chosen]
    audit(db, batch, told, "placed", WHO, _WHY, now)
    placed = Columns.bare(ACCEPTED * len(chosen))._replace(call_ids=[found[callee].call_id for callee in told])
    keep(db, batch, columns.put(chosen, placed))
    return len(chosen)


def audit(
    db: sqlite3.Connection, batch: Batch, callees: Sequence[str], decision: Decision, who: str, why: str, now: float
) -> None:
    """Keep who decided what of these callees."""
    db.execute(
        "INSERT INTO audit (at, who, decision, why, campaign, batch, callees) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (now, who, decision, why, batch.campaign, batch.id, pack_callees(callees)),
    )


def _use_up(db: sqlite3.Connection, batch: Batch, one: Placed, now: float) -> bool:
    """Keep this call as evidence; returns whether it was none before."""
    made = db.execute(
        "INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)",
        (one.account, one.call_id, batch.campaign, batch.id, one.callee, one.submitted, now),
    )
    return made.rowcount == 1


def unseen(db: sqlite3.Connection, name: str, batches: Collection[int], until: float) -> int:
    """Note that until then no vendor had a call of these batches; returns for how many that is new."""
    campaign, _ = campaign_of(db, name)
    doubted = "SELECT id FROM batch WHERE id = ? AND campaign = ? AND in_doubt > 0"
    noted = 0
    for batch in batches:
        noted += db.execute(
            f"INSERT INTO unseen SELECT id, ? FROM ({doubted}) WHERE true"  # noqa: S608 - our own words
            " ON CONFLICT (batch) DO UPDATE SET until = excluded.until WHERE excluded.until > until",
            (until, batch, campaign),
        ).rowcount
    return noted
