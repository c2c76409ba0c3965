"""`voicehub demo`: the first thing a person sees. It picks by table, sends for real, and checks itself."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from tests.cli.conftest import SECRETS, Voicehub, document
from voicehub.cli._demo_cast import callees, pick
from voicehub.errors import ConfigError
from voicehub.message import AudioUrl, Speech, UploadedAudio
from voicehub.provider import Limits, Provider, Span
from voicehub.sandbox import SandboxServer, Script

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
    left = campaign["callees"]["in_doubt"]  # what was in flight when it was killed
    assert (campaign["state"], campaign["callees"]["accepted"]) == ("completed", 600 - left)
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
