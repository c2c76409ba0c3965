"""What vendors told of calls, in SQLite: one row a call and a way of knowing, pushed or asked for."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from voicehub.campaign._ledger.calls import Call, is_same, merge
from voicehub.receipt import CallState

_FIELDS = ", ".join(Call._fields)
_STATE, _COST = Call._fields.index("state"), Call._fields.index("cost")
_AT_ONCE = 500  # ids a question, as fewer questions are no faster
_FIND_ALL = f"SELECT {_FIELDS} FROM call WHERE account = ? AND call_id IN"  # noqa: S608 - our own words
_FIND = f"SELECT {_FIELDS} FROM call WHERE account = ? AND call_id = ?"  # noqa: S608 - our own words
_KEEP = f"INSERT OR REPLACE INTO call ({_FIELDS}, changed) VALUES ({', '.join('?' * len(Call._fields))}, ?)"  # noqa: S608
_HEARD = (
    f"SELECT {_FIELDS} FROM call WHERE callee = ? AND reference = ? AND account = ?"  # noqa: S608
    " AND submitted IS NOT NULL AND reference IS NOT NULL ORDER BY call_id"  # in the words of the partial index
)


def hear(db: sqlite3.Connection, told: Sequence[Call], now: float) -> int:
    """Keep what was told; returns of how many calls more is known than before."""
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


def _joined(rows: Iterable[Sequence[Any]]) -> dict[str, Call]:
    found: dict[str, Call] = {}
    for call in map(_call, rows):
        known = found.get(call.call_id)
        found[call.call_id] = call if known is None else merge(call, known)
    return found


def _call(row: Sequence[Any]) -> Call:
    """A row of the table, in whose order the fields of a call are."""
    state, cost, verified = row[_STATE], row[_COST], row[-1]
    amount = None if cost is None else Decimal(cost)
    return Call._make(
        (*row[:_STATE], CallState(state), *row[_STATE + 1 : _COST], amount, *row[_COST + 1 : -1], verified > 0)
    )
