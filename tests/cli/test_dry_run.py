"""`voicehub send --dry-run`: what would leave, without a credential or a number in it, and nothing leaves."""

import functools
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from hypothesis import example, given
from hypothesis import strategies as st

from tests.cli.conftest import SECRETS, Voicehub, document
from voicehub.cli import _dry_run
from voicehub.cli._run import Run
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
    assert document(result)["error"]["field"] == "ring_timeout_seconds"


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
    shown = _dry_run.masked_request(run, request, [])
    assert text not in shown["body"]
    assert text not in shown["url"]


def test_of_a_secret_that_begins_with_another_nothing_remains() -> None:
    run = Run([])
    run.secrets = ("open-s", "open-sesame")
    request = Request("POST", "https://example.com/", {"content-type": "text/plain"}, b"key=open-sesame")
    assert _dry_run.masked_request(run, request, [])["body"] == "key=*****"


def test_a_body_that_is_no_text_is_shown_by_its_bytes() -> None:
    request = Request("POST", "https://example.com/", {"content-type": "audio/wav"}, b"\xff\x00")
    assert _dry_run.masked_request(Run([]), request, [])["body"] == "\\xff\x00"
