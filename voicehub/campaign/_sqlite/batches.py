"""What happens to batches: claimed, settled, put back, split. Each function is a part of one transaction.

Who stands in one batch has one history. So whoever goes another way moves to a batch of their own (``root`` is the
batch they were planned in), and the others stay in their place.
"""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NamedTuple

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
    unpack,
    unpack_callees,
)
from voicehub.errors import LedgerError

_LETTERS = (ACCEPTED, REFUSED, IN_DOUBT, SUPPRESSED, CANCELED, MOVED)
_FIELDS = "id, campaign, coalesce(root, id), place, state, attempt, n, open"
_KEEP = (
    "UPDATE batch SET state = ?, accepted = ?, refused = ?, in_doubt = ?, suppressed = ?, canceled = ?, moved = ?"
    " WHERE id = ?"
)


class Batch(NamedTuple):
    """The header of a batch."""

    id: int
    campaign: int
    root: int
    place: int
    state: int
    attempt: int
    n: int
    open: int


def find(db: Connection, where: str, *values: object) -> Batch | None:
    """The first batch of which this is true."""
    return next(iter(find_all(db, f"{where} LIMIT 1", *values)), None)


def find_all(db: Connection, where: str, *values: object) -> list[Batch]:
    """Every batch of which this is true."""
    return [Batch(*row) for row in db.execute(f"SELECT {_FIELDS} FROM batch WHERE {where}", values)]  # noqa: S608


def callees_of(db: Connection, batch: int) -> tuple[str, ...]:
    """Everybody who was ever in the batch, in order."""
    ((packed,),) = db.execute("SELECT packed FROM callees WHERE batch = ?", (batch,))
    return unpack_callees(packed)


def columns_of(db: Connection, batch: Batch) -> Columns:
    """What became of them."""
    row = db.execute("SELECT packed FROM results WHERE batch = ?", (batch.id,)).fetchone()
    return Columns.bare(OPEN * batch.n) if row is None else unpack(row[0])


def positions(states: str, letter: str) -> list[int]:
    """Where in the batch this letter stands."""
    return [at for at, state in enumerate(states) if state == letter]


def next_due(db: Connection, name: str, now: float) -> Batch | None:
    """The first pending batch that is due, of a campaign that is running: in the words of both partial indexes."""
    running = f"(SELECT id FROM campaign WHERE name = ? AND state <> '{schema.DRAFT}' AND state = 'running')"  # noqa: S608
    return find(db, f"campaign = {running} AND state = {schema.PENDING} AND not_before <= ? ORDER BY place", name, now)


def cut(db: Connection, batch: Batch, most: int | None, suppress: Suppress | None) -> tuple[Batch, tuple[str, ...]]:
    """Make a pending batch fit: nobody who is suppressed, and no more than ``most``.

    Returns the batch to claim and who is in it; nobody, when all of them are suppressed.
    """
    callees = callees_of(db, batch.id)
    if batch.open == batch.n and suppress is None and (most is None or batch.n <= most):
        return batch, callees
    columns = columns_of(db, batch)
    waiting = positions(columns.states, OPEN)
    taken, spared, seen = _choose(callees, waiting, most, suppress)
    if not spared and seen == len(waiting):
        return batch, tuple(callees[at] for at in taken)
    columns = columns.put(spared, Columns.bare(SUPPRESSED * len(spared)))
    part = batch
    if seen < len(waiting):
        part = move(db, batch, [callees[at] for at in taken])
        columns = columns.put(taken, Columns.bare(MOVED * len(taken)))
        db.execute("UPDATE batch SET place = place + ? WHERE id = ?", (seen, batch.id))
    keep(db, batch, columns, open_as=schema.PENDING)
    return part, tuple(callees[at] for at in taken)


def _choose(
    callees: Sequence[str], waiting: Sequence[int], most: int | None, suppress: Suppress | None
) -> tuple[list[int], list[int], int]:
    """Who is claimed, who is suppressed, and how many were looked at, from the front."""
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
    """The compare-and-set on which everything rests: pending, due and running, or nothing. Returns the attempt."""
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
    """What became of a claim, one row a callee of the claim; ``packed``: the same, ready to be written."""
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
    """Write it, if everybody of the batch was claimed: nearly always so, and nothing has to be read for it."""
    state, told = _told(columns)
    whole = f" AND state = {schema.SUBMITTING} AND attempt = ? AND n = ? AND open = n"
    if db.execute(_KEEP + whole, (state, *told, claim.batch, claim.attempt, len(columns.states))).rowcount != 1:
        return False
    db.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", (claim.batch, packed))
    _end_attempt(db, claim.batch, claim.attempt, state, now, why)
    return True


def _part(db: Connection, batch: Batch, columns: Columns, heard: Sequence[int]) -> None:
    """Who was heard of moves out, with the attempt; the others stay in their place."""
    callees, before = callees_of(db, batch.id), columns_of(db, batch)
    asked = positions(before.states, OPEN)
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
    before = columns_of(db, batch)
    return before.put(positions(before.states, OPEN), columns)


def move(db: Connection, batch: Batch, callees: Sequence[str]) -> Batch:
    """A pending batch of their own for these callees. The caller marks them in the batch they leave."""
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
    """Write what became of a batch and its attempt: rows, counts, states; ``open_as`` is the state of who is open."""
    state, told = _told(columns)
    state = open_as if open_as is not None and OPEN in columns.states else state
    db.execute(_KEEP, (state, *told, batch.id))
    db.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", (batch.id, pack(columns)))
    if open_as is None:
        ended_as = schema.PENDING if state == schema.CANCELED else state
        _end_attempt(db, batch.id, batch.attempt, ended_as, ended, why)


def _told(columns: Columns) -> tuple[int, list[int]]:
    """The state of a batch in which nobody is open, and how many were told what."""
    counts = [columns.states.count(letter) for letter in _LETTERS]
    return _state_of(*counts[:3]), counts


def _state_of(accepted: int, refused: int, in_doubt: int) -> int:
    """The state of a batch in which nobody is open."""
    if accepted or (refused and in_doubt):
        return schema.ANSWERED
    return schema.REFUSED if refused else schema.IN_DOUBT if in_doubt else schema.CANCELED


def _end_attempt(db: Connection, batch: int, attempt: int, state: int, ended: float | None, why: str | None) -> None:
    told = "UPDATE attempt SET state = ?, ended = coalesce(?, ended), why = coalesce(?, why) WHERE batch = ? AND n = ?"
    db.execute(told, (state, ended, why, batch, attempt))
