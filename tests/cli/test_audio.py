"""``voicehub audio`` and ``voicehub records``: recordings and records of the sandbox's account, as words and JSON."""

from pathlib import Path

import pytest

from tests.cli.conftest import Vendor, Voicehub, document
from voicehub.sandbox import SandboxServer

MP3 = b"ID3\x04\0" + b"sound" * 9
CALLEE = "+932111111111"


@pytest.fixture
def recording(tmp_path: Path) -> str:
    path = tmp_path / "reminder.mp3"
    path.write_bytes(MP3)
    return str(path)


def test_a_recording_is_uploaded_listed_played_and_deleted(voicehub: Voicehub, config: str, recording: str) -> None:
    uploaded = voicehub("audio", "upload", recording, "--config", config, "--account", "alerts")
    file_id = uploaded.stdout.strip()
    assert "uploading" in uploaded.stderr
    listed = voicehub("audio", "list", "--config", config, "--account", "alerts")
    assert file_id in listed.stdout
    assert "1 at account alerts (onbuka-v3)" in listed.stderr
    sent = voicehub("send", "--config", config, "--account", "alerts", "--to", CALLEE, "--audio-file-id", file_id)
    assert sent.exit_code == 0
    assert "deleted 1" in voicehub("audio", "delete", file_id, "--config", config, "--account", "alerts").stderr
    assert file_id not in voicehub("audio", "list", "--config", config, "--account", "alerts").stdout


def test_recordings_as_json(voicehub: Voicehub, config: str, recording: str) -> None:
    whose = ("--config", config, "--account", "backup", "--json")
    head = {"account": "backup", "provider": "itniotech"}
    uploaded = document(voicehub("audio", "upload", recording, "--name", "hello.mp3", *whose))
    file_id = uploaded["files"][0]["file_id"]
    assert uploaded == {**head, "files": [{"path": recording, "file_id": file_id}]}
    listed = document(voicehub("audio", "list", *whose))
    assert listed == {**head, "files": [{"file_id": file_id, "name": "hello.mp3"}]}
    assert document(voicehub("audio", "delete", file_id, *whose)) == {**head, "deleted": [file_id]}


def test_one_name_is_for_one_file(voicehub: Voicehub, config: str, recording: str) -> None:
    result = voicehub("audio", "upload", recording, recording, "--name", "hello.mp3", "--config", config)
    assert (result.exit_code, "--name is for one file" in result.stderr) == (2, True)


def test_what_is_no_recording_is_refused(voicehub: Voicehub, config: str, tmp_path: Path) -> None:
    page = tmp_path / "page.mp3"
    page.write_bytes(b"<html>")
    result = voicehub("audio", "upload", str(page), "--config", config, "--account", "alerts", "--json")
    assert result.exit_code == 3
    assert document(result)["error"]["field"] == "data"


def test_a_refused_question_has_its_kind(voicehub: Voicehub, rude: Vendor, rude_config: str) -> None:
    rude.body = b'{"status": "-1", "reason": "no {sign}"}'
    result = voicehub("audio", "list", "--config", rude_config, "--json")
    assert result.exit_code == 3
    error = document(result)["error"]
    assert (error["type"], error["kind"], error["code"]) == ("AskError", "auth", "-1")
    assert "*****" in error["message"]


def test_an_answer_nobody_can_read(voicehub: Voicehub, rude: Vendor, rude_config: str) -> None:
    rude.body = b"<html>"
    result = voicehub("audio", "list", "--config", rude_config, "--json")
    assert result.exit_code == 3
    assert document(result)["error"]["kind"] is None


def call(voicehub: Voicehub, config: str) -> str:
    whose = ("--config", config, "--account", "alerts", "--json")
    sent = document(voicehub("send", "--to", CALLEE, "--audio-file-id", "a.mp3", "--reference", "order 42", *whose))
    call_id: str = sent["outcomes"][0]["call_id"]
    return call_id


def over(server: SandboxServer) -> None:
    """The call began an hour ago."""
    calls = server.archive.calls["alerts"]
    calls[:] = [call._replace(at=call.at - 3600) for call in calls]
    server.archive._found.update({(call.account, call.outcome.call_id): call for call in calls})


def test_a_record_by_its_id(voicehub: Voicehub, sandbox: SandboxServer, config: str) -> None:
    call_id = call(voicehub, config)
    over(sandbox)
    (record,) = document(voicehub("records", call_id, "--config", config, "--account", "alerts", "--json"))["records"]
    assert (record["call_id"], record["state"], record["callee"]) == (call_id, "completed", CALLEE)
    assert (record["cost"], record["currency"], record["reference"]) == ("0.02", "EUR", "order 42")
    assert record["ended_at"].endswith("+00:00")
    assert "raw" not in record
    shown = voicehub("records", call_id, "--config", config, "--account", "alerts").stdout
    assert "completed" in shown
    assert "0.02 EUR" in shown
    assert CALLEE[1:] not in shown


def test_records_of_a_time(voicehub: Voicehub, config: str) -> None:
    call_id = call(voicehub, config)
    whose = ("--config", config, "--account", "alerts")
    from datetime import UTC, datetime, timedelta

    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    listed = voicehub("records", "--since", yesterday, *whose)
    assert call_id in listed.stdout
    assert "queued" in listed.stdout
    before = ("--since", yesterday, "--until", yesterday)
    assert document(voicehub("records", *before, *whose, "--json"))["records"] == []
    assert voicehub("records", *before, *whose).stdout == ""


def test_a_call_without_a_record(voicehub: Voicehub, config: str) -> None:
    result = voicehub("records", "nobody-made-it", "--config", config, "--account", "alerts")
    assert (result.exit_code, "has no record of this call, or not yet" in result.stderr) == (3, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give a CALL_ID, or --since"),
        (("id", "--since", "2026-11-22"), "give a CALL_ID, or --since"),
        (("id", "--until", "2026-11-22"), "give a CALL_ID, or --since"),
        (("--until", "2026-11-22"), "give a CALL_ID, or --since"),
        (("--since", "yesterday"), "is no time in ISO 8601"),
        (("--since", "0001-01-01T00:00+23:59"), "is no time in ISO 8601"),
        (("--since", "2026-11-22", "--until", "2026-11-21"), "--until is before --since"),
    ],
)
def test_records_of_nothing(voicehub: Voicehub, config: str, arguments: tuple[str, ...], told: str) -> None:
    result = voicehub("records", *arguments, "--config", config, "--account", "alerts")
    assert (result.exit_code, told in result.stderr) == (2, True)
