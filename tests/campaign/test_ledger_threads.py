"""Callers on many threads: one claim each, one wait for the disk for many, and no caller forgotten."""

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.campaign import ledgers
from voicehub.campaign import CampaignState, Claim, Counts, SqliteLedger
from voicehub.errors import LedgerError


def worked(ledger: SqliteLedger, threads: int) -> list[Claim]:
    """Claim and settle on many threads until nobody is left."""
    claims: list[Claim] = []

    def slot(at: int) -> None:
        while claim := ledger.claim("a", f"account {at}", most=3, now=2.0):
            claims.append(claim)
            ledger.settle(claim, ledgers.said(claim, "accepted" if at % 2 else "refused"), now=3.0)

    slots = [threading.Thread(target=slot, args=(at,)) for at in range(threads)]
    for one in slots:
        one.start()
    for one in slots:
        one.join()
    return claims


def test_sixteen_slots_claim_everybody_once_in_few_commits() -> None:
    ledger = ledgers.running(ledgers.make(), batches=200, size=4)
    commits = 0
    real = ledger._writer._committed

    def counted() -> None:
        nonlocal commits
        commits += 1
        time.sleep(0.002)  # as long as a disk takes
        real()

    ledger._writer._committed = counted
    claims = worked(ledger, 16)
    phoned = Counter(callee for claim in claims for callee in claim.callees)
    assert set(phoned) == set(ledgers.numbers(800))
    assert set(phoned.values()) == {1}
    assert commits < len(claims) / 2
    counts = ledger.record("a").counts
    assert counts == Counts(accepted=counts.accepted, refused=800 - counts.accepted)
    ledger.close()


def test_what_comes_during_a_transaction_is_in_the_next_one() -> None:
    """But what waits when its first change is made is in it. Else one could gather all slots and bring them in step."""
    ledger = ledgers.make()
    writer, made, over = ledger._writer, list[str](), threading.Event()
    writer._committed = lambda: made.append("commit")

    def change(name: str, then: Callable[[], None]) -> Callable[[sqlite3.Connection], None]:
        def make(_: sqlite3.Connection) -> None:
            made.append(name)
            then()

        return make

    last = change("third", over.set)
    second = change("second", lambda: writer.post(last))
    writer.post(change("first", lambda: writer.post(second)))
    assert over.wait(10)
    ledger.close()  # which waits for the thread that writes
    assert made == ["first", "second", "commit", "third", "commit"]


def test_a_pause_is_the_end_of_claiming() -> None:
    """What was begun before the pause returned is all there is; beside a run, from another connection."""
    for _ in range(5):
        ledger = ledgers.running(ledgers.make(), batches=300)
        control = ledgers.beside(ledger)
        begun: list[float] = []

        def slot(ledger: SqliteLedger = ledger, begun: list[float] = begun) -> None:
            while (claim := ledger.claim("a", "x", most=None, now=2.0)) is not None:
                begun.append(time.monotonic())
                ledger.settle(claim, ledgers.said(claim), now=3.0)

        slots = [threading.Thread(target=slot) for _ in range(8)]
        for one in slots:
            one.start()
        control.change("a", CampaignState.PAUSED, now=2.0)
        known = control.record("a").counts
        for one in slots:
            one.join()
        ledger.flush()
        after = control.record("a").counts
        assert after.pending == known.pending
        assert after == Counts(pending=known.pending, accepted=600 - known.pending)
        ledger.close()
        control.close()


def test_reading_goes_on_beside_the_work() -> None:
    ledger = ledgers.running(ledgers.make(), batches=300)
    control = ledgers.beside(ledger)
    work = threading.Thread(target=worked, args=(ledger, 4))
    work.start()
    seen = 0
    while work.is_alive():
        assert control.record("a").counts.total == 600
        states = Counter(result.state for result in control.results("a"))
        assert sum(states.values()) == 600
        seen += 1
    work.join()
    assert seen > 0
    control.close()
    ledger.close()


