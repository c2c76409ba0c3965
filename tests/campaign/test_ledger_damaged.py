"""Rows that are not as they were written: every verb that reads them says so, nobody is claimed, nothing is changed."""

import hashlib
import json
import sqlite3
import zlib
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import ledgers
from voicehub.campaign import CampaignState, Counts, Placed, SqliteLedger
from voicehub.campaign._sqlite.packing import Columns, pack, pack_callees, unpack, unpack_ids
from voicehub.errors import LedgerError

DAMAGED = "^the ledger is damaged: .*; put back the newest whole copy$"
DEEP = "[" * 100_000
HUGE = f'{{"a": {"1" * 5000}}}'
Damage = tuple[str, *tuple[object, ...]]


@pytest.fixture(name="path")
def doubted() -> Path:
    """A paused campaign: batch 1 is in doubt without results, 2 in part accepted, 3 released, and 4 waits."""
    path = ledgers.folder() / "ledger.db"
    with ledgers.running(SqliteLedger(path), batches=4) as ledger:
        claims = [ledgers.take(ledger) for _ in range(3)]
        told = [ledgers.said(claim, "in_doubt") for claim in claims]
        ledger.settle(claims[0], told[0], now=3.0)
        ledger.settle(claims[1], [*ledgers.said(claims[1])[:1], *told[1][1:]], now=3.0)
        ledger.settle(claims[2], told[2], now=3.0)
        ledger.resolve("a", "released", batch=3, who="Ann", why="no record", now=4.0)
        ledger.change("a", CampaignState.PAUSED, now=4.0)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM results WHERE batch = 1")
        db.execute("UPDATE batch SET not_before = 9 WHERE id > 4")
    return path


def damage(path: Path, *statements: Damage) -> bytes:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        for statement, *values in statements:
            db.execute(statement, values)
        return rows(db)


def rows(db: sqlite3.Connection) -> bytes:
    tables = ("ledger", "campaign", "batch", "callees", "results", "attempt", "audit", "evidence", "unseen")
    return repr([db.execute(f"SELECT * FROM {table}").fetchall() for table in tables]).encode()


def verbs(ledger: SqliteLedger) -> dict[str, Callable[[], object]]:
    found = [Placed(2, ledgers.numbers(1, 3)[0], "alerts", "an id", 2.0)]
    return {
        "record": lambda: ledger.record("a"),
        "results": lambda: list(ledger.results("a")),
        "doubts": lambda: ledger.doubts("a"),
        "doubted": lambda: list(ledger.doubted("a")),
        "attempted": lambda: list(ledger.attempted(0.0, 9.0)),
        "phoned": lambda: list(ledger.phoned_since(0.0, other_than="b")),
        "place": lambda: ledger.place("a", found, now=5.0),
        "batch": lambda: ledger.resolve("a", "placed", batch=2, who="w", why="y", now=5.0),
        "callees": lambda: ledger.resolve("a", "placed", callees=ledgers.numbers(1, 3), who="w", why="y", now=5.0),
        "change": lambda: ledger.change("a", CampaignState.CANCELED, now=5.0),
        "states": lambda: ledger.call_states("a"),
        "own": ledger.own,
    }


