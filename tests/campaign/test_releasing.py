"""Nobody is released of whom the ledger knows that they were phoned."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.campaign import ledgers
from tests.campaign.memory import MemoryLedger
from tests.campaign.support import ANNOUNCEMENT, numbers, plan
from tests.campaign.test_reconcile import DAY, REFERRED, call, in_doubt, opened
from voicehub import LedgerError
from voicehub.campaign import Counts, Ledger
from voicehub.sandbox import SandboxServer

ANN, BEN = numbers(2)


@pytest.fixture(params=[MemoryLedger, ledgers.make], ids=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    made: Ledger = request.param()
    plan(made, [[ANN, BEN]], announcement=REFERRED)
    in_doubt(made, 2)
    yield made
    made.close()


def test_who_is_known_to_have_been_phoned_is_not_released(ledger: Ledger, server: SandboxServer) -> None:
    """Neither by number nor by batch, nor with others; reconcile accepts them, and then the others can be."""
    one = opened(ledger, server)
    ledger.hear([call(0, "call-3-0")], now=time.time())
    (doubt,) = ledger.doubts("c")
    for whom in ({"callees": iter([ANN])}, {"callees": [BEN, ANN]}, {"batch": doubt.batch}):
        with pytest.raises(LedgerError, match=r"1 callee is known to have been phoned.* call call-3-0 .*reconcile"):
            one.resolve("released", who="Ann", why="I say so", **whom)
    assert one.status().counts == Counts(in_doubt=2)
    assert one.resolve("held", callees=[ANN], who="Ann", why="I say so") == 0
    assert one.reconcile().matched == 1
    assert one.resolve("released", batch=doubt.batch, who="Ann", why="no record of it") == 1
    assert one.status().counts == Counts(pending=1, accepted=1)


def test_of_several_the_first_is_named(ledger: Ledger, server: SandboxServer) -> None:
    ledger.hear([call(0, "one\n"), call(1, "two")], now=time.time())
    with pytest.raises(
        LedgerError, match=r"2 callees are known .* call one\\n to \S+ and others; run reconcile"
    ) as caught:
        opened(ledger, server).resolve("released", callees=[ANN, BEN], who="Ann", why="I say so")
    assert ANN[1:] not in str(caught.value)


def test_a_call_id_that_holds_the_number_is_not_shown_whole(ledger: Ledger, server: SandboxServer) -> None:
    ledger.hear([call(0, f"{ANN[1:]}-17")], now=time.time())
    with pytest.raises(LedgerError, match=r"of call \*+\d\d-17 to \+\*+\d\d; run") as caught:
        opened(ledger, server).resolve("released", callees=[ANN], who="Ann", why="I say so")
    assert ANN[1:] not in str(caught.value)


@pytest.mark.parametrize(
    "strange",
    [
        call(0, "late", time.time() + DAY),
        call(0, "no callee", callee=None),
        call(0, "other", reference="order 43"),
        call(1, "of somebody else"),
        call(0, "of another account")._replace(account="backup"),
    ],
    ids=lambda told: told.call_id,
)
def test_what_is_no_evidence_hinders_nobody(ledger: Ledger, server: SandboxServer, strange: Any) -> None:
    ledger.hear([strange], now=time.time())
    assert opened(ledger, server).resolve("released", callees=[ANN], who="Ann", why="no record") == 1


def test_a_call_that_may_be_of_another_campaign_is_for_a_person_to_judge(ledger: Ledger, server: SandboxServer) -> None:
    plan(ledger, [[ANN]], "other", announcement=REFERRED)
    in_doubt(ledger, 1, "other")
    ledger.hear([call(0, "whose")], now=time.time())
    assert opened(ledger, server).resolve("released", callees=[ANN], who="Ann", why="it was the other one's") == 1


def test_without_a_reference_no_call_is_known(server: SandboxServer) -> None:
    with ledgers.make() as ledger:
        plan(ledger, [[ANN]], announcement=ANNOUNCEMENT.model_dump(mode="json"))
        in_doubt(ledger, 1)
        ledger.hear([call(0, "whose")], now=time.time())
        assert opened(ledger, server).resolve("released", callees=[ANN], who="Ann", why="no record") == 1


def test_of_others_nothing_is_looked_up(ledger: Ledger, server: SandboxServer) -> None:
    ledger.hear([call(0, "one")], now=time.time())
    with pytest.raises(LedgerError) as caught:
        opened(ledger, server).resolve("released", batch=10**6, who="Ann", why="a slip")
    assert "known to have been phoned" not in str(caught.value)


@pytest.mark.parametrize("verify", [False, True])
def test_who_is_told_of_after_the_release_is_not_phoned(ledger: Ledger, server: SandboxServer, verify: bool) -> None:
    """Accepted by the run itself; where a report must be verified first, in doubt until reconcile has asked."""
    before, lines = len(server.dialled), {"alerts": "verify_reports = true"} if verify else {}
    one = opened(ledger, server, **lines)
    assert one.resolve("released", callees=[ANN, BEN], who="Ann", why="no record of it") == 2
    ledger.hear([call(0, "told late")], now=time.time())
    found = one.run()
    assert [row.callee for row in server.dialled[before:]] == [BEN]
    assert found.counts == (Counts(accepted=1, in_doubt=1) if verify else Counts(accepted=2))
    row = next(row for row in ledger.results("c") if row.callee == ANN)
    assert (row.call_id, row.account, row.attempt) == (None if verify else "told late", "alerts", 1)


def test_it_is_kept_why_somebody_was_not_phoned(server: SandboxServer) -> None:
    with ledgers.make() as ledger:
        plan(ledger, [[ANN, BEN]], announcement=REFERRED)
        in_doubt(ledger, 2)
        one = opened(ledger, server)
        one.resolve("released", callees=[ANN, BEN], who="Ann", why="no record of it")
        ledger.hear([call(0, "told late")], now=time.time())
        one.run()
        with closing(sqlite3.connect(ledgers.path_of(ledger))) as db:
            told = db.execute("SELECT who, decision, why FROM audit ORDER BY id").fetchall()
            (evidence,) = db.execute("SELECT account, call_id, callee FROM evidence").fetchall()
    assert [one[:2] for one in told] == [("Ann", "released"), ("voicehub", "held"), ("voicehub", "placed")]
    assert told[1][2] == "a call of this attempt was reported after the callee was released or put back"
    assert evidence == ("alerts", "told late", ANN)
