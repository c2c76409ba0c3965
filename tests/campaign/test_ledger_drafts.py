"""Drafts of more than is held in memory, and those that end early."""

import contextlib

import pytest

from tests.campaign import ledgers
from voicehub.campaign import Counts
from voicehub.campaign._sqlite import draft as drafting
from voicehub.errors import LedgerError


def test_a_draft_is_written_in_pieces_beside_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "_CHUNK", 10)
    ledger = ledgers.make()
    with ledgers.make() as other:
        ledgers.running(other, batches=1)
    expected = {}
    with ledger.draft("a", now=0.0) as draft, ledger.draft("b", now=0.0) as between:
        for at in range(23):
            expected[at] = ledgers.numbers(3, at * 10)
            draft.add(expected[at])
            between.add(ledgers.numbers(5, 1000 + at * 10))
        draft.seal({})
        between.seal({})
    assert [result.callee for result in ledger.results("a")] == [one for some in expected.values() for one in some]
    assert ledger.record("b").counts == Counts(pending=115)
    ledger.close()


def test_a_big_draft_that_is_given_up_is_taken_away_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "_CHUNK", 10)
    monkeypatch.setattr(drafting, "_REMOVED", 2)
    ledger = ledgers.make()
    with ledger.draft("a", now=0.0) as draft:
        for at in range(23):
            draft.add(ledgers.numbers(3, at * 10))
    left = "SELECT (SELECT count(*) FROM campaign) + (SELECT count(*) FROM batch) + (SELECT count(*) FROM callees)"
    assert ledger._writer.do(lambda db: db.execute(left).fetchone()) == (0,)
    ledger.close()


def test_a_draft_that_was_taken_over_is_told_so_and_the_ledger_goes_on() -> None:
    ledger = ledgers.make()
    with contextlib.suppress(LedgerError), ledger.draft("a", now=0.0) as first, ledger.draft("a", now=1.0) as second:
        first.add(ledgers.numbers(3))
        second.add(ledgers.numbers(5))
        second.seal({})
        with pytest.raises(LedgerError, match="is being planned anew by somebody else"):
            first.seal({})
    assert ledger.record("a").counts == Counts(pending=5)
    ledger.close()


def test_a_draft_of_a_ledger_that_is_gone_tells_what_went_wrong_first() -> None:
    ledger = ledgers.make()
    with contextlib.suppress(ZeroDivisionError), ledger.draft("a", now=0.0):
        ledger.close()
        raise ZeroDivisionError
    ledger = ledgers.make()
    with pytest.raises(LedgerError, match="is closed"), ledger.draft("a", now=0.0):
        ledger.close()


def test_numbers_are_masked_in_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = ledgers.running(ledgers.make(), batches=1)
    with pytest.raises(LedgerError, match=r"4 callees are not in doubt \(\+\*+00, \+\*+01, \+\*+02\)") as told:
        ledger.resolve("a", "placed", callees=ledgers.numbers(4), who="w", why="y", now=1.0)
    assert not any(number in str(told.value) for number in ledgers.numbers(4))
    ledger.close()


def test_who_is_accepted_in_a_batch_with_doubts_is_not_in_doubt() -> None:
    ledger = ledgers.running(ledgers.make(), batches=1)
    claim = ledgers.take(ledger)
    accepted, doubted = ledgers.said(claim)
    ledger.settle(claim, [accepted, doubted._replace(status="in_doubt")], now=3.0)
    with pytest.raises(LedgerError, match="1 callee is not in doubt"):
        ledger.resolve("a", "placed", callees=[accepted.callee], who="w", why="y", now=1.0)
    ledger.close()
