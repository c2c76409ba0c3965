"""A campaign from its door: at a sandbox, whose list of who was dialled is compared with what was recorded."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.campaign.memory import MemoryLedger
from tests.campaign.support import ANNOUNCEMENT, BOTH, PROVIDERS, campaign, configuration, dialled, numbers, plan
from voicehub import ConfigError, NamedAudio
from voicehub.campaign import (
    AccountStopped,
    Campaign,
    CampaignState,
    Finished,
    Moved,
    Progress,
    Started,
)
from voicehub.sandbox import Fault, SandboxServer


def test_everybody_is_phoned_once(server: SandboxServer) -> None:
    one = campaign(server, [numbers(1500)[:900], numbers(1500)[900:]])
    events = list(one.events())
    assert sorted(dialled(server)) == numbers(1500)
    assert isinstance(events[0], Started)
    assert events[0].as_dict() == {
        "event": "started",
        "campaign": "c",
        "accounts": ("alerts",),
        "doubts": 0,
        "callees": {"total": 1500, "pending": 1500} | dict.fromkeys(list(events[0].counts._asdict())[1:], 0),
    }
    assert isinstance(events[-1], Finished)
    assert events[-1].status == one.status()
    assert one.status().counts.accepted == 1500
    assert one.run() == one.status()  # nothing is left to do
    assert len(server.dialled) == 1500


def test_the_ramp_goes_first(server: SandboxServer) -> None:
    campaign(server, [numbers(1500)[:900], numbers(1500)[900:]]).run()
    ids = Counter(str(row.call_id).split("-")[1] for row in server.dialled)
    assert list(ids.values())[:3] == [1, 10, 50]
    server.dialled.clear()
    campaign(server, [numbers(1500)[:900], numbers(1500)[900:]]).run(ramp=False)
    assert sorted(Counter(str(row.call_id).split("-")[1] for row in server.dialled).values()) == [600, 900]


def test_single_refusals_and_a_missing_row_are_accounted_for(server: SandboxServer) -> None:
    callees = [*numbers(20), "+93211110001", "+93211110002"]
    status = campaign(server, [callees]).run(ramp=False)
    assert status.counts == (0, 0, 20, 1, 1, 0, 0)
    assert status.state is CampaignState.COMPLETED
    assert status.as_dict() == {
        "name": "c",
        "state": "completed",
        "digest": "d",
        "callees": {"total": 22, **status.counts._asdict()},
    }


@pytest.mark.parametrize("fault", ["no-balance", "expired"])
def test_an_account_that_is_refused_stops_and_its_batch_is_put_back(fault: str) -> None:
    with SandboxServer(PROVIDERS, faults=[Fault(fault)]) as broken:
        one = campaign(broken, [numbers(10)])
        events = list(one.events())
    assert [type(event) for event in events if not isinstance(event, Progress)] == [Started, AccountStopped, Finished]
    assert one.status().state is CampaignState.PAUSED
    assert one.status().counts.pending == 10
    assert isinstance(events[-1], Finished)
    assert "account alerts has stopped: " in str(events[-1].as_dict()["reason"])


def test_what_did_not_ring_goes_by_the_next_account_in_its_own_sizes(server: SandboxServer) -> None:
    sizes: list[int] = []
    with SandboxServer({"alerts": PROVIDERS["alerts"]}, faults=[Fault("no-balance")]) as empty:
        path = configuration(server)
        path.write_text(path.read_text().replace(server.provider("alerts").settings.base_url, f"{empty.url}/v3"))
        ledger = MemoryLedger()
        too_long = "+932111155550001"
        plan(ledger, [[*numbers(999), too_long]], chain=BOTH)
        path.write_text(path.read_text() + "\n[accounts.backup.limits]\ncallee_digits = [7, 14]\n")
        one = Campaign.open(ledger, "c", configuration=path)
        events = list(one.events())
        assert not empty.dialled
    sizes = list(Counter(str(row.call_id).split("-")[1] for row in server.dialled).values())
    assert Moved("alerts", "backup") in events
    assert sorted(dialled(server)) == numbers(999)
    assert {row.account for row in server.dialled} == {"backup"}
    assert sizes[:3] == [1, 10, 50]  # an account that stands in is tried out too
    assert max(sizes) <= 200
    last = {row.callee: row for row in ledger.results("c")}
    assert {row.account for row in last.values()} == {"backup"}
    assert last[too_long].state == "refused"
    assert "15 digits" in str(last[too_long].reason)
    assert last[numbers(1)[0]].attempt == 2  # the first was that of the account that had no money
    assert one.status().counts == (0, 0, 999, 1, 0, 0, 0)


def test_a_doubt_never_moves() -> None:
    with (
        SandboxServer({"alerts": PROVIDERS["alerts"]}, faults=[Fault("error-after")]) as broken,
        SandboxServer(PROVIDERS) as sound,
    ):
        path = configuration(sound)
        path.write_text(path.read_text().replace(sound.provider("alerts").settings.base_url, f"{broken.url}/v3"))
        ledger = MemoryLedger()
        plan(ledger, [numbers(50)], chain=BOTH)
        status = Campaign.open(ledger, "c", configuration=path).run()
        doubts = {row.callee for row in ledger.results("c") if row.state == "in_doubt"}
        assert doubts == set(dialled(broken))
        assert not doubts.intersection(dialled(sound))
        assert sorted(dialled(broken) + dialled(sound)) == numbers(50)
    assert status.counts.in_doubt == 3  # the breaker, in the ramp
    assert status.counts.accepted == 47


def test_an_account_nobody_answers_for_is_unreachable(monkeypatch: pytest.MonkeyPatch, server: SandboxServer) -> None:
    monkeypatch.setattr("voicehub.campaign._run.governor._UNSENT_SECONDS", 0.001)
    path = configuration(server)
    path.write_text(path.read_text().replace(server.url, "http://127.0.0.1:1"))
    ledger = MemoryLedger()
    plan(ledger, [numbers(5)], chain=BOTH)
    status = Campaign.open(ledger, "c", configuration=path).run()
    assert (status.state, status.counts.pending) == (CampaignState.PAUSED, 5)
    assert "unreachable" in str(status.reason)


def test_a_named_audio_is_each_accounts_own_file(server: SandboxServer) -> None:
    heard = []
    ledger = MemoryLedger()
    spoken = ANNOUNCEMENT.model_copy(update={"content": NamedAudio("reminder")}).model_dump(mode="json")
    plan(ledger, [numbers(3)], announcement=spoken)
    one = Campaign.open(ledger, "c", configuration=configuration(server))
    with pytest.raises(ConfigError, match=r"audio\.reminder"):
        one.run()
    assert one.status().state is CampaignState.PLANNED
    path = configuration(server, audio='[audio.reminder]\nalerts = "mine.mp3"\n')
    provider = type(PROVIDERS["alerts"])
    encode = provider.encode

    def listening(self: Any, message: Any, now: float) -> Any:
        heard.append(message.content)
        return encode(self, message, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider, "encode", listening)
        assert Campaign.open(ledger, "c", configuration=path).run().counts.accepted == 3
    assert {content.file_id for content in heard} == {"mine.mp3"}


def test_options_of_another_account_are_left_out(server: SandboxServer) -> None:
    ledger = MemoryLedger()
    spoken = ANNOUNCEMENT.model_copy(update={"provider_options": {"itniotech": {"x": 1}}}).model_dump(mode="json")
    plan(ledger, [numbers(3)], announcement=spoken, chain=BOTH)
    assert Campaign.open(ledger, "c", configuration=configuration(server)).run().counts.accepted == 3


def test_a_kind_of_content_the_account_does_not_play(server: SandboxServer) -> None:
    spoken = {"content": {"kind": "audio_url", "url": "https://example.com/a.mp3"}}
    ledger = MemoryLedger()
    plan(ledger, [numbers(3)], announcement=spoken)
    with pytest.raises(ConfigError, match="account alerts: its provider onbuka-v3 plays no AudioUrl"):
        Campaign.open(ledger, "c", configuration=configuration(server)).run()


def test_who_must_not_be_phoned_is_not(server: SandboxServer, tmp_path: Path) -> None:
    ledger = MemoryLedger()
    listed = tmp_path / "listed.txt"
    listed.write_text(f"{numbers(2)[1]}\n")
    path = configuration(server)
    plan(ledger, [numbers(5)[:1]], "before")
    Campaign.open(ledger, "before", configuration=path).run()
    server.dialled.clear()
    plan(ledger, [numbers(5)], do_not_call=str(listed), not_phoned_within_hours=24)
    one = Campaign.open(ledger, "c", configuration=path)
    assert one.run().counts == (0, 0, 3, 0, 0, 2, 0)
    assert sorted(dialled(server)) == numbers(5)[2:]


def test_whom_another_run_phones_until_the_ledger_is_ours_is_not_phoned_again(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, path = MemoryLedger(), configuration(server)
    plan(ledger, [numbers(3)[:2]], "before")
    plan(ledger, [numbers(3)], not_phoned_within_hours=24)
    own = ledger.own

    def wait_and_own() -> object:
        monkeypatch.setattr(ledger, "own", own)
        other = ledger.another()
        Campaign.open(other, "before", configuration=path).run()
        other.close()
        return own()

    monkeypatch.setattr(ledger, "own", wait_and_own)
    assert Campaign.open(ledger, "c", configuration=path).run().counts.suppressed == 2
    assert sorted(dialled(server)) == numbers(3)


def test_a_list_that_cannot_be_read_stops_it(server: SandboxServer, tmp_path: Path) -> None:
    listed = tmp_path / "listed.txt"
    ledger = MemoryLedger()
    plan(ledger, [numbers(100)], do_not_call=str(listed))
    one = Campaign.open(ledger, "c", configuration=configuration(server))
    with pytest.raises(ConfigError, match="do-not-call file cannot be read"):
        one.run()
    assert one.status().state is CampaignState.PLANNED
    listed.write_text("")
    slow = configuration(server, alerts="pace = {requests_per_second = 20}")
    one = Campaign.open(ledger, "c", configuration=slow)
    events = one.events()
    next(events)
    listed.unlink()
    finished = list(events)[-1]
    assert isinstance(finished, Finished)
    assert finished.status.state is CampaignState.PAUSED
    assert "the do-not-call file cannot be read: No such file" in str(finished.status.reason)
