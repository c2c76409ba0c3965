"""What reaches a terminal, a pipe and a full disk: hostile vendor texts, narrow encodings, readers that go away."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import SECRETS, Vendor, Voicehub, document, has_traceback, start
from voicehub.cli import _output

ONE, TWO = "+932111111111", "+932111111112"
SEND = ("--to", ONE, "--to", TWO, "--audio-file-id", "x")
HOSTILE = "\x1b[2J\x1b]0;owned\x07 [bold red]markup[/] [/nothing] \ud800 \u202e \r\n +932111111111 :smile:"


def hostile(vendor: Vendor) -> None:
    vendor.rows(
        {"callee": ONE, "voiceId": "\x1b[31m[link=https://evil]id[/]932111111111", "terminationCode": "0"},
        {"callee": TWO, "voiceId": None, "terminationCode": "\x1b[1m", "terminationReason": HOSTILE},
    )


def test_a_vendors_text_is_neither_markup_nor_control(voicehub: Voicehub, rude_config: str, rude: Vendor) -> None:
    hostile(rude)
    result = voicehub("send", "--config", rude_config, *SEND)
    assert result.exit_code == 5  # a code that is no number refuses nobody
    assert not {"\x1b", "\x07", "\r", "\u202e", "\ud800"} & set(result.output)
    for shown in ("\\x1b[2J", "\\ud800", "\\u202e", "\\r\\n", "[bold red]markup[/]", "[link=https://evil]", ":smile:"):
        assert shown in result.stdout
    assert "932111111111" not in result.output


def test_json_keeps_a_vendors_text_as_it_came(voicehub: Voicehub, rude_config: str, rude: Vendor) -> None:
    hostile(rude)
    result = voicehub("send", "--config", rude_config, *SEND, "--json")
    assert document(result)["outcomes"][1]["reason"] == HOSTILE


def test_a_secret_that_a_vendor_echoes_is_hidden(voicehub: Voicehub, rude_config: str, rude: Vendor) -> None:
    echo = f"bad key {SECRETS[0]}, secret {SECRETS[1]}"
    rude.rows({"callee": ONE, "terminationCode": "7", "terminationReason": echo}, {"callee": TWO, "terminationCode": 0})
    for more in ((), ("--json",)):
        result = voicehub("send", "--config", rude_config, *SEND, *more)
        assert "bad key *****, secret *****" in result.stdout
        assert not any(secret in result.output for secret in SECRETS)
    rude.body = json.dumps({"status": "-1", "reason": echo}).encode()
    for more in ((), ("--json",)):
        result = voicehub("send", "--config", rude_config, *SEND, *more)
        assert result.exit_code == 3
        assert not any(secret in result.output for secret in SECRETS)


def test_a_credential_of_the_request_that_a_vendor_echoes_is_not_shown_to_people(
    voicehub: Voicehub, rude_config: str, rude: Vendor
) -> None:
    rude.rows(
        {"callee": ONE, "voiceId": "id-{sign}", "terminationCode": "0"},
        {"callee": TWO, "terminationCode": "7", "terminationReason": "wrong {sign}"},
    )
    result = voicehub("send", "--config", rude_config, *SEND)
    assert "id-*****" in result.stdout
    assert "wrong *****" in result.stdout


def test_a_code_that_holds_a_secret_is_hidden_in_the_error_too(
    voicehub: Voicehub, rude_config: str, rude: Vendor
) -> None:
    rude.body = json.dumps({"status": f"no {SECRETS[0]}", "reason": "?"}).encode()
    result = voicehub("send", "--config", rude_config, *SEND, "--json")
    assert not any(secret in result.output for secret in SECRETS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(reason=st.text(), code=st.text(max_size=5), status=st.sampled_from([200, 400, 401, 429, 500]))
def test_no_reason_breaks_the_output(
    voicehub: Voicehub, rude_config: str, rude: Vendor, reason: str, code: str, status: int
) -> None:
    rude.status = status
    rude.rows({"callee": ONE, "terminationCode": code, "terminationReason": reason, "voiceId": reason})
    result = voicehub("send", "--config", rude_config, *SEND)
    assert all(char == "\n" or char.isprintable() or ord(char) > 127 for char in result.output)
    assert len(document(voicehub("send", "--config", rude_config, *SEND, "--json"))["outcomes"]) == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp037"])
def test_an_encoding_without_the_characters_gets_their_escapes(encoding: str, rude_config: str, rude: Vendor) -> None:
    rude.rows({"callee": ONE, "terminationCode": "7", "terminationReason": "žluť 餃子"})
    arguments = ("send", "--config", rude_config, *SEND)
    variables = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    process = start(*arguments, env=variables, encoding=encoding)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 5
    assert "\\u9903\\u5b50" in out
    assert not has_traceback(err)


def on_terminal(*arguments: str, **variables: str) -> str:
    ours, theirs = pty.openpty()
    process = start(*arguments, stdout=theirs, env={"TERM": "xterm-256color", "COLUMNS": "70", **variables})
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    process.communicate(timeout=30)
    return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux: the other side is closed
        return b""


def test_colours_are_for_terminals_and_no_color_is_honoured(rude_config: str, rude: Vendor) -> None:
    arguments = ("send", "--config", rude_config, *SEND)
    assert "\x1b[32m" in on_terminal(*arguments)
    assert "\x1b[3" not in on_terminal(*arguments, NO_COLOR="1")
    piped, _ = start(*arguments).communicate(timeout=30)
    assert "\x1b" not in piped


def test_a_narrow_terminal_loses_nothing(rude_config: str, rude: Vendor) -> None:
    rude.rows({"callee": ONE, "terminationCode": 0, "voiceId": "i" * 90}, {"callee": TWO, "terminationCode": 0})
    shown = on_terminal("send", "--config", rude_config, *SEND, COLUMNS="60", NO_COLOR="1")
    assert shown.count("i") - shown.count("in") >= 90


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), (), ("providers",), ("providers", "--json"), ("send", "--help")]
)
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*arguments, stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err if arguments else "") == (0 if arguments else 2, "")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_send_keeps_its_exit_code_when_nobody_reads(more: tuple[str, ...], rude_config: str, rude: Vendor) -> None:
    rude.rows({"callee": ONE, "terminationCode": 0})
    reading, writing = os.pipe()
    os.close(reading)
    process = start("send", "--config", rude_config, *SEND, *more, stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 5
    assert len(err.splitlines()) == 1
    assert "in doubt" in err


def test_stderr_that_nobody_reads_is_no_error_either(rude_config: str, rude: Vendor) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("send", "--config", "none.toml", *SEND, stderr=writing)
    os.close(writing)
    assert process.communicate(timeout=30)[0] == ""
    assert process.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
@pytest.mark.parametrize("more", [(), ("--json",)])
@pytest.mark.parametrize(("rows", "told"), [(2, "2 accepted; do not send again"), (1, "1 in doubt")])
def test_a_full_disk_is_told_and_never_takes_a_send_for_a_failure(
    rows: int, told: str, more: tuple[str, ...], rude_config: str, rude: Vendor
) -> None:
    rude.rows(*({"callee": number, "terminationCode": 0} for number in (ONE, TWO)[:rows]))
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start("send", "--config", rude_config, *SEND, *more, stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 5, "a script that took it for a failure would send again"
    assert "the output could not be written: No space left on device" in err
    assert told in err
    assert not has_traceback(err)
    assert "a bug" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
@pytest.mark.parametrize("arguments", [("send", "--json"), ("providers",)])
def test_a_full_disk_takes_the_data_and_not_the_words(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start(*arguments, stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == (2 if "send" in arguments else 1)
    assert "the output could not be written: No space left on device" in err
    assert ("Missing option '--to'" in err) is ("send" in arguments)
    assert not has_traceback(err)
    assert "a bug" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
@pytest.mark.parametrize("flags", [[], ["-u"]])  # buffered or not, click meets it at another place
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("send", "--help"), ("campaign", "run", "--help")])
def test_a_help_on_a_full_disk_is_one_line_and_no_bug(arguments: tuple[str, ...], flags: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, *flags, "-m", "voicehub", *arguments]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "voicehub: the output could not be written: No space left on device\n")


def test_outputs_that_are_closed_are_left_alone() -> None:
    command = 'exec "$0" -m voicehub providers --json >&- 2>&-'
    ran = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_a_stream_without_a_descriptor_may_fail_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Broken())
    _output.data("nobody reads this")


def test_words_hold_no_control_character_but_the_end_of_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    _output.words("one\x1b[2J\ntwo\r\ud800")
    assert capsys.readouterr() == ("", "one\\x1b[2J\ntwo\\r\\ud800\n")


def test_a_stream_that_fails_from_the_start_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.StringIO):
        def reconfigure(self, **_: str) -> None:
            raise OSError

    monkeypatch.setattr("sys.stdout", Failing())
    _output.prepare()
