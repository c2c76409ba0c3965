"""How batches change: claimed, settled, put back, split. Each function is part of one transaction.

All callees of a batch share one history. Callees whose state diverges move to a new batch (``root`` is the batch they
were planned in); the others stay where they are.
"""

from collections.abc import Sequence
from sqlite3 import Connection

from voicehub.campaign._ledger.contract import Claim, Suppress
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
    pack,
    pack_callees,
)
from voicehub.campaign._sqlite.rows import Batch, callees_of, find, waiting_of
from voicehub.errors import LedgerError

_LETTERS = (ACCEPTED, REFUSED, IN_DOUBT, SUPPRESSED, CANCELED, MOVED)
_KEEP = (
    "UPDATE batch SET state = ?, accepted = ?, refused = ?, in_doubt = ?, suppressed = ?, canceled = ?, moved = ?"
    " WHERE id = ?"
)


def next_due(db: Connection, name: str, now: float) -> Batch | None:
    """The first due pending batch of a running campaign; the conditions repeat those of two partial indexes."""
    running = f"(SELECT id FROM campaign WHERE name = ? AND state <> '{schema.DRAFT}' AND state = 'running')"  # noqa: S608
    return find(db, f"campaign = {running} AND state = {schema.PENDING} AND not_before <= ? ORDER BY place", name, now)


def cut(
    db: Connection, batch: Batch, most: int | None, suppress: Suppress | None
) -> tuple[Batch, tuple[str, ...] | None]:
    """Cut a pending batch to at most ``most`` callees (``None``: no limit), without suppressed ones.

    Returns the batch to claim and its callees: ``None`` for all of the batch, empty if all are suppressed.
    """
    if batch.open == batch.n and suppress is None and (most is None or batch.n <= most):
        return batch, None
    callees, (columns, waiting) = callees_of(db, batch), waiting_of(db, batch)
    taken, spared, seen = _choose(callees, waiting, most, suppress)
    if not spared and seen == len(waiting):
        return batch, tuple(callees[at] for at in taken)
    columns, part = columns.put(spared, Columns.bare(SUPPRESSED * len(spared))), batch
    if seen < len(waiting):
        part = move(db, batch, [callees[at] for at in taken])
        columns = columns.put(taken, Columns.bare(MOVED * len(taken)))
        db.execute("UPDATE batch SET place = place + ? WHERE id = ?", (seen, batch.id))
    keep(db, batch, columns, open_as=schema.PENDING)
    return part, tuple(callees[at] for at in taken)


def _choose(
    callees: Sequence[str], waiting: Sequence[int], most: int | None, suppress: Suppress | None
) -> tuple[list[int], list[int], int]:
    """The positions to claim and those to suppress, and how many were examined, from the front."""
    most = len(waiting) if most is None else most
    taken: list[int] = []
    spared: list[int] = []
    seen = 0
    while len(taken) < most and seen < len(waiting):
        looked = waiting[seen : seen + most - len(taken)]
        seen += len(looked)
        named = set(suppress([callees[at] for at in looked])) if suppress else set()
        for index, at in enumerate(looked):
            (spared if index in named else taken).append(at)
    return taken, spared, seen


def claim(db: Connection, batch: Batch, account: str, now: float) -> int:
    """The compare-and-set that prevents double calls: pending, due and running, or an error. Returns the attempt."""
    taken = db.execute(
        f"UPDATE batch SET state = {schema.SUBMITTING}, attempt = attempt + 1"  # noqa: S608 - our own words
        f" WHERE id = ? AND state = {schema.PENDING} AND attempt = ? AND not_before <= ?"
        " AND (SELECT state FROM campaign WHERE id = campaign) = 'running'",
        (batch.id, batch.attempt, now),
    )
    if taken.rowcount != 1:
        raise LedgerError(
            f"batch {batch.id} could not be claimed: it is not pending, not due, or its campaign not running"
        )
    db.execute(
        "INSERT INTO attempt (batch, n, state, account, began) VALUES (?, ?, ?, ?, ?)",
        (batch.id, batch.attempt + 1, schema.SUBMITTING, account, now),
    )
    return batch.attempt + 1


