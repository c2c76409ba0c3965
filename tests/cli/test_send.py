"""`voicehub send`: from arguments to the receipt, each end with its exit code, words and JSON."""

import json
import sys
from pathlib import Path

import pytest
from voicehub_onbuka import Onbuka

from tests.cli.conftest import Vendor, Voicehub, document, write
from voicehub.sandbox import SandboxServer

PLAY = ("--audio-file-id", "welcome.mp3")
ONE, TWO = "+932111111111", "+932111111112"
REFUSED, MISSING = "+932111110001", "+932111110002"


def to(*numbers: str) -> list[str]:
    return [word for number in numbers for word in ("--to", number)]


def test_every_callee_accepted(voicehub: Voicehub, config: str, sandbox: SandboxServer) -> None:
    result = voicehub("send", "--config", config, *to(ONE, TWO), *PLAY)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "2 accepted by account alerts (onbuka-v3)" in result.stdout
    assert "call-1-0" in result.stdout
    assert ONE[1:] not in result.stdout
    assert "to[1]" in result.stdout
    assert [row.callee for row in sandbox.dialled] == [ONE, TWO]


def test_the_json_holds_every_callee_in_full_and_no_error(voicehub: Voicehub, config: str) -> None:
    result = voicehub("send", "--config", config, "--account", "backup", *to("932 111-111 111"), *PLAY, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert document(result) == {
        "account": "backup",
        "provider": "itniotech",
        "outcomes": [
            {"callee": ONE, "status": "accepted", "call_id": "call-1-0", "code": "0", "reason": None},
        ],
    }


def test_every_option_reaches_the_vendor(voicehub: Voicehub, rude_config: str, rude: Vendor) -> None:
    result = voicehub(
        *("send", "--config", rude_config, *to(ONE), *PLAY, "--caller-id", "+1008 122211", "--max-duration", "50"),
        *("--ring-timeout", "60", "--plays", "2", "--reference", "order 42"),
    )
    assert result.exit_code == 0
    assert json.loads(rude.requests[0]) == {
        "callee": "932111111111",
        "fileId": "welcome.mp3",
        "appId": Onbuka.sample_settings["app_id"],
        "displayNum": "1008122211",
        "maxDuration": 50,
        "maxRingingTime": 60,
        "loopCount": 2,
        "calledInfo": "order 42",
    }


def test_some_refused(voicehub: Voicehub, config: str) -> None:
    result = voicehub("send", "--config", config, *to(ONE, REFUSED), *PLAY)
    assert result.exit_code == 4
    assert "1 accepted, 1 refused" in result.stdout
    assert "-22 the sandbox refuses this scripted number" in result.stdout
    result = voicehub("send", "--config", config, *to(ONE, REFUSED), *PLAY, "--json")
    assert result.exit_code == 4
    assert [row["status"] for row in document(result)["outcomes"]] == ["accepted", "refused"]
    assert "error" not in document(result)


def test_all_refused(voicehub: Voicehub, config: str) -> None:
    result = voicehub("send", "--config", config, *to(REFUSED), *PLAY, "--json")
    assert result.exit_code == 3
    told = document(result)
    assert told["error"]["type"] == "Refused"
    assert (told["error"]["kind"], told["error"]["code"]) == ("request", "-22")
    assert told["outcomes"][0]["status"] == "refused"
    assert told["error"]["message"] in result.stderr


def test_somebody_in_doubt(voicehub: Voicehub, config: str, sandbox: SandboxServer) -> None:
    result = voicehub("send", "--config", config, *to(ONE, MISSING), *PLAY)
    assert result.exit_code == 5
    assert "in doubt" in result.stdout
    assert "their phones may have rung" in result.stderr
    assert len(sandbox.dialled) == 2
    result = voicehub("send", "--config", config, *to(MISSING, ONE), *PLAY, "--json")
    assert [row["status"] for row in document(result)["outcomes"]] == ["in_doubt", "accepted"]
    assert document(result)["error"]["type"] == "InDoubt"


def test_part_not_attempted(voicehub: Voicehub, rude_config: str, rude: Vendor) -> None:
    numbers = [f"+93211111{n:04d}" for n in range(2000, 2005)]

    def answer(request: bytes) -> bytes:
        return Vendor.accept_all(request) if len(rude.requests) == 1 else b'{"status": "-10", "reason": "no money"}'

    rude.accept_all = answer  # type: ignore[method-assign]
    result = voicehub("send", "--config", rude_config, *to(*numbers), *PLAY, "--json")
    assert result.exit_code == 4
    statuses = [row["status"] for row in document(result)["outcomes"]]
    assert statuses == ["accepted", "accepted", "refused", "refused", "not_attempted"]
    assert document(result)["error"]["type"] == "Incomplete"


def test_nothing_left(voicehub: Voicehub, tmp_path: Path) -> None:
    settings = Onbuka.Settings(**{**Onbuka.sample_settings, "base_url": "http://127.0.0.1:9"})
    config = write(tmp_path, {"alerts": Onbuka(settings)})
    result = voicehub("send", "--config", config, *to(ONE), *PLAY)
    assert (result.exit_code, result.stdout) == (3, "")  # a table of callees who were not attempted tells nothing
    assert "sending again is safe" in result.stderr
    told = document(voicehub("send", "--config", config, *to(ONE), *PLAY, "--json"))
    assert told["error"]["type"] == "NotSent"
    assert told["outcomes"] == [
        {"callee": ONE, "status": "not_attempted", "call_id": None, "code": None, "reason": None}
    ]


def test_what_the_vendor_lacks_is_refused_by_name(voicehub: Voicehub, config: str, sandbox: SandboxServer) -> None:
    arguments = ("send", "--config", config, "--account", "backup", *to(ONE), *PLAY, "--ring-timeout", "30")
    result = voicehub(*arguments)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "ring_timeout_seconds" in result.stderr
    told = document(voicehub(*arguments, "--json"))
    assert told["error"]["type"] == "UnsupportedField"
    assert told["error"]["field"] == "ring_timeout_seconds"
    assert [row["status"] for row in told["outcomes"]] == ["not_attempted"]
    assert sandbox.dialled == []


@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        ((*to("12"), *PLAY), "to", "to[0] has 2 digits"),
        ((*to(ONE, ONE), *PLAY), "to", "is the same callee as to[0]"),
        ((*to(ONE), "--audio-file-id", ""), "content", "content.file_id: "),
        ((*to(ONE), "--audio-url", "ftp://x"), "content", "content.url: "),
        ((*to(ONE), "--say", "x", "--language", "!"), "content", "content.language: "),
        ((*to(ONE), *PLAY, "--plays", "0"), "plays", "plays: "),
        ((*to(ONE), *PLAY, "--caller-id", "12"), "caller_id", "caller_id: "),
        ((*to(ONE), *PLAY, "--reference", "\x00"), "reference", "reference: "),
    ],
)
def test_what_no_vendor_could_take_is_refused_by_name(
    arguments: tuple[str, ...], field: str, words: str, voicehub: Voicehub, config: str
) -> None:
    result = voicehub("send", "--config", config, *arguments, "--json")
    assert result.exit_code == 3
    told = document(result)
    assert (told["account"], told["provider"], told["outcomes"]) == ("alerts", "onbuka-v3", [])
    assert (told["error"]["type"], told["error"]["field"]) == ("ValidationError", field)
    assert words in told["error"]["message"]
    assert result.stderr == f"voicehub: {told['error']['message']}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (to(ONE), "give one of --audio-file-id"),
        ((*to(ONE), *PLAY, "--audio-url", "https://example.com/a"), "give only one of --audio-file-id"),
        ((*to(ONE), "--say", "x"), "--say needs --language"),
        ((*to(ONE), *PLAY, "--language", "en"), "belong to --say"),
        ((*to(ONE), *PLAY, "--voice", "alice"), "belong to --say"),
        ((*to(ONE), *PLAY, "--plays", "two"), "is not a whole number"),
        ((*to(ONE), *PLAY, "--plays", "\u0662"), "is not a whole number"),
        ((*to(ONE), *PLAY, "--plays", "9" * 5000), "is not a whole number"),
        ((*to("-", "-"), *PLAY), "give it once"),
        ((*to(ONE), *PLAY, "--config", ""), "is empty"),
        (PLAY, "Missing option '--to'"),
    ],
)
def test_usage(arguments: tuple[str, ...], words: str, voicehub: Voicehub) -> None:
    result = voicehub("send", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_content_that_the_vendor_does_not_play(voicehub: Voicehub, config: str) -> None:
    for content in (["--say", "hello", "--language", "en-GB", "--voice", "alice"], ["--audio-url", "https://a.com/b"]):
        result = voicehub("send", "--config", config, *to(ONE), *content, "--json")
        assert result.exit_code == 3
        assert document(result)["error"]["field"] == "content"


def test_callees_from_stdin(voicehub: Voicehub, config: str, sandbox: SandboxServer) -> None:
    lines = "\ufeff 932111111111 \r\n\n\t\n+93 211 111 1112\n"
    result = voicehub("send", "--config", config, *to("+932111111110", "-"), *PLAY, stdin=lines)
    assert result.exit_code == 0
    assert [row.callee for row in sandbox.dialled] == ["+932111111110", ONE, TWO]


@pytest.mark.parametrize(
    ("stdin", "words"),
    [("", "no callee"), ("# nobody\n", "to[0] holds something"), (b"\xff\xfe9\x003\x00\n", "to[0] holds something")],
)
def test_stdin_without_callees(stdin: str | bytes, words: str, voicehub: Voicehub, config: str) -> None:
    result = voicehub("send", "--config", config, *to("-"), *PLAY, stdin=stdin)
    assert result.exit_code == 3
    assert words in result.stderr


def test_stdin_that_is_closed(voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from click import UsageError

    from voicehub.cli._options import callees

    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="stdin is closed"):
        callees(["-"])


def test_a_configuration_that_is_missing(voicehub: Voicehub) -> None:
    result = voicehub("send", "--config", "none.toml", *to(ONE), *PLAY, "--json")
    assert result.exit_code == 2
    told = document(result)
    assert (told["account"], told["provider"], told["outcomes"]) == (None, None, [])
    assert told["error"] == {"type": "ConfigError", "message": "none.toml: there is no such file"}


def test_of_many_callees_those_who_were_not_accepted_are_listed(voicehub: Voicehub, config: str) -> None:
    numbers = [f"+93212{n:07d}" for n in range(10, 70)]
    result = voicehub("send", "--config", config, *to(*numbers, REFUSED), *PLAY)
    assert result.exit_code == 4
    assert "to[60]" in result.stdout
    assert "to[49]" not in result.stdout
    assert "... and 11 more; --json lists all of them" in result.stdout


def test_rows_that_nobody_asked_for_are_mentioned(voicehub: Voicehub, rude_config: str, rude: Vendor) -> None:
    rude.rows({"callee": ONE, "terminationCode": 0}, {"callee": TWO, "terminationCode": 0})
    result = voicehub("send", "--config", rude_config, *to(ONE), *PLAY)
    assert result.exit_code == 0
    assert "1 more row of the answer names somebody who was not in the request" in result.stdout
