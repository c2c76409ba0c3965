"""What a person does with a campaign: caps, a time, stops, decisions, digests, event loops."""

import asyncio
import io
import math
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

import voicehub.campaign
from tests.campaign.memory import MemoryLedger
from tests.campaign.support import ANNOUNCEMENT, PROVIDERS, campaign, configuration, dialled, numbers, plan
from voicehub import ConfigError, LedgerError, config
from voicehub.campaign import (
    Campaign,
    CampaignState,
    Canceled,
    Finished,
    SqliteLedger,
    Status,
    report,
)
from voicehub.sandbox import SandboxServer, Script


def test_what_has_not_gone_by_then_is_canceled(server: SandboxServer) -> None:
    one = campaign(server, [numbers(10)])
    events = list(one.events(until=time.time() - 1))
    assert Canceled(10) in events
    assert not server.dialled
    assert one.status().counts.canceled == 10
    assert one.status().state is CampaignState.COMPLETED


@pytest.mark.parametrize(
    ("cap", "told"),
    [
        ({"max_calls": 25}, "the cap of 25 calls is reached"),
        ({"max_requests": 3}, "the cap of 3 requests is reached"),
    ],
)
def test_caps_pause_it_and_the_next_run_goes_on(server: SandboxServer, cap: Any, told: str) -> None:
    one = campaign(server, [numbers(100)])
    status = one.run(**cap)
    assert (status.state, status.reason) == (CampaignState.PAUSED, told)
    assert status.counts.accepted == len(server.dialled) == (25 if "max_calls" in cap else 61)
    assert one.run().counts.accepted == 100
    assert sorted(dialled(server)) == numbers(100)


def test_a_cap_on_doubts_is_never_exceeded() -> None:
    with SandboxServer(PROVIDERS, script=Script({"5": "missing"})) as forgetful:
        status = campaign(forgetful, [numbers(100)]).run(max_doubts=2, ramp=False)
    assert status.counts.in_doubt <= 2
    assert status.state is CampaignState.PAUSED


@pytest.mark.parametrize("until", [math.nan, math.inf, True, "2026-11-23T12:00", datetime(2026, 11, 23, tzinfo=UTC)])
def test_an_end_that_is_no_time_is_refused_before_anything_happens(server: SandboxServer, until: Any) -> None:
    one = campaign(server, [numbers(1)])
    with pytest.raises(ValueError, match=r"until is a time in Unix seconds, such as datetime.timestamp\(\) gives"):
        one.run(until=until)
    assert one.status().state is CampaignState.PLANNED


@pytest.mark.parametrize(
    ("announcement", "what"),
    [
        (None, "Input should be a valid dictionary"),
        ({}, "content: Field required"),
        ({"content": 5}, "content: "),
        ({"content": {"kind": "uploaded_audio", "file_id": ""}}, "content.file_id: "),
    ],
)
def test_a_damaged_announcement_is_told_before_anything_happens(
    server: SandboxServer, announcement: Any, what: str
) -> None:
    one = campaign(server, [numbers(1)], announcement=announcement)
    with pytest.raises(LedgerError, match=f"damaged: the announcement of a campaign cannot be read .*{what}"):
        one.run()
    assert not server.dialled
    assert one.status().state is CampaignState.PLANNED


