"""`voicehub demo`: the first thing a person sees. It picks by table, sends for real, and checks itself."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from tests.campaign.memory import MemoryLedger
from tests.cli.conftest import SECRETS, Voicehub, document
from voicehub.campaign import CampaignState, Counts, Status
from voicehub.cli._demo import campaign, reports
from voicehub.cli._demo.campaign import Ended
from voicehub.cli._demo.cast import Actor, callees, pick
from voicehub.cli._demo.held import Held
from voicehub.cli._demo.reports import Hooks, notes_in
from voicehub.config import load
from voicehub.errors import ConfigError
from voicehub.message import AudioUrl, Speech, UploadedAudio
from voicehub.provider import Limits, Provider, Span
from voicehub.sandbox import Dialled, SandboxServer, Script

SPAN = Span(1, 10, "callees", "page", "2026-11")
SILENT = Limits(callees=SPAN, callee_digits=Span(7, 15, "digits", "page", "2026-11"))


def vendor(name: str, kind: type[BaseModel] = UploadedAudio, **rows: Span | None) -> Provider:
    limits = {kind: Limits(**{**SILENT.rows(), **rows})}  # type: ignore[arg-type]
    cls: type[Provider] = type(name, (Onbuka,), {"name": name, "limits": limits})
    return cls(cls.Settings(**cls.sample_settings))


def seconds(low: float, high: float) -> Span:
    return Span(low, high, "seconds", "page", "2026-11")


def test_every_scene_ends_as_told(voicehub: Voicehub) -> None:
    result = voicehub("demo", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    told = document(result)
    first, second, split, local, doubt = told["scenes"]
    assert first["provider"] != second["provider"]
    for scene in (first, second, split):
        assert {row["status"] for row in scene["outcomes"]} == {"accepted"}
        assert "error" not in scene
    assert len({row["call_id"].rsplit("-", 1)[0] for row in split["outcomes"]}) == 3  # requests
    assert local["error"]["type"] == "UnsupportedField"
    assert {row["status"] for row in local["outcomes"]} == {"not_attempted"}
    assert doubt["error"]["type"] == "InDoubt"
    assert [row["status"] for row in doubt["outcomes"]] == ["accepted", "in_doubt"]
    campaign = told["campaign"]
    found = campaign["reconciled"]
    left = campaign["callees"]["in_doubt"]  # what was in flight when it was killed, and had not left yet
    assert found["matched"] >= 10  # the request whose answer was held back: every phone of it had rung
    assert (campaign["state"], campaign["callees"]["accepted"]) == ("completed", 600 - left)
    assert (found["matched"] + found["unseen"], found["unseen"]) == (campaign["doubts_of_the_kill"], left)
    assert (found["ambiguous"], found["unasked"], found["problems"]) == (0, 0, {})
    assert 0 < sum(campaign["calls"].values()) <= 600 - left
    assert 200 <= campaign["rang_before_the_kill"] < 600
    assert told["agrees"] is True
    assert told["accepted"] == 3 + 3 + len(split["outcomes"]) + 1 + 600 - left
    assert told["in_doubt"] == 1 + left
    assert told["dialled"] == told["accepted"] + told["dialled_in_doubt"]


def test_a_person_sees_the_story(voicehub: Voicehub) -> None:
    result = voicehub("demo")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "1. A message",
        "another account: changing the vendor is one line",
        "3 requests in turn",
        "in doubt",
        "kill -9",
        "voicehub campaign resume",
        "voicehub webhooks serve",
        "voicehub campaign reconcile",
        "accepted now: their call was found",
    ):
        assert words in result.stdout
    assert "UnsupportedField: ring_timeout_seconds" in result.stdout
    assert "What was said and what was dialled agree." in result.stdout
    assert not any(secret in result.stdout for secret in SECRETS)
    assert "932111" not in result.stdout


def twice(server: SandboxServer) -> None:
    server.dialled += server.dialled[:1]


def never(server: SandboxServer) -> None:
    server.dialled.clear()


def strangers(server: SandboxServer) -> None:
    server.dialled.append(server.dialled[-1]._replace(callee="+10000000"))


@pytest.mark.parametrize("meddle", [twice, never, strangers])
def test_a_disagreement_is_a_bug_and_says_so(
    meddle: Callable[[SandboxServer], None], voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = SandboxServer.__exit__

    def meddling(self: SandboxServer, *_: object) -> None:
        meddle(self)
        leave(self)

    monkeypatch.setattr(SandboxServer, "__exit__", meddling)
    result = voicehub("demo")
    assert result.exit_code == 1
    assert "differ: this is a bug" in result.stdout
    assert document(voicehub("demo", "--json"))["agrees"] is False


def test_without_two_providers_it_says_what_is_needed(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_BLOCK", "itniotech")
    result = voicehub("demo", "--json")
    assert result.exit_code == 2
    assert "the demo needs two providers, one of them without a ring timeout" in document(result)["error"]["message"]


def test_a_broken_plugin_is_left_out(voicehub: Voicehub, broken_plugin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = voicehub("demo", "--json")
    assert result.exit_code == 0
    assert "Left out: plugin 'acme'" in result.stderr
    monkeypatch.setattr(Itniotech, "sample_settings", {})
    result = voicehub("demo")
    assert result.exit_code == 2
    assert "Left out: provider itniotech: its sample_settings do not fit" in result.stderr


def test_the_pair_with_one_message_for_both_goes_first() -> None:
    silent, ringing = vendor("silent"), vendor("ringing", ring_timeout_seconds=seconds(20, 60))
    other = vendor("other", AudioUrl)
    for providers in ([other, silent, ringing], [ringing, silent, other], [silent, other, ringing]):
        first, second = pick(providers)
        assert (first.provider.name, second.provider.name) == ("silent", "ringing")
        assert first.announcement == second.announcement


def test_vendors_that_share_no_kind_of_content_play_their_own() -> None:
    voice = Span(1, 100, "characters", "page", "2026-11")
    first, second = pick([vendor("silent"), vendor("speaking", Speech, text=voice, ring_timeout_seconds=seconds(1, 9))])
    assert isinstance(first.announcement.content, UploadedAudio)
    assert isinstance(second.announcement.content, Speech)


def test_wishes_that_a_table_has_no_room_for_are_left_out() -> None:
    short = vendor("short", max_duration_seconds=seconds(1, 10), plays=Span(1, 9, "plays", "page", "2026-11"))
    other = vendor("other", max_duration_seconds=seconds(1, 90), plays=Span(1, 9, "plays", "page", "2026-11"))
    first, second = pick([short, other])
    assert first.announcement == second.announcement
    assert first.announcement.max_duration_seconds is None
    assert first.announcement.plays == 2


def needs(name: str) -> Provider:
    return vendor(name, Speech, rate=Span(1, 2, "times normal speed", "page", "2026-11", required=True))


@pytest.mark.parametrize(
    "providers",
    [
        [],
        [vendor("alone")],
        [vendor("one", ring_timeout_seconds=seconds(1, 9)), vendor("two", ring_timeout_seconds=seconds(1, 9))],
        [
            vendor("one", callees=Span(1, None, "callees", "", "")),
            vendor("two", callees=Span(1, 9999, "callees", "", "")),
        ],
        [vendor("one"), needs("two")],
    ],
)
def test_no_pair(providers: list[Provider]) -> None:
    with pytest.raises(ConfigError, match="the demo needs two providers"):
        pick(providers)


def test_no_number_has_an_ending_with_a_script() -> None:
    from itertools import islice

    endings = list(Script().endings)
    numbers = list(islice(callees(endings), 12000))
    assert len(set(numbers)) == len(numbers)
    assert all(Script().ending_of(number) is None for number in numbers)


class Deaf(Onbuka):
    """A vendor that takes no recordings, tells no records and reports nothing."""

    name = "deaf"
    abilities: ClassVar[Any] = {}
    reports: ClassVar[Any] = None


def test_of_a_vendor_that_tells_nothing_the_doubts_are_left(tmp_path: Path) -> None:
    deaf = Deaf(Deaf.Settings(**Deaf.sample_settings))
    hooks = Hooks.of("demo", deaf)
    assert (hooks.secrets, hooks.urls()) == ({}, {})
    actor = Actor(deaf, pick([vendor("silent"), vendor("ringing", ring_timeout_seconds=seconds(1, 9))])[0].announcement)
    assert campaign._announcement(tmp_path, actor) is actor.announcement
    assert not campaign.can_be_settled(actor)
    with hooks.taken("", tmp_path / "none.db"):
        hooks.wait()
        assert not (tmp_path / "none.db").exists()
    campaign._wait_for_reports(MemoryLedger(), hooks, load(), 1)


def test_it_waits_for_who_takes_reports_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_BEGIN_SECONDS", 0.2)
    monkeypatch.setattr(campaign, "_HEAR_SECONDS", 0.2)
    hooks = Hooks.of("demo", Onbuka(Onbuka.Settings(**Onbuka.sample_settings)))
    hooks.wait()
    ledger = MemoryLedger()
    with ledger.draft("demo", now=0.0) as draft:
        draft.seal({"chain": [{"account": "demo"}]})
    campaign._wait_for_reports(ledger, hooks, load(), 1)
    campaign._wait_for_reports(ledger, hooks, load(), 0)


def test_the_scene_of_doubts_is_left_out_where_they_cannot_be_settled(capsys: pytest.CaptureFixture[str]) -> None:
    status = Status("demo", CampaignState.COMPLETED, "d", Counts(accepted=1), None)
    ended = Ended("demo", 1, status, None, status, {}, {})
    campaign.show(ended, 6)
    assert "7." not in capsys.readouterr().out
    assert ended.as_dict()["reconciled"] is None


def test_an_answer_is_held_back_until_the_process_is_dead() -> None:
    held, phone = Held(), Dialled("demo", "acme", "+932111111111", "1", 0.0)
    held(phone)
    with ThreadPoolExecutor(1) as pool:
        with held.after(2) as begun:
            held(phone)
            assert not begun.is_set()
            answer = pool.submit(held, phone)
            assert begun.wait(5)
            with pytest.raises(TimeoutError):
                answer.result(0.2)
        answer.result(5)


@pytest.mark.parametrize("before", [None, "elsewhere"])
def test_what_is_noted_of_uploads_is_not_kept(
    before: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    if before is not None:
        monkeypatch.setenv("XDG_STATE_HOME", before)
    with notes_in(tmp_path):
        assert os.environ["XDG_STATE_HOME"] == str(tmp_path)
    assert os.environ.get("XDG_STATE_HOME") == before
