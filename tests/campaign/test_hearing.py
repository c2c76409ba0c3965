"""The SQLite ledger hears: many tellings wait for the disk once, and files of before they could be kept are carried."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.campaign import ledgers
from voicehub.campaign import Call, Counts, SqliteLedger
from voicehub.campaign._sqlite import hearing, schema
from voicehub.errors import LedgerError
from voicehub.receipt import CallState, Outcome


def told(at: int) -> Call:
    return Call("vendor", f"call {at}", CallState.BUSY, callee=f"+932{at:08d}", reference="r", submitted=5.0)


def test_many_who_tell_at_once_wait_for_the_disk_together() -> None:
    ledger = ledgers.make()
    commits = 0

    def counted() -> None:
        nonlocal commits
        commits += 1
        time.sleep(0.002)  # as long as a disk takes

    ledger._writer._committed = counted
    with ThreadPoolExecutor(16) as threads:
        heard = list(threads.map(lambda at: ledger.hear([told(at)], now=1.0), range(320)))
    assert heard == [1] * 320
    assert commits < 80
    assert len(ledger.calls("vendor", [f"call {at}" for at in range(320)])) == 320
    ledger.close()


def test_it_is_on_the_disk_before_hear_returns(tmp_path: Path) -> None:
    """What another process finds the moment it returned, also beside a run that owns the ledger."""
    with ledgers.running(SqliteLedger(tmp_path / "ledger.db"), batches=2) as ledger:
        ledgers.take(ledger)
        ledger.hear([told(1)], now=2.0)
        with SqliteLedger(ledgers.copied(tmp_path / "ledger.db")) as found:
            assert found.calls("vendor", ["call 1"]) == {"call 1": told(1)}


def test_what_cannot_be_kept_is_told_to_who_told_it_alone() -> None:
    ledger = ledgers.make()
    wrong = told(2)._replace(call_seconds=2**70)
    with pytest.raises(OverflowError):
        ledger.hear([told(1), wrong], now=1.0)
    assert ledger.calls("vendor", ["call 1"]) == {}, "all of what is told together is kept, or nothing"
    assert ledger.hear([told(1)], now=1.0) == 1
    ledger.close()
    with pytest.raises(LedgerError, match="is closed"):
        ledger.hear([told(1)], now=1.0)


def test_a_ledger_of_the_first_version_is_carried_over(tmp_path: Path) -> None:
    """Made as that version made it, with claims and doubts in it; and nothing of it is lost."""
    path = tmp_path / "ledger.db"
    with ledgers.running(SqliteLedger(path), batches=3) as made:
        claim = ledgers.take(made)
        made.settle(claim, ledgers.said(claim, "in_doubt"), now=3.0)
        ledgers.take(made)
        made.flush()
        before = list(made.results("a"))
    with sqlite3.connect(path) as db:
        for table in ("call", "evidence", "unseen"):
            db.execute(f"DROP TABLE {table}")
        for index in ("attempt_live", "audit_released", "one_live"):
            db.execute(f"DROP INDEX {index}")
        db.execute("CREATE UNIQUE INDEX one_live ON attempt (batch) WHERE state IN (1, 2, 4)")
        db.execute("PRAGMA user_version = 1")
        first = sqlite3.connect(":memory:")
        for statement in schema.MIGRATIONS[0].split(";"):
            first.execute(statement)
        shape = "SELECT name, sql FROM sqlite_master ORDER BY name"
        assert db.execute(shape).fetchall() == first.execute(shape).fetchall(), "this is no file of that version"
        first.close()
    db.close()
    with SqliteLedger(path) as ledger:
        assert list(ledger.results("a")) == before
        assert len(ledger.own()) == 1
        assert ledger.record("a").counts == Counts(pending=2, in_doubt=4)
        assert [(doubt.ended, doubt.unseen_until) for doubt in ledger.doubts("a")] == [(3.0, None), (None, None)]
        assert ledger.hear([told(1)], now=2.0) == 1
        assert ledgers.take(ledger).attempt == 1
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    db.close()


def test_it_is_carried_over_once_by_many_who_open_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.db"
    with monkeypatch.context() as then:
        then.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        SqliteLedger(path).close()
    barrier = threading.Barrier(6)

    def opened(at: int) -> int:
        barrier.wait()
        with SqliteLedger(path) as ledger:
            return ledger.hear([told(at)], now=1.0)

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(opened, range(6))) == [1] * 6


def test_a_call_is_looked_up_by_its_callee_and_not_by_a_walk() -> None:
    ledger = ledgers.make()
    ledger.hear([told(1)], now=1.0)
    with ledger._reading() as db:
        from voicehub.campaign._sqlite.hearing import _FIND, _HEARD

        for query, values in ((_HEARD, ("+93200000001", "r", "vendor")), (_FIND, ("vendor", "call 1"))):
            plan = " ".join(row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values))
            assert "SEARCH" in plan
            assert "SCAN" not in plan
    ledger.close()


def test_many_calls_are_looked_up_in_few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_AT_ONCE", 4)
    ledger = ledgers.make()
    kept = [told(at) for at in range(10)]
    ledger.hear([*kept, kept[3]._replace(verified=True)], now=1.0)
    with ledger._reading() as db:
        watched = Mock(wraps=db)
        found = hearing.calls(watched, "vendor", [one.call_id for one in kept] + ["unknown"], verified=False)
        asked = [call.args for call in watched.execute.call_args_list]
        (plan,) = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1])]
    assert list(found.values()) == kept
    assert len(asked) == 3
    assert plan.startswith("SEARCH call USING PRIMARY KEY (account=? AND call_id=?")
    assert ledger.calls("vendor", list(found), verified=True).keys() == {kept[3].call_id}
    ledger.close()


def test_states_are_counted_however_few_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_AT_HAND", 2)
    ledger = ledgers.running(ledgers.make(), batches=3)
    told_states = [CallState.BUSY, CallState.RINGING, CallState.BUSY, CallState.ANSWERED, CallState.BUSY]
    while (claim := ledger.claim("a", "alerts", most=None, now=2.0)) is not None:
        ledger.settle(claim, [Outcome(callee, "accepted", callee[-2:]) for callee in claim.callees], now=3.0)
    ledger.hear([Call("alerts", f"{at:02}", state) for at, state in enumerate(told_states)], now=4.0)
    assert ledger.call_states("a") == {CallState.BUSY: 3, CallState.RINGING: 1, CallState.ANSWERED: 1}
    ledger.close()