RESULTS = "results doubted attempted phoned place batch callees"
CASES: dict[str, tuple[Damage, str]] = {
    "results cut": (("UPDATE results SET packed = x'0102' WHERE batch = 2",), RESULTS),
    "no results": (("UPDATE results SET packed = x''",), RESULTS),
    "results of others": (("UPDATE results SET packed = x'030000007b7d5d'",), RESULTS),
    "results deep": (("UPDATE results SET packed = ?", (200_000).to_bytes(4, "little") + b"[" * 200_000), RESULTS),
    "one result more": (("UPDATE results SET packed = ? WHERE batch = 2", pack(Columns.bare("add"))), RESULTS),
    "results gone": (("DELETE FROM results WHERE batch = 2",), RESULTS),
    "callees gone": (("DELETE FROM callees WHERE batch = 2",), RESULTS),
    "callees cut": (("UPDATE callees SET packed = x'a932111000100f'",), RESULTS),
    "callees of nobody": (("UPDATE callees SET packed = x'ff'",), RESULTS),
    "a callee moved to nowhere": (
        ("UPDATE callees SET packed = x'a9300000077a93000007fff0' WHERE batch = 5",),
        "results",
    ),
    "a plan cut": (("UPDATE campaign SET document = '{'",), "record change"),
    "a deep plan": (("UPDATE campaign SET document = ?", DEEP), "record change"),
    "a huge number": (("UPDATE campaign SET document = ?", HUGE), "record change"),
    "a plan that is a list": (("UPDATE campaign SET document = '[]'",), "record change"),
    "a plan of other parts": (("UPDATE campaign SET document = '{\"chain\": 5}'",), "record change"),
    "a plan that lacks a term": (('UPDATE campaign SET document = \'{"terms": ["chain"]}\'',), "record change"),
    "a plan that lacks a part": (("UPDATE campaign SET document = '{\"terms\": []}'",), "record change"),
    "a plan of odd terms": (("UPDATE campaign SET document = '{\"terms\": [[]]}'",), "record change"),
    "an odd state": (
        ("UPDATE campaign SET state = 'weird'",),
        "record results doubts doubted place batch change states",
    ),
    "an odd state of a batch": (("UPDATE batch SET state = 9 WHERE id > 4",), "results"),
    "began late": (("UPDATE attempt SET began = 1e300, ended = NULL",), "results doubts doubted"),
    "began never": (("UPDATE attempt SET began = 9e999, ended = NULL",), "results doubts doubted"),
    "ended never": (("UPDATE attempt SET ended = 9e999",), "results doubts doubted attempted phoned"),
    "unseen until never": (("INSERT INTO unseen VALUES (2, 9e999)",), "doubts doubted"),
    "a released attempt that never ended": (("UPDATE attempt SET ended = 9e999 WHERE batch = 3",), "attempted phoned"),
}


@pytest.mark.parametrize(("statement", "refused"), CASES.values(), ids=CASES)
def test_damage_is_told_by_every_verb_that_reads_it(path: Path, statement: Damage, refused: str) -> None:
    before = damage(path, statement)
    with SqliteLedger(path) as ledger:
        for verb in refused.split():
            with pytest.raises(LedgerError, match=DAMAGED):
                verbs(ledger)[verb]()
    with closing(sqlite3.connect(path)) as db:
        assert rows(db) == before


def lost(path: Path, *statements: Damage) -> SqliteLedger:
    """The ledger running, where batches 4 and 5 wait, and damaged."""
    damage(path, ("UPDATE campaign SET state = 'running'",), *statements)
    ledger = SqliteLedger(path)
    ledger.own()
    return ledger


@pytest.mark.parametrize(
    "statement",
    [
        ("UPDATE callees SET packed = x'ff' WHERE batch >= 4",),
        ("UPDATE callees SET packed = x'a9300000006f' WHERE batch >= 4",),
        ("UPDATE callees SET packed = x'a9f00000006a9f0000007f' WHERE batch >= 4",),
        ("DELETE FROM callees WHERE batch >= 4",),
    ],
)
@pytest.mark.parametrize("most", [None, 1])
def test_who_cannot_be_read_is_not_claimed(path: Path, statement: Damage, most: int | None) -> None:
    with lost(path, statement) as ledger:
        before = ledger.record("a").counts
        for _ in range(2):
            with pytest.raises(LedgerError, match=DAMAGED):
                ledger.claim("a", "alerts", most=most, now=5.0)
        assert ledger.record("a").counts == before


def test_a_callee_who_moved_to_a_batch_that_is_gone_is_missed(path: Path) -> None:
    gone = [(f"DELETE FROM {table} WHERE {key} > 4",) for table, key in (("batch", "id"), ("callees", "batch"))]
    damage(path, *gone)
    with SqliteLedger(path) as ledger, pytest.raises(LedgerError, match="moved to another batch and is in none"):
        list(ledger.results("a"))


