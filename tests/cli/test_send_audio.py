"""`voicehub send --audio`: a recording by the name that the configuration gives it."""

import json
from pathlib import Path

from voicehub_onbuka import Onbuka

from tests.cli.conftest import Vendor, Voicehub, document, write

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
