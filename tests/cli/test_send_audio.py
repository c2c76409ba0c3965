"""`voicehub send --audio`: a recording by the name that the configuration gives it."""

import json
from pathlib import Path

from voicehub_onbuka import Onbuka

from tests.cli.campaigns import Desk, numbers
from tests.cli.conftest import Vendor, Voicehub, document, write
from voicehub import UploadedAudio
from voicehub.sandbox import SandboxServer

TO = ("--to", "+932111111111")
NAMED = ("[audio.reminder]", 'alerts = "one.mp3"')


def test_an_audio_by_name_is_the_file_of_the_account(voicehub: Voicehub, rude: Vendor, tmp_path: Path) -> None:
    settings = Onbuka.Settings(**{**Onbuka.sample_settings, "base_url": rude.url})
    config = write(tmp_path, {"alerts": Onbuka(settings), "backup": Onbuka(settings)}, *NAMED)
    named = ("send", "--config", config, *TO, "--audio", "reminder")
    assert voicehub(*named).exit_code == 0
    assert json.loads(rude.requests[0])["fileId"] == "one.mp3"
    result = voicehub(*named, "--dry-run")
    assert result.exit_code == 0
    assert '"fileId":"one.mp3"' in result.stdout
    told = document(voicehub(*named, "--account", "backup", "--json"))
    assert told["error"]["type"] == "ConfigError"
    assert "[audio.reminder] backup: is missing" in told["error"]["message"]
    told = document(voicehub(*named[:-1], "Reminder", "--json"))
    assert (told["error"]["type"], told["error"]["field"]) == ("ValidationError", "content")
    assert len(rude.requests) == 1


def test_an_audio_file_is_uploaded_and_played(voicehub: Voicehub, sandbox: SandboxServer, config: str) -> None:
    Path("reminder.mp3").write_bytes(b"ID3\x04\0" + b"sound" * 9)
    file = ("send", "--config", config, *TO, "--audio-file", "reminder.mp3")
    before = len(sandbox.dialled)
    dry = voicehub(*file, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert len(sandbox.dialled) == before
    assert voicehub(*file).exit_code == 0
    assert len(sandbox.dialled) == before + 1
    (account,) = {row.account for row in sandbox.dialled[before:]}
    assert isinstance(content := sandbox.archive.calls[account][-1].message.content, UploadedAudio)
    assert content.file_id.endswith(".mp3")
    told = document(voicehub(*file[:-1], "missing.mp3", "--dry-run", "--json"))
    assert (told["error"]["type"], told["error"]["field"]) == ("MessageError", "content")
    result = voicehub(*file, "--audio-url", "https://example.com/a.mp3")
    assert result.exit_code == 2
    assert "give only one of --audio-file-id, --audio-file" in result.stderr


def test_a_campaign_is_planned_with_an_audio_file(voicehub: Voicehub, config: str, tmp_path: Path) -> None:
    desk = Desk(voicehub, config, tmp_path)
    (tmp_path / "reminder.mp3").write_bytes(b"ID3\x04\0" + b"sound" * 9)
    sound = ("--audio-file", str(tmp_path / "reminder.mp3"))
    digest = desk.plan(numbers(3), "friday", *sound)
    (tmp_path / "reminder.mp3").write_bytes(b"ID3\x04\0" + b"other" * 9)
    told = desk.run(code=2, digest=digest)
    assert "recording of account alerts" in told["error"]["message"]
    (tmp_path / "reminder.mp3").write_bytes(b"ID3\x04\0" + b"sound" * 9)
    desk.run(code=0, digest=digest)
    assert desk.counts() == {"accepted": 3}
