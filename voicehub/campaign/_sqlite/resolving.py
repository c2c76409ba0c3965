"""A named person's decision on doubts: all of it is applied, or nothing; who decided is kept."""

import math
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from voicehub._masking import mask_number
from voicehub.campaign._ledger.contract import Attempted, CalleeState, CampaignState, Decision, Result
from voicehub.campaign._sqlite.batches import keep, move
from voicehub.campaign._sqlite.evidence import audit
from voicehub.campaign._sqlite.packing import ACCEPTED, IN_DOUBT, MOVED, OPEN, Columns, unpack_callees
from voicehub.campaign._sqlite.reading import campaign_of
from voicehub.campaign._sqlite.rows import Batch, callees_of, check_times, columns_of, find, find_all
from voicehub.errors import LedgerError

_NAMED = 3  # callees in an error
# The batch they left is attempted by nobody any more, so its last attempt is the one that was doubted.
_RELEASED = (
    "SELECT campaign.name, a.began, a.ended, a.account, a.n, audit.callees FROM audit"
    " JOIN campaign ON campaign.id = audit.campaign JOIN batch b ON b.id = audit.batch"
    " JOIN attempt a ON a.batch = b.id AND a.n = b.attempt"
    " WHERE audit.decision = 'released' AND a.began <= ? AND (a.ended IS NULL OR a.ended >= ?)"
)


class Word(NamedTuple):
    """Who decided what, why and when."""

    decision: Decision
    who: str
    why: str
    now: float


def resolve(db: sqlite3.Connection, name: str, word: Word, callees: Collection[str] | None, batch: int | None) -> int:
    """Decide on these callees, or on one batch; returns how many it moved."""
    campaign, state = campaign_of(db, name)
    if word.decision == "released" and state is CampaignState.CANCELED:
        raise LedgerError(f"campaign {name!r} is canceled and phones nobody any more; decide placed or held")
    doubted = _in_batch(db, campaign, batch) if batch is not None else _among(db, campaign, set(callees or ()))
    moved = sum(_decide(db, *each, word) for each in doubted)
    if word.decision == "released" and moved and state is CampaignState.COMPLETED:
        db.execute(
            "UPDATE campaign SET state = ?, changed = ? WHERE id = ?", (CampaignState.PAUSED, word.now, campaign)
        )
    return moved


def released(db: sqlite3.Connection, since: float, until: float) -> Iterator[Attempted]:
    """Callees released from a doubt about an attempt of that time, listed as in doubt: a decision undoes no call."""
    for name, began, ended, account, attempt, packed in db.execute(_RELEASED, (until, since)):
        check_times(began, ended)
        told = (None, None, None, account, attempt, began if ended is None else ended)
        doubted = [Result(callee, CalleeState.IN_DOUBT, *told) for callee in unpack_callees(packed)]
        yield Attempted(name, began, ended, doubted)


def released_since(db: sqlite3.Connection, since: float, other_than: str) -> Iterator[list[str]]:
    """The same, of attempts of other campaigns since then."""
    for one in released(db, since, math.inf):
        if one.campaign != other_than and (one.began if one.ended is None else one.ended) >= since:
            yield [result.callee for result in one.results]


def _in_batch(
    db: sqlite3.Connection, campaign: int, batch: int
) -> Sequence[tuple[Batch, Sequence[str], Columns, list[int]]]:
    found = find(db, "id = ? AND campaign = ? AND in_doubt > 0", batch, campaign)
    if found is None:
        raise LedgerError(f"batch {batch} of this campaign has nobody in doubt; status lists those that have")
    callees, columns = callees_of(db, found), _explicit(db, found)
    return [(found, callees, columns, [at for at, state in enumerate(columns.states) if state == IN_DOUBT])]


def _among(
    db: sqlite3.Connection, campaign: int, wanted: set[str]
) -> Sequence[tuple[Batch, Sequence[str], Columns, list[int]]]:
    found = []
    for batch, callees in _doubted(db, campaign):
        if wanted.isdisjoint(callees):
            continue
        columns = _explicit(db, batch)
        chosen = [at for at, state in enumerate(columns.states) if state == IN_DOUBT and callees[at] in wanted]
        if chosen:
            found.append((batch, callees, columns, chosen))
            wanted = wanted.difference(callees[at] for at in chosen)
    if wanted:
        some = ", ".join(sorted(map(mask_number, wanted))[:_NAMED])
        told = "1 callee is" if len(wanted) == 1 else f"{len(wanted)} callees are"
        raise LedgerError(f"{told} not in doubt ({some}), so nothing was changed")
    return found


def _doubted(db: sqlite3.Connection, campaign: int) -> Iterator[tuple[Batch, Sequence[str]]]:
    for batch in find_all(db, "campaign = ? AND in_doubt > 0", campaign):
        yield batch, callees_of(db, batch)


def _explicit(db: sqlite3.Connection, batch: Batch) -> Columns:
    """The rows of a batch in which nobody is open: what its state says of them, said of each."""
    columns = columns_of(db, batch)
    return columns._replace(states=columns.states.replace(OPEN, IN_DOUBT))


def _decide(
    db: sqlite3.Connection, batch: Batch, callees: Sequence[str], columns: Columns, chosen: Sequence[int], word: Word
) -> int:
    told = [callees[at] for at in chosen]
    audit(db, batch, told, word.decision, word.who, word.why, word.now)
    if word.decision == "held":
        return 0
    picked = columns.pick(chosen)
    if word.decision == "placed":
        keep(db, batch, columns.put(chosen, picked._replace(states=ACCEPTED * len(chosen))))
    else:
        move(db, batch, told)
        keep(db, batch, columns.put(chosen, Columns.bare(MOVED * len(chosen))))
    return len(chosen)
