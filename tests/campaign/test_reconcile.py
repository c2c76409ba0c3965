"""Reconciling at a sandbox: who was certainly phoned is accepted, nobody is phoned again, and the rest is noted."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import ledgers
from tests.campaign.memory import MemoryLedger
from tests.campaign.support import ANNOUNCEMENT, PROVIDERS, configuration, dialled, numbers, plan
from voicehub import ConfigError, VoicehubError
from voicehub.campaign import Call, Campaign, CampaignState, Counts, Ledger, Reconciled, SqliteLedger, call_states
from voicehub.receipt import CallState, Outcome
from voicehub.sandbox import Fault, SandboxServer, Script

REFERENCE = "order 42"
REFERRED = ANNOUNCEMENT.model_copy(update={"reference": REFERENCE}).model_dump(mode="json")
LOST = Script({"5": "missing"})  # every tenth is dialled, and the answer lacks them
DAY = 86400.0


@pytest.fixture(params=[MemoryLedger, ledgers.make], ids=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    made: Ledger = request.param()
    yield made
    made.close()


@pytest.fixture(name="lossy")
def lossy_fixture() -> Iterator[SandboxServer]:
    with SandboxServer(PROVIDERS, script=LOST) as server:  # a new one, for it remembers calls
        yield server


def opened(ledger: Ledger, server: SandboxServer, name: str = "c", **lines: str) -> Campaign:
    return Campaign.open(ledger, name, configuration=configuration(server, **lines))


def planned(ledger: Ledger, server: SandboxServer, count: int, name: str = "c", **document: Any) -> Campaign:
    plan(ledger, [numbers(count)], name, **{"announcement": REFERRED, **document})
    return opened(ledger, server, name)


def counted(found: Reconciled) -> tuple[int, int, int, int]:
    return found.matched, found.unseen, found.ambiguous, found.unasked


def in_doubt(ledger: Ledger, count: int, name: str = "c", began: float | None = None) -> None:
    """Everybody of a planned campaign in doubt, without a vendor who knows of it."""
    began = time.time() if began is None else began
    ledger.own()
    ledger.change(name, CampaignState.RUNNING, now=began)
    claim = ledger.claim(name, "alerts", most=None, now=began)
    assert claim is not None
    assert len(claim.callees) == count
    ledger.settle(claim, [Outcome(callee, "in_doubt") for callee in claim.callees], now=began + 1)


def call(at: int, call_id: str, submitted: float | None = None, **told: Any) -> Call:
    when = time.time() if submitted is None else submitted
    given = {"callee": numbers(at + 1)[at], "reference": REFERENCE, "submitted": when, **told}
    return Call("alerts", call_id, CallState.RINGING, **given)


def test_who_is_in_the_records_is_accepted_with_the_id_of_the_call(ledger: Ledger, lossy: SandboxServer) -> None:
    one = planned(ledger, lossy, 40)
    assert one.run(ramp=False).counts == Counts(accepted=36, in_doubt=4)
    before = list(lossy.dialled)
    found = one.reconcile()
    assert counted(found) == (4, 0, 0, 0)
    assert found.problems == {}
    assert one.status().counts == Counts(accepted=40)
    assert {row.callee: row.call_id for row in ledger.results("c")} == {row.callee: row.call_id for row in before}
    assert lossy.dialled == before, "somebody was phoned by it"
    assert counted(one.reconcile()) == (0, 0, 0, 0)
    assert one.run().counts == Counts(accepted=40)
    assert lossy.dialled == before


def test_who_is_in_no_record_stays_in_doubt_and_it_is_noted(ledger: Ledger) -> None:
    """That a vendor tells nothing proves nothing: nobody is released by it, however often it is asked."""
    with SandboxServer(PROVIDERS, faults=[Fault("reset-before", 1)]) as server:
        one = planned(ledger, server, 10)
        one.run(ramp=False)
    with SandboxServer(PROVIDERS) as server:
        one = opened(ledger, server)
        doubts = one.status().counts.in_doubt
        assert doubts == 10
        for _ in range(2):
            found = one.reconcile()
            assert counted(found) == (0, 10, 0, 0)
            assert one.status().counts.in_doubt == doubts
            assert {doubt.unseen_until for doubt in ledger.doubts("c")} == {found.until}
        assert one.run().counts.in_doubt == doubts
        assert server.dialled == []


def test_without_a_reference_nothing_is_evidence(ledger: Ledger, lossy: SandboxServer) -> None:
    one = planned(ledger, lossy, 10, announcement=ANNOUNCEMENT.model_dump(mode="json"))
    assert counted(one.reconcile()) == (0, 0, 0, 0), "without doubts there is nothing to ask"
    one.run(ramp=False)
    before = list(ledger.results("c"))
    with pytest.raises(ConfigError, match="has no reference, and without one no call can be told from another"):
        one.reconcile()
    assert list(ledger.results("c")) == before
    assert ledger.calls("alerts", [str(row.call_id) for row in lossy.dialled]) == {}


def test_a_call_with_another_reference_is_no_evidence(ledger: Ledger, lossy: SandboxServer) -> None:
    """The same callees, at the same time, by the same account: phoned, but by another announcement."""
    plan(ledger, [numbers(10)], "c", announcement=REFERRED)
    in_doubt(ledger, 10)
    other = planned(ledger, lossy, 10, "other", announcement={**REFERRED, "reference": "order 43"})
    other.run(ramp=False)
    assert counted(opened(ledger, lossy).reconcile()) == (0, 10, 0, 0)


def test_two_campaigns_with_one_reference_share_no_call(ledger: Ledger, lossy: SandboxServer) -> None:
    """One call for two doubts moves nobody; one that has its id elsewhere is taken; two calls settle both."""
    plan(ledger, [numbers(6)], "c", announcement=REFERRED)
    in_doubt(ledger, 6)
    other = planned(ledger, lossy, 6, "other")
    other.run(ramp=False)
    assert other.status().counts == Counts(accepted=5, in_doubt=1), "the sixth is in doubt in both"
    one = opened(ledger, lossy)
    assert counted(one.reconcile()) == (0, 5, 1, 0)
    assert counted(other.reconcile()) == (0, 0, 1, 0)
    assert [doubt.unseen_until for doubt in ledger.doubts("c")] == [None], "of a batch with a call nothing is noted"
    ledger.hear([call(5, "the second")], now=time.time())
    assert counted(one.reconcile()) == (1, 5, 0, 0)
    assert counted(other.reconcile()) == (1, 0, 0, 0)
    ids = [next(row.call_id for row in ledger.results(name) if row.callee == numbers(6)[5]) for name in ("c", "other")]
    assert len(set(ids)) == 2


def test_a_release_gives_no_call_to_another_campaign(ledger: Ledger, server: SandboxServer) -> None:
    """It may be of the attempt that was in doubt, whatever somebody said of it, and whatever came after."""
    now = time.time() - 2000
    for name in ("c", "other"):
        plan(ledger, [numbers(1)], name, announcement=REFERRED)
        in_doubt(ledger, 1, name, began=now)
    ledger.hear([call(0, "whose", now + 1)], now=now)
    one = opened(ledger, server)
    assert counted(one.reconcile()) == (0, 0, 1, 0)
    opened(ledger, server, "other").resolve("released", callees=numbers(1), who="Ann", why="I said so")
    assert counted(one.reconcile()) == (0, 0, 1, 0)
    opened(ledger, server, "other").cancel()
    assert counted(one.reconcile()) == (0, 0, 1, 0)


@pytest.mark.parametrize("seconds", [-450, 450])
def test_a_submission_some_minutes_away_may_be_meant_too(ledger: Ledger, server: SandboxServer, seconds: float) -> None:
    now = time.time() - 2000
    plan(ledger, [numbers(1)], "c", announcement=REFERRED)
    plan(ledger, [numbers(1)], "other", announcement=REFERRED)
    in_doubt(ledger, 1, "c", began=now)
    in_doubt(ledger, 1, "other", began=now + seconds)
    ledger.hear([call(0, "whose", now + seconds / 2)], now=now)
    assert counted(opened(ledger, server).reconcile()) == (0, 0, 1, 0)
    assert counted(opened(ledger, server, "other").reconcile()) == (0, 0, 1, 0)


def test_a_call_that_was_accepted_some_minutes_away_is_taken(ledger: Ledger, server: SandboxServer) -> None:
    now = time.time() - 2000
    plan(ledger, [numbers(1)], "c", announcement=REFERRED)
    plan(ledger, [numbers(1)], "other", announcement=REFERRED)
    in_doubt(ledger, 1, "c", began=now)
    ledger.change("other", CampaignState.RUNNING, now=now)
    claim = ledger.claim("other", "alerts", most=None, now=now - 450)
    assert claim is not None
    ledger.settle(claim, [Outcome(claim.callees[0], "accepted", "theirs")], now=now - 449)
    ledger.hear([call(0, "theirs", now - 200)], now=now)
    assert counted(opened(ledger, server).reconcile()) == (0, 1, 0, 0)


def test_a_report_is_evidence_where_the_vendor_cannot_be_asked(ledger: Ledger) -> None:
    plan(ledger, [numbers(3)], announcement=REFERRED)
    in_doubt(ledger, 3)
    with SandboxServer(PROVIDERS) as server:
        one = opened(ledger, server)
    strange = [
        call(2, "late", time.time() + 999),
        call(1, "whose", callee=None),
        call(1, "other", reference="order 43"),
    ]
    ledger.hear([call(0, "one"), *strange], now=time.time())
    found = one.reconcile()
    assert counted(found) == (1, 0, 0, 2)
    assert set(found.problems) == {"alerts"}
    assert "nothing left" in found.problems["alerts"]
    assert [doubt.unseen_until for doubt in ledger.doubts("c")] == [None]


def test_what_is_told_of_another_account_is_no_evidence_and_displaces_nothing(
    ledger: Ledger, server: SandboxServer
) -> None:
    """Also of the same vendor: whoever knows the secret of one account speaks for that one."""
    plan(ledger, [numbers(1)], announcement=REFERRED)
    in_doubt(ledger, 1)
    forged = call(0, "one", ended=2.5e11, cost=Decimal("9999.99"))._replace(account="backup", state=CallState.COMPLETED)
    ledger.hear([forged], now=time.time())
    one = opened(ledger, server)
    assert counted(one.reconcile()) == (0, 1, 0, 0)
    assert one.resolve("held", callees=numbers(1), who="Ann", why="nobody knows") == 0
    ledger.hear([call(0, "one")], now=time.time())
    assert counted(one.reconcile()) == (1, 0, 0, 0)
    assert call_states(ledger, "c") == {"ringing": 1}
    assert ledger.calls("alerts", ["one"])["one"].cost is None


def test_a_report_that_must_be_verified_is_evidence_once_it_is(ledger: Ledger, server: SandboxServer) -> None:
    plan(ledger, [numbers(2)], announcement=REFERRED)
    in_doubt(ledger, 2)
    ledger.hear([call(0, "one"), call(1, "two", verified=True)], now=time.time())
    one = opened(ledger, server, alerts="verify_reports = true")
    assert counted(one.reconcile()) == (1, 1, 0, 0)
    assert counted(opened(ledger, server).reconcile()) == (1, 0, 0, 0), "an account that trusts them"


def test_what_was_reported_is_verified(ledger: Ledger, lossy: SandboxServer) -> None:
    """Of accounts that say so, each call is asked for of which was reported more than the vendor said itself."""
    one = planned(ledger, lossy, 10)
    one.run(ramp=False)
    provider = "alerts"
    ids = [str(row.call_id) for row in ledger.results("c") if row.state == "accepted"]
    ledger.hear([Call(provider, each, CallState.COMPLETED) for each in ids[:3]], now=time.time())
    before = lossy.archive.calls["alerts"]
    moved = [row._replace(at=row.at - DAY) if row.outcome.call_id in ids[:2] else row for row in before]
    lossy.archive.calls["alerts"] = []  # so that no list of records tells of them
    lossy.archive._found = {("alerts", row.outcome.call_id): row for row in moved}
    opened(ledger, lossy, alerts="verify_reports = true").reconcile()
    sure = ledger.calls(provider, ids, verified=True)
    assert {each: told.state for each, told in sure.items()} == {
        **dict.fromkeys(ids[:2], CallState.COMPLETED),
        ids[2]: CallState.QUEUED,
    }


def test_verifying_ends_where_the_vendor_is_not_reached(ledger: Ledger, lossy: SandboxServer) -> None:
    one = planned(ledger, lossy, 10)
    one.run(ramp=False)
    with SandboxServer(PROVIDERS) as server:
        gone = opened(ledger, server, alerts="verify_reports = true")
    ids = [str(row.call_id) for row in ledger.results("c") if row.state == "accepted"]
    ledger.hear([Call("alerts", ids[0], CallState.COMPLETED)], now=time.time())
    assert counted(gone.reconcile()) == (0, 0, 0, 1)


def test_of_a_vendor_that_tells_nothing_it_says_so(
    ledger: Ledger, lossy: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = planned(ledger, lossy, 10)
    one.run(ramp=False)
    ids = [str(row.call_id) for row in ledger.results("c") if row.state == "accepted"]
    ledger.hear([Call("alerts", ids[0], CallState.COMPLETED)], now=time.time())
    monkeypatch.setattr(type(PROVIDERS["alerts"]), "abilities", {})
    found = opened(ledger, lossy, alerts="verify_reports = true").reconcile()
    assert counted(found) == (0, 0, 0, 1)
    assert "cannot be asked this" in found.problems["alerts"]


def test_what_is_longer_ago_than_records_are_kept_is_told(ledger: Ledger, server: SandboxServer) -> None:
    plan(ledger, [numbers(1)], announcement=REFERRED)
    in_doubt(ledger, 1, began=time.time() - 100 * DAY)
    found = opened(ledger, server).reconcile()
    assert counted(found) == (0, 0, 0, 1)
    assert "alerts" in found.problems
    assert found.as_dict() == {
        "matched": 0,
        "unseen": 0,
        "ambiguous": 0,
        "unasked": 1,
        "until": datetime.fromtimestamp(found.until, UTC).isoformat(timespec="seconds"),
        "problems": found.problems,
    }


def test_an_account_that_is_gone_is_told(ledger: Ledger, server: SandboxServer) -> None:
    plan(ledger, [numbers(1)], announcement=REFERRED)
    in_doubt(ledger, 1)
    path = configuration(server)
    path.write_text(path.read_text().replace("[accounts.alerts]", "[accounts.renamed]"))
    with pytest.raises(VoicehubError, match="alerts"):
        Campaign.open(ledger, "c", configuration=path).reconcile()


def test_a_doubt_that_comes_while_it_asks_is_not_noted(
    ledger: Ledger, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asked for it; nor is somebody who is submitting touched."""
    plan(ledger, [numbers(1), [numbers(2)[1]], [numbers(3)[2]]], announcement=REFERRED)
    in_doubt(ledger, 1)
    real: Callable[..., int] = ledger.hear

    def heard(*given: Any, **named: Any) -> int:
        late = ledger.claim("c", "alerts", most=None, now=time.time() + 1)
        if late is not None:
            ledger.settle(late, [Outcome(callee, "in_doubt") for callee in late.callees], now=time.time() + 2)
            ledger.claim("c", "alerts", most=None, now=time.time() + 1)
        return real(*given, **named)

    monkeypatch.setattr(ledger, "hear", heard)
    with SandboxServer(PROVIDERS) as other:
        one = planned(ledger, other, 1, "elsewhere")
        one.run()
        found = opened(ledger, other).reconcile()
    assert (found.matched, found.unseen, found.unasked) == (0, 1, 1)
    assert ledger.record("c").counts == Counts(submitting=1, in_doubt=2)
    assert [doubt.unseen_until for doubt in ledger.doubts("c")] == [found.until, None]


def test_it_works_beside_a_run(tmp_path: Path) -> None:
    """Both from their own connections; judged by the vendor's list, nobody twice, nobody lost."""
    with SandboxServer(PROVIDERS, script=Script({"5": "missing"})) as server:
        path = tmp_path / "ledger.db"
        with SqliteLedger(path) as ledger, SqliteLedger(path) as control:
            plan(ledger, [numbers(200)[at : at + 5] for at in range(0, 200, 5)], announcement=REFERRED)
            running, beside = opened(ledger, server), opened(control, server)
            for _ in range(30):
                for event in running.events(ramp=False):
                    del event
                    beside.reconcile()
                if running.status().state is CampaignState.COMPLETED:
                    break
            beside.reconcile()
            assert running.status().counts == Counts(accepted=200)
            assert sorted(dialled(server)) == numbers(200)
            told = {row.callee: row.call_id for row in ledger.results("c")}
            assert told == {row.callee: row.call_id for row in server.dialled}
