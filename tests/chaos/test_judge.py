"""The judge itself: it condemns each thing that must not be, and nothing else."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.judge import Verdict, judge
from voicehub import Outcome
from voicehub.campaign import CampaignState, SqliteLedger

CALLEES = [f"+9320000000{number:02d}" for number in range(10)]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Ten callees in batches of two: accepted, refused, in doubt, and four pending."""
    path = tmp_path / "ledger.db"
    with closing(SqliteLedger(path)) as opened:
        with opened.draft("drill", now=1.0) as draft:
            for at in range(0, 10, 2):
                draft.add(CALLEES[at : at + 2])
            draft.seal({})
        opened.own()
        opened.change("drill", CampaignState.RUNNING, now=2.0)
        for status in ("accepted", "refused", "in_doubt"):
            claim = opened.claim("drill", "a", most=None, now=3.0)
            assert claim is not None
            opened.settle(claim, [Outcome(callee, status) for callee in claim.callees], now=4.0)
    return path


def verdict_on(ledger: Path, *requests: list[str], ended: bool = False, released: tuple[str, ...] = ()) -> Verdict:
    log = ledger.with_name("truth.log")
    log.write_text("".join(f"1.0\t-\t{','.join(callees)}\n" for callees in requests))
    return judge(ledger, "drill", log, CALLEES, ended=ended, released=released)


def test_what_is_in_order_is_clean(ledger: Path) -> None:
    found = verdict_on(ledger, CALLEES[:2], CALLEES[4:5])
    assert found.clean, found
    assert (found.dialled, found.requests, found.states["pending"]) == (3, 2, 4)


def test_who_was_dialled_twice(ledger: Path) -> None:
    assert verdict_on(ledger, CALLEES[:2], CALLEES[:1]).twice == [0]
    assert verdict_on(ledger, CALLEES[:2], CALLEES[:1], released=(CALLEES[0],)).clean


def test_who_was_dialled_and_stands_as_if_not(ledger: Path) -> None:
    assert verdict_on(ledger, CALLEES[:2], CALLEES[2:3], CALLEES[8:]).misrecorded == [2, 8, 9]
    assert verdict_on(ledger, CALLEES[:2], CALLEES[8:], released=tuple(CALLEES[8:])).clean


def test_who_stands_accepted_and_was_never_dialled(ledger: Path) -> None:
    assert verdict_on(ledger, CALLEES[:1]).misrecorded == [1]


def test_who_is_left_at_the_end(ledger: Path) -> None:
    assert verdict_on(ledger, CALLEES[:2], ended=True).lost == [6, 7, 8, 9]


def test_who_was_never_asked_for(ledger: Path) -> None:
    assert "1 were dialled" in verdict_on(ledger, CALLEES[:2], ["+4915112345678"]).broken[0]


def test_another_campaign_than_was_planned(ledger: Path) -> None:
    log = ledger.with_name("truth.log")
    log.write_text(f"1.0\t-\t{','.join(CALLEES[:2])}\n")
    found = judge(ledger, "drill", log, CALLEES[1:], ended=False)
    assert any("add up to 10, not 9" in law for law in found.broken)
    assert any("once each and in its order" in law for law in found.broken)


def test_a_file_that_is_damaged(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    with closing(sqlite3.connect(ledger, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM sqlite_schema WHERE name = 'one_live'")
    assert any(law.startswith("integrity_check") for law in verdict_on(ledger, CALLEES[:2]).broken)
