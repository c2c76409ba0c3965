"""``voicehub audio``: the recordings of the sandbox's account, as words and JSON."""

from pathlib import Path

import pytest
from voicehub_onbuka import Onbuka

from tests.cli.conftest import Vendor, Voicehub, document
from voicehub.provider import ListFiles

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
    assert "1 held by account alerts (onbuka-v3)" in listed.stderr
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


def test_a_name_that_has_no_effect_is_told(voicehub: Voicehub, config: str, recording: str) -> None:
    """The account has the recording by another name, and no vendor renames one."""
    whose = ("--config", config, "--account", "alerts")
    first = voicehub("audio", "upload", recording, "--name", "hello.mp3", *whose)
    again = voicehub("audio", "upload", recording, "--name", "bye.mp3", *whose)
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    told = "account alerts had this recording already, as hello.mp3; --name has no effect"
    assert (told in again.stderr, told in first.stderr) == (True, False)
    (file,) = document(voicehub("audio", "upload", recording, "--name", "bye.mp3", *whose, "--json"))["files"]
    assert file == {"path": recording, "file_id": first.stdout.strip(), "held_as": "hello.mp3"}
    (file,) = document(voicehub("audio", "upload", recording, "--name", "hello.mp3", *whose, "--json"))["files"]
    assert file == {"path": recording, "file_id": first.stdout.strip()}


def test_where_nothing_is_listed_the_name_is_not_known(
    voicehub: Voicehub, config: str, recording: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlisted = {kind: made for kind, made in Onbuka.abilities.items() if kind is not ListFiles}
    monkeypatch.setattr(Onbuka, "abilities", unlisted)
    result = voicehub("audio", "upload", recording, "--name", "unlisted.mp3", "--config", config, "--account", "alerts")
    assert (result.exit_code, "--name" in result.stderr) == (0, False)


def test_one_name_is_for_one_file(voicehub: Voicehub, config: str, recording: str) -> None:
    result = voicehub("audio", "upload", recording, recording, "--name", "hello.mp3", "--config", config)
    assert (result.exit_code, "--name works with one file only" in result.stderr) == (2, True)


def test_what_is_no_recording_is_refused(voicehub: Voicehub, config: str, tmp_path: Path) -> None:
    page = tmp_path / "page.mp3"
    page.write_bytes(b"<html>")
    result = voicehub("audio", "upload", str(page), "--config", config, "--account", "alerts", "--json")
    assert result.exit_code == 3
    error = document(result)["error"]
    assert error["field"] == "content"
    assert error["message"].startswith("content: page-")
    assert "is no audio that is known here by its first bytes" in error["message"]


def test_a_file_that_is_not_there_is_a_wrong_command_line(voicehub: Voicehub, config: str, recording: str) -> None:
    result = voicehub("audio", "upload", recording, "nofile.mp3", "--config", config, "--account", "alerts")
    assert result.exit_code == 2
    assert "there is no file nofile.mp3" in result.stderr
    assert "uploading" not in result.stderr


def test_what_is_not_held_is_not_told_to_be_deleted(voicehub: Voicehub, config: str, recording: str) -> None:
    whose = ("--config", config, "--account", "alerts")
    file_id = voicehub("audio", "upload", recording, *whose).stdout.strip()
    result = voicehub("audio", "delete", file_id, "nope", *whose)
    assert result.exit_code == 3
    assert "ID[1]: account alerts has no recording with this id; nothing was deleted" in result.stderr
    assert file_id in voicehub("audio", "list", *whose).stdout


def test_a_vendor_without_a_list_is_asked_to_delete_all_the_same(
    voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlisted = {kind: made for kind, made in Onbuka.abilities.items() if kind is not ListFiles}
    monkeypatch.setattr(Onbuka, "abilities", unlisted)
    assert voicehub("audio", "delete", "nope", "--config", config, "--account", "alerts").exit_code == 0


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