def test_results_that_do_not_fit_the_counts_are_not_claimed(path: Path) -> None:
    with lost(path, ("INSERT INTO results VALUES (4, ?)", pack(Columns.bare(".s")))) as ledger:
        with pytest.raises(LedgerError, match=DAMAGED):
            ledger.claim("a", "alerts", most=1, now=5.0)
        assert ledger.record("a").counts.submitting == 0


def test_a_released_callee_with_an_attempt_of_no_time_is_not_claimed(path: Path) -> None:
    document = json.dumps({"announcement": {"reference": "order 42"}})
    tell = "INSERT INTO call (account, call_id, state, callee, reference, submitted, verified, changed)"
    told = f"{tell} VALUES ('alerts', 'x', 'completed', ?, 'order 42', 2, 1, 0)"
    with lost(
        path,
        ("UPDATE campaign SET document = ?", document),
        ("UPDATE batch SET not_before = 99 WHERE id = 4",),
        ("UPDATE attempt SET began = 9e999 WHERE batch = 3",),
        (told, ledgers.numbers(1, 4)[0]),
    ) as ledger:
        with pytest.raises(LedgerError, match=DAMAGED):
            ledger.claim("a", "alerts", most=None, now=9.0)
        assert ledger.record("a").counts.submitting == 0


@pytest.mark.parametrize("statement", ["DELETE FROM ledger", "INSERT INTO ledger VALUES ('another', 5)"])
def test_a_ledger_has_one_identity(path: Path, statement: str) -> None:
    before = damage(path, (statement,))
    with pytest.raises(LedgerError, match=DAMAGED):
        SqliteLedger(path)
    with closing(sqlite3.connect(path)) as db:
        assert rows(db) == before


@pytest.mark.parametrize("digits", ["1" * 5000, "1" * 21, "-1", "1_0"])
def test_a_count_of_attempts_that_is_none_is_as_if_it_were_missing(path: Path, digits: str) -> None:
    attempts = path.with_name(f"{path.name}.attempts")
    attempts.write_text(f"{attempts.read_text().split()[0]} {digits}\n")
    with SqliteLedger(path) as ledger, pytest.raises(LedgerError, match="count of attempts is missing or unreadable"):
        ledger.own()


@pytest.mark.parametrize(
    ("change", "what"),
    [("state = 'weird'", "in a state that is none"), ("cost = 'much'", "the cost of a call is no number")],
)
def test_calls_that_are_none(path: Path, change: str, what: str) -> None:
    insert = "INSERT INTO call (account, call_id, state, verified, changed) VALUES ('alerts', 'x', 'completed', 1, 0)"
    damage(path, (insert,), (f"UPDATE call SET {change}",))
    with SqliteLedger(path) as ledger, pytest.raises(LedgerError, match=what):
        ledger.calls("alerts", ["x"])


@pytest.mark.parametrize("packed", [b"", b"\2\0\0\0[]", b"\3\0\0\0[5]", b"\4\0\0\0[]x]"])
def test_states_of_calls_are_not_told_of_results_that_cannot_be_read(path: Path, packed: bytes) -> None:
    insert = "INSERT INTO call (account, call_id, state, verified, changed) VALUES ('alerts', 'x', ?, 1, 0)"
    damage(path, (insert, "completed"), ("UPDATE results SET packed = ?", packed))
    with SqliteLedger(path) as ledger, pytest.raises(LedgerError, match=DAMAGED):
        ledger.call_states("a")


def packed(head: object, raw: bytes = b"") -> bytes:
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "little") + text + raw


WORDS: list[Any] = [5, {"any": ["a"]}, {"any": ["a", 5]}, {"few": ["a"], "which": "01"}, {"few": [5], "which": "00"}]
WIDE: list[Any] = [
    {"width": 2, "there": None},
    {"width": 0, "there": None},
    {"width": "2", "there": None},
    {"width": 2, "there": 5},
    {"width": 2, "there": "+-+"},
    {},
]