def settle(
    db: Connection,
    claim: Claim,
    columns: Columns,
    *,
    packed: bytes | None = None,
    now: float,
    not_before: float,
    why: str | None,
) -> None:
    """Record the results of a claim, one row per callee; ``packed``: ``columns`` as they are stored, if known."""
    if OPEN not in columns.states and _settled_whole(db, claim, columns, packed or pack(columns), now, why):
        return
    batch = find(db, f"id = ? AND state = {schema.SUBMITTING} AND attempt = ?", claim.batch, claim.attempt)
    if batch is None or batch.open != len(columns.states):
        raise LedgerError(f"batch {claim.batch} is not submitting any more (attempt {claim.attempt}); it was settled")
    canceled = "SELECT 1 FROM campaign WHERE id = ? AND state = 'canceled'"
    if OPEN in columns.states and db.execute(canceled, (batch.campaign,)).fetchone():
        columns = columns._replace(states=columns.states.replace(OPEN, CANCELED))
    if OPEN not in columns.states:
        keep(db, batch, _merged(db, batch, columns), ended=now, why=why)
        return
    _end_attempt(db, batch.id, batch.attempt, schema.PENDING, now, why)
    heard = [at for at, state in enumerate(columns.states) if state != OPEN]
    if heard:
        _part(db, batch, columns, heard)
    db.execute(
        f"UPDATE batch SET state = {schema.PENDING}, not_before = ? WHERE id = ?",  # noqa: S608 - our own words
        (not_before, batch.id),
    )


def _settled_whole(db: Connection, claim: Claim, columns: Columns, packed: bytes, now: float, why: str | None) -> bool:
    """Write the results if the whole batch was claimed: the usual case, which needs no read."""
    state, told = _told(columns)
    whole = f" AND state = {schema.SUBMITTING} AND attempt = ? AND n = ? AND open = n"
    if db.execute(_KEEP + whole, (state, *told, claim.batch, claim.attempt, len(columns.states))).rowcount != 1:
        return False
    db.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", (claim.batch, packed))
    _end_attempt(db, claim.batch, claim.attempt, state, now, why)
    return True


def _part(db: Connection, batch: Batch, columns: Columns, heard: Sequence[int]) -> None:
    """Move the callees with a result to a new batch, with the attempt; the others stay in the batch."""
    callees, (before, asked) = callees_of(db, batch), waiting_of(db, batch)
    gone = [asked[at] for at in heard]
    part = move(db, batch, [callees[at] for at in gone])
    db.execute(
        "INSERT INTO attempt SELECT ?, n, ?, account, began, ended, why FROM attempt WHERE batch = ? AND n = ?",
        (part.id, schema.PENDING, batch.id, batch.attempt),
    )
    keep(db, part, columns.pick(heard))
    keep(db, batch, before.put(gone, Columns.bare(MOVED * len(gone))), open_as=schema.PENDING)


def _merged(db: Connection, batch: Batch, columns: Columns) -> Columns:
    if len(columns.states) == batch.n:
        return columns
    before, asked = waiting_of(db, batch)
    return before.put(asked, columns)


def move(db: Connection, batch: Batch, callees: Sequence[str]) -> Batch:
    """A new pending batch for these callees. The caller marks them as moved in the batch they leave."""
    ((made,),) = db.execute(
        "INSERT INTO batch (campaign, root, place, state, attempt, n) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        (batch.campaign, batch.root, batch.place, schema.PENDING, batch.attempt, len(callees)),
    )
    db.execute("INSERT INTO callees VALUES (?, ?)", (made, pack_callees(callees)))
    return batch._replace(id=made, state=schema.PENDING, n=len(callees), open=len(callees))


def keep(
    db: Connection,
    batch: Batch,
    columns: Columns,
    *,
    open_as: int | None = None,
    ended: float | None = None,
    why: str | None = None,
) -> None:
    """Write the results of a batch and its attempt: rows, counts, states; ``open_as``: the state of open callees."""
    state, told = _told(columns)
    state = open_as if open_as is not None and OPEN in columns.states else state
    db.execute(_KEEP, (state, *told, batch.id))
    db.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", (batch.id, pack(columns)))
    if open_as is None:
        ended_as = schema.PENDING if state == schema.CANCELED else state
        _end_attempt(db, batch.id, batch.attempt, ended_as, ended, why)


def _told(columns: Columns) -> tuple[int, list[int]]:
    """The state of a batch without open callees, and its counts by letter."""
    counts = [columns.states.count(letter) for letter in _LETTERS]
    accepted, refused, in_doubt = counts[:3]
    if accepted or (refused and in_doubt):
        return schema.ANSWERED, counts
    return schema.REFUSED if refused else schema.IN_DOUBT if in_doubt else schema.CANCELED, counts


def _end_attempt(db: Connection, batch: int, attempt: int, state: int, ended: float | None, why: str | None) -> None:
    told = "UPDATE attempt SET state = ?, ended = coalesce(?, ended), why = coalesce(?, why) WHERE batch = ? AND n = ?"
    db.execute(told, (state, ended, why, batch, attempt))