def test_close_lets_those_who_wait_have_their_answer() -> None:
    """Each verb is made, or refused; none hangs."""
    ledger = ledgers.running(ledgers.make(), batches=3000)
    real = ledger._writer._committed

    def slow() -> None:
        time.sleep(0.002)
        real()

    ledger._writer._committed = slow
    answers: list[str] = []

    def slot() -> None:
        try:
            while True:
                ledgers.take(ledger)
                answers.append("claimed")
        except LedgerError as error:
            answers.append(str(error))

    slots = [threading.Thread(target=slot) for _ in range(8)]
    for one in slots:
        one.start()
    while not answers:
        time.sleep(0.001)
    ledger.close()
    for one in slots:
        one.join(10)
    assert not any(one.is_alive() for one in slots)
    assert sum("is closed" in answer for answer in answers) == 8
    again = ledgers.beside(ledger)
    assert again.record("a").counts.submitting == 2 * answers.count("claimed")
    again.close()


def test_a_caller_who_is_interrupted_loses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is made though its caller went away: it is submitting, and in doubt for the next owner."""
    ledger = ledgers.running(ledgers.make(), batches=2)
    real = ledger._writer._committed

    def slow() -> None:
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.2)
        real()

    ledger._writer._committed = slow
    with pytest.raises(KeyboardInterrupt):
        ledgers.take(ledger)
    ledger._writer._committed = real
    assert len(ledgers.take(ledger).callees) == 2
    assert ledger.record("a").counts == Counts(submitting=4)
    ledger.close()
    again = ledgers.beside(ledger)
    assert sum(doubt.callees for doubt in again.own()) == 4
    again.close()


def test_one_of_those_who_settle_at_once_is_heard() -> None:
    ledger = ledgers.running(ledgers.make(), batches=1)
    claim = ledgers.take(ledger)
    together = threading.Barrier(8)
    refused: list[str] = []

    def settle() -> None:
        together.wait()
        try:
            ledger.settle(claim, ledgers.said(claim), now=3.0)
        except LedgerError as error:
            refused.append(str(error))

    slots = [threading.Thread(target=settle) for _ in range(8)]
    for one in slots:
        one.start()
    for one in slots:
        one.join()
    assert len(refused) == 7
    assert ledger.record("a").counts == Counts(accepted=2)
    ledger.close()


def test_a_child_of_a_fork_uses_nothing_of_its_parent(tmp_path: Path) -> None:
    told, _ = ledgers.started("forked", tmp_path / "ledger.db").communicate()
    assert told.splitlines() == [
        f"the ledger {tmp_path / 'ledger.db'} was opened before a fork; open it in this process",
        "2",
        "held still",
    ]


def test_in_a_child_of_a_fork_every_verb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with ledgers.running(ledgers.make(), batches=1) as ledger:
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: 1)
            with pytest.raises(LedgerError, match="was opened before a fork"):
                ledgers.take(ledger)
            ledger._writer.close()
        assert len(ledgers.take(ledger).callees) == 2


@pytest.mark.parametrize("together", [True, False])
def test_a_close_that_comes_with_a_failure_ends(together: bool) -> None:
    """Whether the end is asked for in the transaction that fails, or after it."""
    ledger = ledgers.running(ledgers.make(), batches=1)
    busy, go_on = threading.Event(), threading.Event()

    def work(_: object) -> None:
        busy.set()
        go_on.wait()
        if not together:
            raise ZeroDivisionError("a bug")

    def fail() -> None:
        raise OSError("no disk")

    ledger._writer._committed = fail
    ledger._writer.post(work)
    busy.wait()
    close = threading.Thread(target=ledger.close)
    close.start()
    while not ledger._writer._closed:
        time.sleep(0.001)
    time.sleep(0.01)  # the end is asked for right after
    go_on.set()
    close.join(10)
    assert not close.is_alive()
    assert ledger._writer._failure is not None