@pytest.mark.parametrize(
    "odd",
    [
        *[packed([2, "aa", word, None, None]) for word in WORDS],
        *[packed([2, "aa", word, None, None], b"\1") for word in WIDE],
        packed([2, "aa", None, None, None], b"\1"),
        packed([2, "xa", None, None, None]),
        packed([3, "aa", None, None, None]),
        packed([1 << 62, "a", None, None, None]),
        packed([2, 5, None, None, None]),
        packed([2, "aa", None, None]),
        packed([2, "aa", None, None, None])[:-1],
        (12).to_bytes(4, "little") + zlib.compress(b"[]" * 200)[:12],
    ],
)
def test_columns_that_were_not_packed(odd: bytes) -> None:
    with pytest.raises(LedgerError, match=DAMAGED):
        unpack(odd)
    if not odd.endswith(b"null, null]"):  # of those only the ids are looked at
        with pytest.raises(LedgerError, match=DAMAGED):
            list(unpack_ids([odd]))


PACKED = b64encode(pack(Columns.bare("aa"))).decode()
TOLD = {"now": 3.0, "not_before": 0.0, "why": None}


@pytest.mark.parametrize(
    "odd",
    [
        5,
        {"a": 1},
        [1, 1, "!!!", TOLD],
        [1, 1, 5, TOLD],
        [1, 1, b64encode(b"\1\2").decode(), TOLD],
        [1, 1, PACKED, {}],
        [1, 1, PACKED, [TOLD]],
        [1, 1, PACKED, {**TOLD, "now": 1e300}],
        [1, 1, PACKED, {**TOLD, "not_before": None}],
        [1, 1, PACKED, {**TOLD, "why": 5}],
        [1, 1, PACKED, {**TOLD, "why": "\ud800"}],
        ["1", 1, PACKED, TOLD],
        [1, 1 << 70, PACKED, TOLD],
        [1, 1, b64encode(pack(Columns.bare("aaa"))).decode(), TOLD],
    ],
)
def test_an_odd_answer_is_skipped(odd: object) -> None:
    """The one after it is settled."""
    path = ledgers.folder() / "ledger.db"
    with ledgers.running(SqliteLedger(path), batches=2) as ledger:
        identity = ledger._answers._identity
        ledgers.take(ledger), ledgers.take(ledger)
    lines = []
    for answer in (odd, [2, 1, PACKED, TOLD]):
        text = json.dumps(answer).encode()
        lines.append(hashlib.sha256(identity.encode() + text).hexdigest().encode() + b" " + text + b"\n")
    path.with_name(f"{path.name}.answers").write_bytes(b"".join(lines))
    with SqliteLedger(path) as again:
        assert [doubt.batch for doubt in again.own()] == [1]
        assert again.record("a").counts == Counts(in_doubt=2, accepted=2)


def test_an_answer_to_a_damaged_batch_is_not_lost() -> None:
    path = ledgers.folder() / "ledger.db"
    with ledgers.running(SqliteLedger(path), batches=1) as ledger:
        claim = ledgers.take(ledger)
        ledger._writer.do(lambda db: db.execute("UPDATE callees SET packed = x'ff'"))
        ledger.settle(claim, [*ledgers.said(claim)[:1], *ledgers.said(claim, "not_attempted")[1:]], now=3.0)
        with pytest.raises(LedgerError, match=DAMAGED):
            ledger.flush()
    answers = path.with_name(f"{path.name}.answers")
    kept = answers.read_bytes()
    with SqliteLedger(path) as again:
        with pytest.raises(LedgerError, match=DAMAGED):
            again.own()
        assert again.record("a").counts == Counts(submitting=2)
    assert answers.read_bytes() == kept
    damage(path, ("UPDATE callees SET packed = ?", pack_callees(ledgers.numbers(2))))
    with SqliteLedger(path) as again:
        assert again.own() == []
        assert again.record("a").counts == Counts(pending=1, accepted=1)
