"""A receiver's ledger that failed is opened anew, once, and never between."""

import threading
import time
from collections.abc import Sequence

import pytest

from tests.webhooks.support import Remembering
from voicehub import CallState, LedgerError
from voicehub.campaign import Call
from voicehub.webhooks import Reopening

CALL = Call("alerts", "1", CallState.QUEUED)


class Fragile(Remembering):
    """Fails when it is told to, and for ever after."""

    def __init__(self) -> None:
        super().__init__()
        self.failed, self.closed = False, 0

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        if self.failed or self.closed:
            raise LedgerError("the ledger is full")
        return super().hear(calls, now=now)

    def close(self) -> None:
        self.closed += 1


class Shelf:
    def __init__(self) -> None:
        self.made: list[Fragile] = []
        self.empty = False

    def __call__(self) -> Fragile:
        if self.empty:
            raise LedgerError("there is none")
        self.made.append(Fragile())
        return self.made[-1]


def test_what_works_is_kept() -> None:
    shelf = Shelf()
    ledger = Reopening(shelf)
    assert [ledger.hear([CALL], now=1.0) for _ in range(3)] == [1, 1, 1]
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.hear([CALL], now=1.0)
    assert [each.closed for each in shelf.made] == [1]


def test_one_that_is_closed_while_a_ledger_is_opened_leaves_none_open() -> None:
    opening, closing = threading.Event(), threading.Event()
    made: list[Fragile] = []

    def open_slowly() -> Fragile:
        if made:
            opening.set()
            assert closing.wait(5)
            time.sleep(0.05)  # for the other thread to get to the lock
        made.append(Fragile())
        return made[-1]

    ledger = Reopening(open_slowly)
    made[0].failed = True
    with pytest.raises(LedgerError):
        ledger.hear([CALL], now=1.0)
    hearing = threading.Thread(target=lambda: ledger.hear([CALL], now=1.0))
    hearing.start()
    assert opening.wait(5)
    closing.set()
    ledger.close()
    hearing.join(5)
    assert [each.closed for each in made] == [1, 1]


def test_what_failed_is_closed_and_the_next_report_finds_a_fresh_one() -> None:
    shelf = Shelf()
    ledger = Reopening(shelf)
    shelf.made[0].failed = True
    with pytest.raises(LedgerError, match="full"):
        ledger.hear([CALL], now=1.0)
    assert len(shelf.made) == 1
    assert ledger.hear([CALL], now=1.0) == 1
    assert [each.closed for each in shelf.made] == [1, 0]


def test_while_there_is_none_it_says_so_and_looks_again() -> None:
    shelf = Shelf()
    ledger = Reopening(shelf)
    shelf.made[0].failed = shelf.empty = True
    for told in ("full", "there is none", "there is none"):
        with pytest.raises(LedgerError, match=told):
            ledger.hear([CALL], now=1.0)
    shelf.empty = False
    assert ledger.hear([CALL], now=1.0) == 1
    assert len(shelf.made) == 2


def test_of_two_who_see_a_failure_one_puts_it_right() -> None:
    shelf = Shelf()
    ledger = Reopening(shelf)
    first = shelf.made[0]
    first.failed = True
    with pytest.raises(LedgerError):
        ledger.hear([CALL], now=1.0)
    ledger.hear([CALL], now=1.0)
    ledger._drop(first)  # the other one comes later
    assert ledger.hear([CALL], now=1.0) == 1
    assert [each.closed for each in shelf.made] == [1, 0]
