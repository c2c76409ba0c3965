"""What is read of a ledger, beside whoever writes it: each on a connection of its own, as the ledger stood then."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

from voicehub.campaign._ledger.contract import Attempted, CalleeState, CampaignState, Counts, Doubt, Record, Result
from voicehub.campaign._ledger.words import damaged
from voicehub.campaign._sqlite import schema
from voicehub.campaign._sqlite.packing import (
    ACCEPTED,
    CANCELED,
    IN_DOUBT,
    MOVED,
    OPEN,
    REFUSED,
    SUPPRESSED,
    Columns,
    unpack,
    unpack_callees,
)
from voicehub.campaign._sqlite.rows import check_times, document_of, state_of
from voicehub.errors import LedgerError

_MEANT = {
    ACCEPTED: CalleeState.ACCEPTED,
    REFUSED: CalleeState.REFUSED,
    IN_DOUBT: CalleeState.IN_DOUBT,
    SUPPRESSED: CalleeState.SUPPRESSED,
    CANCELED: CalleeState.CANCELED,
}
_OPEN_MEANT = {
    schema.PENDING: CalleeState.PENDING,
    schema.SUBMITTING: CalleeState.SUBMITTING,
    schema.IN_DOUBT: CalleeState.IN_DOUBT,
    schema.CANCELED: CalleeState.CANCELED,
}
_ATTEMPTED = frozenset({CalleeState.ACCEPTED, CalleeState.REFUSED, CalleeState.IN_DOUBT, CalleeState.SUBMITTING})
_MAY_HAVE_RUNG = _ATTEMPTED - {CalleeState.REFUSED}
_COUNTS = (
    f"SELECT total(CASE state WHEN {schema.PENDING} THEN open END),"  # noqa: S608 - our own words
    f" total(CASE state WHEN {schema.SUBMITTING} THEN open END),"
    " total(accepted), total(refused), total(in_doubt), total(suppressed), total(canceled)"
    " FROM batch WHERE campaign = ?"
)
_ROWS = (
    "SELECT b.id, b.n, b.state, b.moved, b.attempt, a.account, coalesce(a.ended, a.began), c.packed, r.packed"
    " FROM batch b LEFT JOIN callees c ON c.batch = b.id LEFT JOIN results r ON r.batch = b.id"
    " LEFT JOIN attempt a ON a.batch = b.id AND a.n = b.attempt"
)
#: Attempts by which somebody may have been phoned, the last one of each batch.
_LIVE = (
    "SELECT b.id, campaign.name, a.began, a.ended FROM attempt a"  # noqa: S608 - our own words
    " CROSS JOIN batch b ON b.id = a.batch AND b.attempt = a.n CROSS JOIN campaign ON campaign.id = b.campaign"
    f" WHERE {schema.live('a.state')}"
)
_UNDER_WAY = f"{_LIVE} AND a.ended IS NULL AND a.began <= ?2 UNION ALL {_LIVE} AND a.ended >= ?1 AND a.began <= ?2"
_PHONED = (
    f"{_LIVE} AND a.ended IS NULL AND a.began >= ?1 AND campaign.name <> ?2"
    f" UNION ALL {_LIVE} AND a.ended >= ?1 AND campaign.name <> ?2"
)
_NAMED = f"SELECT id, state FROM campaign WHERE name = ? AND state <> '{schema.DRAFT}'"  # noqa: S608
_DUE = (
    "SELECT min(not_before) FROM batch INDEXED BY batch_todo"  # noqa: S608
    f" WHERE campaign = ? AND state = {schema.PENDING}"
)
_result = partial(tuple.__new__, Result)  # a million of them are made in a second


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads, and sees one moment."""
    with schema.explained(path), contextlib.closing(schema.connect(path)) as db:
        db.execute("PRAGMA query_only = ON")
        db.execute("BEGIN")
        yield db


def campaign_of(db: sqlite3.Connection, name: str) -> tuple[int, CampaignState]:
    """The campaign's key and state. Raises `LedgerError` for a name nobody planned."""
    row = db.execute(_NAMED, (name,)).fetchone()
    if row is None:
        raise LedgerError(
            f"the ledger has no campaign {name!r}; it has {', '.join(map(repr, names(db))) or 'none yet'}"
        )
    return row[0], state_of(row[1])


def names(db: sqlite3.Connection) -> list[str]:
    """The campaigns that are kept, oldest first."""
    return [name for (name,) in db.execute("SELECT name FROM campaign WHERE state <> ? ORDER BY id", (schema.DRAFT,))]


def counts(db: sqlite3.Connection, campaign: int) -> Counts:
    """The number of callees by state."""
    (row,) = db.execute(_COUNTS, (campaign,))
    return Counts(*map(int, row))