class Unhashable(MemoryLedger):
    """A ledger of somebody's that compares by what it holds."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return other is self


def test_any_ledger_can_be_run(server: SandboxServer) -> None:
    ledger = Unhashable()
    plan(ledger, [numbers(1)])
    assert Campaign.open(ledger, "c", configuration=configuration(server)).run().counts.accepted == 1


def test_a_campaign_that_plan_did_not_plan_says_what_it_lacks(server: SandboxServer) -> None:
    one = campaign(server, [numbers(1)], chain=[])
    with pytest.raises(LedgerError, match="damaged: the plan of a campaign names no account"):
        one.run()
    with pytest.raises(ConfigError, match=r"was not planned by plan\(\), so it has no digest; run it without one"):
        one.run(plan="d")


def test_a_campaign_of_no_file_has_no_report(server: SandboxServer) -> None:
    one = campaign(server, [numbers(1)])
    with pytest.raises(LedgerError, match="campaign 'c' was not planned from a file, and a report is the rows of one"):
        report(one._ledger, "c", io.StringIO())


def test_a_cap_that_is_none_is_refused_before_anything_happens(server: SandboxServer) -> None:
    one = campaign(server, [numbers(1)])
    with pytest.raises(ValueError, match="max_calls is a whole number"):
        one.run(max_calls=0)
    assert one.status().state is CampaignState.PLANNED


def test_run_in_a_loop_names_arun_and_arun_runs(server: SandboxServer) -> None:
    one = campaign(server, [numbers(30)])

    async def main() -> Status:
        with pytest.raises(RuntimeError, match=r"await campaign\.arun"):
            one.run()
        with pytest.raises(RuntimeError, match=r"await campaign\.arun"):
            one.events()
        return await one.arun(ramp=False)

    assert asyncio.run(main()).counts.accepted == 30


@pytest.mark.parametrize("kind", ["task", "scope"])
def test_a_cancelled_arun_ends_what_is_in_flight(kind: str) -> None:
    with SandboxServer(PROVIDERS) as slow:
        one = campaign(slow, [numbers(60)[start : start + 2] for start in range(0, 60, 2)])
        path = configuration(slow, alerts="pace = {requests_per_second = 10}")
        one = Campaign.open(one._ledger, "c", configuration=path)

        async def main() -> None:
            if kind == "scope":
                with anyio.move_on_after(0.35):
                    await one.arun(ramp=False)
            else:
                task = asyncio.create_task(one.arun(ramp=False))
                await asyncio.sleep(0.35)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        asyncio.run(main())
        status = one.status()
        assert status.state is CampaignState.PAUSED
        assert status.counts.submitting == status.counts.in_doubt == 0
        assert 0 < status.counts.accepted == len(slow.dialled) < 60
        assert one.run().counts.accepted == 60


def test_an_arun_cancelled_before_there_was_a_thread_for_it_never_begins(server: SandboxServer) -> None:
    one, go_on = campaign(server, [numbers(10)]), threading.Event()

    async def main() -> None:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, partial(go_on.wait, 10))
            await anyio.sleep(0.01)
            with anyio.move_on_after(0.05) as waited:
                await one.arun()
            assert waited.cancelled_caught
            go_on.set()

    asyncio.run(main())
    assert one.status().state is CampaignState.PLANNED
    assert one.run().counts.accepted == 10


def test_what_began_after_all_once_it_was_cancelled_does_nothing(server: SandboxServer) -> None:
    one, begun = campaign(server, [numbers(10)]), threading.Lock()
    begun.acquire()
    with pytest.raises(RuntimeError, match="cancelled before it began"):
        one._run_whole(begun, threading.Event())
    assert one.status().state is CampaignState.PLANNED


def test_stop_pause_and_cancel(server: SandboxServer) -> None:
    one = campaign(server, [numbers(10)])
    one.stop()
    status = one.run()
    assert (status.state, status.reason, status.counts.pending) == (CampaignState.PAUSED, "it was stopped", 10)
    events = one.events()
    next(events)
    one.stop()
    assert isinstance(list(events)[-1], Finished)
    assert one.run().counts.accepted == 10
    broken = Campaign.open(one._ledger, "c", configuration=Path("nowhere.toml"))
    broken.stop()
    with pytest.raises(ConfigError):
        broken.run()
    assert not broken._stopping  # it was meant for that run
    other = campaign(server, [numbers(10)])
    list(other.events(max_calls=1))
    assert other.pause().state is CampaignState.PAUSED
    assert other.cancel().counts.canceled == 9
    assert other.run().reason == "the campaign was canceled"


def test_a_named_person_decides_on_doubts() -> None:
    with SandboxServer(PROVIDERS, script=Script({"5": "missing"})) as forgetful:
        one = campaign(forgetful, [numbers(10)])
        one.run()
        (doubt,) = [row.callee for row in one._ledger.results("c") if row.state == "in_doubt"]
        assert one.resolve("held", callees=[doubt], who="A. Person", why="asked the vendor") == 0
        assert one.resolve("placed", callees=[doubt], who="A. Person", why="it is in the records") == 1
    assert one.status().counts.accepted == 10


def test_of_a_file_and_beside_a_run(server: SandboxServer, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with SqliteLedger(path) as ledger:
        plan(ledger, [numbers(200)])
    with Campaign.open(path, "c", configuration=configuration(server)) as one:
        events = one.events(max_calls=61)
        next(events)
        with Campaign.open(str(path), "c") as beside:
            assert beside.status().counts.total == 200
            with pytest.raises(LedgerError, match=r"held|holds"):
                beside.run()
        list(events)
        assert one.run().counts.accepted == 200
    assert sorted(dialled(server)) == numbers(200)
    with pytest.raises(LedgerError):
        Campaign.open(path, "nobody")
    with pytest.raises(LedgerError):
        one.status()


def test_a_ledger_of_ones_own_stays_open() -> None:
    ledger = MemoryLedger()
    plan(ledger, [numbers(1)])
    with Campaign.open(ledger, "c"):
        pass
    assert ledger.names() == ("c",)
    with pytest.raises(LedgerError, match="there is no campaign 'other'"):
        Campaign.open(ledger, "other")
    assert ledger.names() == ("c",)


def test_a_digest_is_looked_at_before_anything_is_sent(server: SandboxServer, tmp_path: Path) -> None:
    path, file, ledger = configuration(server), tmp_path / "callees.csv", MemoryLedger()
    file.write_text("phone\n" + "\n".join(numbers(12)) + "\n")
    planned = voicehub.campaign.plan(ledger, "c", file, ANNOUNCEMENT, configuration=config.load(path), account="alerts")
    one = Campaign.open(ledger, "c", configuration=path)
    with pytest.raises(ConfigError, match=planned.digest):
        one.run(plan="123")
    assert (one.status().state, server.dialled) == (CampaignState.PLANNED, [])
    assert one.run(plan=planned.digest).counts.accepted == 12
    assert sorted(dialled(server)) == numbers(12)


def test_one_run_at_a_time(server: SandboxServer) -> None:
    one = campaign(server, [numbers(10)])
    events = one.events()
    next(events)
    with pytest.raises(LedgerError, match="busy with campaign 'c'"):
        Campaign.open(one._ledger, "c", configuration=one._configuration).run()
    assert isinstance(list(events)[-1], Finished)
    assert one.status().counts.accepted == 10


def test_a_second_run_that_is_refused_leaves_the_first_one_stoppable(server: SandboxServer) -> None:
    one = campaign(server, [[number] for number in numbers(40)])
    events = one.events(ramp=True)
    next(events)
    with pytest.raises(LedgerError, match="busy"):
        one.run()
    one.stop()
    finished = list(events)[-1]
    assert isinstance(finished, Finished)
    assert finished.status.state is CampaignState.PAUSED
    assert finished.status.counts.pending > 0
    assert one.run().state is CampaignState.COMPLETED


def test_the_door_loads_what_it_names_on_first_use() -> None:
    assert set(voicehub.campaign.__all__) <= set(dir(voicehub.campaign))
    with pytest.raises(AttributeError, match="no attribute 'Campagne'"):
        _ = voicehub.campaign.Campagne
