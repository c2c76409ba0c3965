"""`voicehub send --dry-run`: what would leave, without a credential or a number in it, and nothing leaves."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from voicehub_onbuka import Onbuka

from tests.cli.conftest import SECRETS, Voicehub, document, write
from voicehub import AudioUrl, UploadedAudio, VoiceMessage
from voicehub.cli._run import Run
from voicehub.cli._send import dry_run
from voicehub.provider import Request
from voicehub.sandbox import SandboxServer

SEND = ("--to", "+932111111111", "--audio-file-id", "12022022570cc.mp3", "--caller-id", "1008122211", "--dry-run")


def test_the_json_has_requests_and_no_outcomes(voicehub: Voicehub, config: str, sandbox: SandboxServer) -> None:
    result = voicehub("send", "--config", config, *SEND, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    told = document(result)
    assert told.keys() == {"account", "provider", "requests"}
    (request,) = told["requests"]
    assert (request["method"], request["url"]) == ("POST", f"{sandbox.url}/v3/voice/sendGroup")
    assert request["headers"] == {
        "content-type": "application/json;charset=UTF-8",
        "api-key": "*****",
        "timestamp": "*****",
        "sign": "*****",
    }
    body = json.loads(request["body"])
    assert (body["callee"], body["displayNum"], body["fileId"]) == ("**********11", "********11", "12022022570cc.mp3")
    assert sandbox.dialled == []


def test_people_read_the_same(voicehub: Voicehub, config: str, sandbox: SandboxServer) -> None:
    result = voicehub("send", "--config", config, *SEND)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("1 request by account alerts (onbuka-v3); nothing was sent\n\nPOST http://127.0.0.")
    assert "api-key: *****\n" in result.stdout
    assert '"callee":"**********11"' in result.stdout
    assert not any(secret in result.stdout for secret in (*SECRETS, "932111111111", "1008122211"))
    assert sandbox.dialled == []


def test_a_split_shows_each_request(voicehub: Voicehub, config: str) -> None:
    numbers = "".join(f"+93212{n:07d}\n" for n in range(201))
    arguments = ("send", "--config", config, "--account", "backup", "--to", "-", "--audio-file-id", "x", "--dry-run")
    result = voicehub(*arguments, "--json", stdin=numbers)
    counts = [json.loads(request["body"])["callee"].count(",") + 1 for request in document(result)["requests"]]
    assert counts == [200, 1]
    assert "93212" not in result.stdout
    assert voicehub(*arguments, stdin=numbers).stdout.startswith("2 requests by")


def test_a_message_that_cannot_be_sent_is_told_as_in_a_send(voicehub: Voicehub, config: str) -> None:
    result = voicehub("send", "--config", config, "--account", "backup", *SEND, "--ring-timeout", "30", "--json")
    assert result.exit_code == 3
    told = document(result)
    assert told["error"]["field"] == "ring_timeout_seconds"
    assert told.keys() == {"account", "provider", "error"}  # nothing was tried, so nobody's outcome is told


def test_a_value_that_reads_like_the_option_dries_nothing(voicehub: Voicehub, config: str) -> None:
    arguments = ("send", "--config", config, *SEND[:-1], "--plays", "0", "--reference", "--dry-run", "--json")
    assert "outcomes" in document(voicehub(*arguments))


URL = "https://user:pw@h.example/x.mp3?sig=TOKEN123&v=1&opaque"


@pytest.mark.parametrize("form", [str, quote, quote_plus, lambda text: json.dumps(text)[1:-1]])
def test_what_opens_the_announcements_store_is_not_shown(form: Callable[[str], str]) -> None:
    request = Request("POST", "https://a.example/?u=" + form(URL), {"content-type": "text/plain"}, form(URL).encode())
    shown = dry_run.masked_request(Run([]), request, [], URL)
    assert shown["body"] == "https://*****@h.example/x.mp3?sig=*****&v=*****&*****"
    assert shown["url"] == f"https://a.example/?u={shown['body']}"
    parts = Request("POST", "https://a.example/", {"content-type": "text/plain"}, b"path=x.mp3 token=TOKEN123")
    assert dry_run.masked_request(Run([]), parts, [], URL)["body"] == "path=x.mp3 token=*****"


def test_an_open_address_is_shown_as_it_is() -> None:
    url = "https://h.example/x.mp3"
    request = Request("POST", "https://a.example/", {"content-type": "text/plain"}, url.encode())
    assert dry_run.masked_request(Run([]), request, [], url)["body"] == url


def test_the_command_hides_the_keys_of_its_announcement(
    voicehub: Voicehub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encode(self: Onbuka, message: VoiceMessage, now: float) -> Request:
        assert isinstance(message.content, AudioUrl)
        return Request("POST", self.settings.url("x"), {"content-type": "text/plain"}, message.content.url.encode())

    monkeypatch.setattr(Onbuka, "limits", {AudioUrl: Onbuka.limits[UploadedAudio]})
    monkeypatch.setattr(Onbuka, "encode", encode)
    config = write(tmp_path, {"alerts": Onbuka(Onbuka.Settings(**Onbuka.sample_settings))})
    for more in ((), ("--json",)):
        result = voicehub("send", "--config", config, *SEND[:2], "--audio-url", URL, "--dry-run", *more)
        assert result.exit_code == 0
        assert "https://*****@h.example/x.mp3?sig=*****" in result.stdout
        assert not any(key in result.output for key in (":pw", "TOKEN123"))


FORMS = (str, quote, quote_plus, json.dumps, functools.partial(json.dumps, ensure_ascii=False))


@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=6).filter(lambda text: "*" not in text),
    form=st.sampled_from(FORMS),
)
@example("pass word", quote_plus)
@example('pass"word', json.dumps)
@example("pässword", json.dumps)
@example('päss"word', functools.partial(json.dumps, ensure_ascii=False))
@example("päss/word", quote)
def test_a_secret_is_hidden_however_it_is_written(secret: str, form: Callable[[str], str]) -> None:
    run = Run([])
    run.secrets = (secret,)
    text = form(secret) if form in FORMS[:3] else form(secret)[1:-1]  # JSON without its quotation marks
    request = Request("POST", f"https://example.com/{text}", {"content-type": "text/plain"}, text.encode())
    shown = dry_run.masked_request(run, request, [])
    assert text not in shown["body"]
    assert text not in shown["url"]


def test_of_a_secret_that_begins_with_another_nothing_remains() -> None:
    run = Run([])
    run.secrets = ("open-s", "open-sesame")
    request = Request("POST", "https://example.com/", {"content-type": "text/plain"}, b"key=open-sesame")
    assert dry_run.masked_request(run, request, [])["body"] == "key=*****"


def test_a_body_that_is_no_text_is_shown_by_its_bytes() -> None:
    request = Request("POST", "https://example.com/", {"content-type": "audio/wav"}, b"\xff\x00")
    assert dry_run.masked_request(Run([]), request, [])["body"] == "\\xff\x00"
