"""What vendors reported of calls, in SQLite: for each call one row for what was pushed, one for what was asked for."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from voicehub.campaign._ledger.calls import Call, is_same, merge
from voicehub.campaign._ledger.words import damaged
from voicehub.campaign._sqlite.packing import CANCELED, unpack_ids
from voicehub.receipt import CallState

_FIELDS = ", ".join(Call._fields)
_STATE, _COST = Call._fields.index("state"), Call._fields.index("cost")
_AT_ONCE = 500  # ids a question, and batches: as fewer of them are no faster
_FIND_ALL = f"SELECT {_FIELDS} FROM call WHERE account = ? AND call_id IN"  # noqa: S608 - our own words
_FIND = f"SELECT {_FIELDS} FROM call WHERE account = ? AND call_id = ?"  # noqa: S608 - our own words
_KEEP = f"INSERT OR REPLACE INTO call ({_FIELDS}, changed) VALUES ({', '.join('?' * len(Call._fields))}, ?)"  # noqa: S608
_AT_HAND = 200_000  # calls of which the states are held in memory at once
#: The state of each call of an account; none where what was pushed and what was asked for differ.
_STATES = "SELECT call_id, CASE min(state) WHEN max(state) THEN state END FROM call WHERE account = ?"
_ANSWERS = (
    "SELECT r.packed FROM batch b JOIN results r ON r.batch = b.id"
    " JOIN attempt a ON a.batch = b.id AND a.n = b.attempt WHERE b.campaign = ? AND a.account = ?"
)
_HEARD = (
    f"SELECT {_FIELDS} FROM call WHERE callee = ? AND reference = ? AND account = ?"  # noqa: S608
    " AND submitted IS NOT NULL AND reference IS NOT NULL ORDER BY call_id"  # in the words of the partial index
)


def hear(db: sqlite3.Connection, told: Sequence[Call], now: float) -> int:
    """Store these reports; returns the number of calls of which more is known than before."""
    return sum(_keep(db, call, now) for call in told)


def _keep(db: sqlite3.Connection, call: Call, now: float) -> bool:
    row = db.execute(f"{_FIND} AND verified = ?", (call.account, call.call_id, call.verified)).fetchone()
    known = None if row is None else _call(row)
    merged = merge(call, call if known is None else known)
    if is_same(merged, known):
        return False
    cost = None if merged.cost is None else str(merged.cost)
    db.execute(_KEEP, (*merged._replace(cost=cost, state=merged.state.value), now))  # type: ignore[arg-type]
    return True


def has_heard(db: sqlite3.Connection, account: str) -> bool:
    """Whether anything was told of any call of this account."""
    return db.execute("SELECT 1 FROM call WHERE account = ? LIMIT 1", (account,)).fetchone() is not None


def calls(db: sqlite3.Connection, account: str, ids: Collection[str], *, verified: bool) -> dict[str, Call]:
    """What is known of these calls, by their ids."""
    found: dict[str, Call] = {}
    each, only = iter(ids), " AND verified" if verified else ""
    while some := list(islice(each, _AT_ONCE)):
        rows = db.execute(f"{_FIND_ALL} ({', '.join('?' * len(some))}){only}", (account, *some))
        found |= _joined(rows)
    return found


def heard(
    db: sqlite3.Connection, account: str, reference: str, callees: Collection[str], *, verified: bool
) -> list[Call]:
    """The calls to these callees that carry this reference."""
    rows = (row for each in callees for row in db.execute(_HEARD, (each, reference, account)))
    found = _joined(row for row in rows if row[-1] or not verified)
    return list(found.values())


def call_states(db: sqlite3.Connection, campaign: int, verified: Collection[str]) -> dict[CallState, int]:
    """How many calls of the campaign are in which state."""
    counts: Counter[str] = Counter()
    for (account,) in db.execute("SELECT DISTINCT account FROM call"):
        for known in _states(db, account, only_verified=account in verified):
            rows = (packed for (packed,) in db.execute(_ANSWERS, (campaign, account)))
            while some := list(islice(rows, _AT_ONCE)):
                counts.update([known[one] for one in _ids(some) if one in known])
    return {_state(word): count for word, count in counts.items()}


def _states(db: sqlite3.Connection, account: str, *, only_verified: bool) -> Iterator[dict[str | None, str]]:
    """The states of this account's calls by their ids, at most ``_AT_HAND`` at a time."""
    rows = db.execute(f"{_STATES}{' AND verified' if only_verified else ''} GROUP BY call_id", (account,))
    while some := dict(islice(rows, _AT_HAND)):
        unclear = [call_id for call_id, state in some.items() if state is None]
        merged = calls(db, account, unclear, verified=only_verified)
        yield some | {call_id: call.state.value for call_id, call in merged.items()}


def _ids(batches: Sequence[bytes]) -> Iterator[str | None]:
    """The call ids of these batches, without those of callees put back when the campaign was canceled."""
    for states, ids in unpack_ids(batches):
        if CANCELED in states:
            yield from [one for state, one in zip(states, ids, strict=True) if state != CANCELED]
        else:
            yield from ids


def _joined(rows: Iterable[Sequence[Any]]) -> dict[str, Call]:
    found: dict[str, Call] = {}
    for call in map(_call, rows):
        known = found.get(call.call_id)
        found[call.call_id] = call if known is None else merge(call, known)
    return found


def _call(row: Sequence[Any]) -> Call:
    """The call in a row of the table, whose columns are in the order of `Call`'s fields."""
    state, cost, verified = row[_STATE], row[_COST], row[-1]
    try:
        amount = None if cost is None else Decimal(cost)
    except ArithmeticError as error:
        raise damaged("the cost of a call is no number") from error
    return Call._make(
        (*row[:_STATE], _state(state), *row[_STATE + 1 : _COST], amount, *row[_COST + 1 : -1], verified > 0)
    )


def _state(word: str) -> CallState:
    try:
        return CallState(word)
    except ValueError as error:
        raise damaged("a call is in a state that is none") from error