def next_due(db: sqlite3.Connection, campaign: int) -> float | None:
    """When the first pending batch may be claimed; ``None``: nobody is pending."""
    ((due,),) = db.execute(_DUE, (campaign,))
    return None if due is None else float(due)


def record(db: sqlite3.Connection, name: str) -> Record:
    """The campaign, as of now."""
    campaign, state = campaign_of(db, name)
    ((document, attachment, created),) = db.execute(
        "SELECT document, attachment, created FROM campaign WHERE id = ?", (campaign,)
    )
    return Record(name, state, counts(db, campaign), document_of(document), attachment, created)


def doubts(db: sqlite3.Connection, where: str, values: Sequence[object]) -> Iterator[Doubt]:
    """The batches with callees in doubt that meet this SQL condition."""
    rows = db.execute(
        "SELECT b.id, a.n, a.account, a.began, b.in_doubt, a.why, a.ended, u.until FROM batch b"  # noqa: S608 - our own
        f" JOIN attempt a ON a.batch = b.id AND a.n = b.attempt LEFT JOIN unseen u ON u.batch = b.id"
        f" WHERE b.in_doubt > 0 AND {where} ORDER BY b.place, b.id",
        values,
    )
    for row in rows:
        doubt = Doubt(*row)
        check_times(doubt.began, doubt.ended, doubt.unseen_until)
        yield doubt


def doubted(db: sqlite3.Connection, campaign: int) -> Iterator[tuple[Doubt, list[str]]]:
    """The batches with callees in doubt, each with those."""
    for doubt in doubts(db, "b.campaign = ?", (campaign,)):
        (row,) = db.execute(f"{_ROWS} WHERE b.id = ?", (doubt.batch,))
        yield doubt, [result.callee for result in _told(row) if result.state is CalleeState.IN_DOUBT]


def attempted(db: sqlite3.Connection, since: float, until: float) -> Iterator[Attempted]:
    """Callees who may have been phoned between these times, batch by batch."""
    for batch, name, began, ended in db.execute(_UNDER_WAY, (since, until)):
        check_times(began, ended)
        yield Attempted(name, began, ended, _rung(db, batch))


def results(db: sqlite3.Connection, campaign: int) -> Iterator[Result]:
    """Every callee once, in input order."""
    for row in db.execute(f"{_ROWS} WHERE b.campaign = ? AND b.root IS NULL ORDER BY b.id", (campaign,)):
        batch, moved = row[0], row[3]
        if not moved:
            yield from _told(row)
            continue
        # Who moved on stands in one of the batches that came of this one, and each callee is in a campaign once.
        elsewhere: dict[str, Result] = {}
        for part in db.execute(f"{_ROWS} WHERE b.root = ? ORDER BY b.id", (batch,)):
            elsewhere |= {result.callee: result for result in _told(part) if result.state is not None}
        for result in _told(row):
            found = result if result.state is not None else elsewhere.get(result.callee)
            if found is None:
                raise damaged("a callee moved to another batch and is in none")
            yield found


def _told(row: Sequence[Any]) -> Iterator[Any]:
    """The results of one batch; whoever moved on has no state here."""
    _, count, state, _, attempt, account, when, packed, outcome = row
    check_times(when)
    callees = unpack_callees(packed or b"")
    nothing = repeat(None)
    attempted, never = (account, attempt, when), (None, 0, None)
    open_meant = _OPEN_MEANT.get(state)
    letters, *words = Columns.bare(OPEN * count) if outcome is None else unpack(outcome)
    if not len(callees) == len(letters) == count or (open_meant is None and OPEN in letters):
        raise damaged("the callees of a batch, its results and its state do not fit together")
    if outcome is None:
        said = map(repeat, attempted if open_meant in _ATTEMPTED else never)
        return map(_result, zip(callees, repeat(open_meant), nothing, nothing, nothing, *said))
    meant = {**_MEANT, OPEN: open_meant, MOVED: None}
    states = list(map(meant.__getitem__, letters))
    if _ATTEMPTED.issuperset(states):
        return map(_result, zip(callees, states, *words, *map(repeat, attempted), strict=False))  # some repeat for ever
    rows = zip(callees, states, *words, strict=True)
    return (_result((*row, *(attempted if row[1] in _ATTEMPTED else never))) for row in rows)


def phoned_since(db: sqlite3.Connection, since: float, other_than: str) -> Iterator[list[str]]:
    """Callees of other campaigns that may have been phoned since then, a batch at a time."""
    for batch, *_ in db.execute(_PHONED, (since, other_than)):
        yield [result.callee for result in _rung(db, batch)]


def _rung(db: sqlite3.Connection, batch: int) -> list[Result]:
    """The results of a batch's callees whose phone may have rung."""
    (row,) = db.execute(f"{_ROWS} WHERE b.id = ?", (batch,))
    return [result for result in _told(row) if result.state in _MAY_HAVE_RUNG]
