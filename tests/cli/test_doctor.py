"""`voicehub doctor`: finds what is broken, says what to do, breaks nothing itself."""

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SECRETS, Voicehub, document, plant, start
from voicehub.sandbox import SandboxServer

READY = '[accounts.a]\nprovider = "onbuka-v3"\napi_key = "k3y.k3y"\napi_secret = "s3s3s3"\napp_id = "app"\n'
DOTS = "holds the dots of an example; write what the vendor gave you"


def findings(voicehub: Voicehub, *arguments: str, code: int) -> dict[str, dict[str, Any]]:
    result = voicehub("doctor", *arguments, "--json")
    told = document(result)
    assert (result.exit_code, told["ok"]) == (code, code == 0)
    assert not any(secret in result.output for secret in SECRETS)
    return {finding["about"]: finding for finding in told["findings"]}


def test_all_is_well(voicehub: Voicehub, config: str, sandbox: SandboxServer) -> None:
    found = findings(voicehub, "--config", config, code=0)
    assert found["voicehub-core"]["told"] == version("voicehub-core")
    assert found["plugin onbuka-v3"]["told"] == f"voicehub-onbuka {version('voicehub-onbuka')}"
    assert found["configuration"]["told"] == config
    assert (found["account alerts"]["told"], found["account backup"]["told"]) == ("onbuka-v3", "itniotech")
    assert found["extra server"]["told"] == "h11, starlette, uvicorn"
    assert "extra all" not in found
    assert {finding["state"] for finding in found.values()} == {"ok"}
    assert sandbox.dialled == []


def test_people_read_a_table_and_a_verdict(voicehub: Voicehub, config: str, broken_plugin: str) -> None:
    result = voicehub("doctor", "--config", config)
    assert result.exit_code == 2
    assert "1 broken; see the advice beside each." in result.stdout
    assert "plugin acme" in result.stdout
    assert "VOICEHUB_BLOCK=acme" in result.stdout


def test_no_configuration_is_worth_a_note(voicehub: Voicehub) -> None:
    found = findings(voicehub, code=0)
    assert found["configuration"]["state"] == "note"
    assert "voicehub sandbox" in found["configuration"]["advice"]
    assert "All is well." in voicehub("doctor").stdout


def test_a_plugin_that_is_switched_off_is_as_somebody_wished(
    voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch, broken_plugin: str
) -> None:
    assert findings(voicehub, code=2)[f"plugin {broken_plugin}"]["state"] == "broken"
    monkeypatch.setenv("VOICEHUB_BLOCK", broken_plugin)
    found = findings(voicehub, code=0)[f"plugin {broken_plugin}"]
    assert (found["state"], found["told"]) == ("note", "acme-hub 1.2: switched off by VOICEHUB_BLOCK")


def test_a_distribution_with_a_malformed_list_of_entry_points_stops_no_command(tmp_path: Path) -> None:
    info = tmp_path / "bad_hub-1.2.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: bad-hub\nVersion: 1.2\n")
    info.joinpath("entry_points.txt").write_text("[console_scripts]\nno equals sign\n")
    out, err = start("doctor", "--json", env={"PYTHONPATH": str(tmp_path)}).communicate(timeout=30)
    found = {finding["about"]: finding for finding in json.loads(out)["findings"]}
    assert err == ""
    assert found["plugin onbuka-v3"]["state"] == "ok"
    bad = found["distribution bad-hub"]
    assert (bad["state"], bad["advice"]) == ("broken", "reinstall or uninstall bad-hub")
    assert "its entry_points.txt cannot be read: " in bad["told"]


def test_the_dots_of_an_example_are_broken(voicehub: Voicehub, tmp_path: Path) -> None:
    file = tmp_path / "voicehub.toml"
    file.write_text(f"[accounts.a]\n{READY.partition(chr(10))[2].replace('k3y.k3y', '...')}", "utf-8")
    found = findings(voicehub, "--config", str(file), code=2)
    assert found["account a"]["state"] == "broken"
    assert found["account a"]["told"].endswith("[accounts.a] api_key: " + DOTS)


def test_several_accounts_without_a_default_are_noted(voicehub: Voicehub, tmp_path: Path) -> None:
    file = tmp_path / "voicehub.toml"
    file.write_text(READY + READY.replace("accounts.a", "accounts.b"), "utf-8")
    found = findings(voicehub, "--config", str(file), code=0)
    assert found["configuration"]["state"] == "note"
    assert "several accounts and no default_account" in found["configuration"]["told"]
    assert 'default_account = "a"' in found["configuration"]["advice"]


def test_no_plugin_at_all(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicehub.plugins.Plugins.survey", lambda self: [])
    assert findings(voicehub, code=2)["plugins"]["told"] == "no provider is installed"


def test_the_unrelated_project_of_the_same_name(
    voicehub: Voicehub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path / "stranger", monkeypatch, "voicehub")
    found = findings(voicehub, code=2)["voicehub"]
    assert found["told"].startswith("1.2 is installed: an unrelated project")
    assert "pip uninstall voicehub" in found["advice"]


def test_a_core_that_is_not_installed(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(name: str) -> str:
        if name == "voicehub-core":
            raise PackageNotFoundError
        return version(name)

    monkeypatch.setattr("voicehub.cli._doctor.examination.metadata.version", lost)
    found = findings(voicehub, code=2)
    assert found["voicehub-core"]["advice"] == "pip install voicehub-core"
    assert "extra server" not in found


@pytest.mark.parametrize(
    ("text", "about", "words"),
    [
        ("[accounts", "configuration", "is no TOML file"),
        ('default_account = "nobody"\n[accounts.a]\nprovider = "onbuka-v3"', "configuration", "nobody"),
        ('[accounts.a]\nprovider = "nothing"', "account a", "there is no provider 'nothing'"),
        ('[accounts.a]\nprovider = "onbuka-v3"', "account a", "is missing"),
        (READY + 'fallback = ["b"]', "account a", "fallback: there is no account 'b'"),
        (READY + "pace.slots = 0", "account a", "pace.slots: is not a whole number from 1 to 512"),
        (READY + '[audio.reminder]\na = ""', "audio reminder", "[audio.reminder] a: is no file id"),
        (READY + '[audio.reminder]\nb = "x"', "audio reminder", "there is no account 'b'"),
        ('[accounts.a]\nprovider = "acme"', "account a", "plugin 'acme' of acme-hub cannot be imported"),
    ],
)
def test_a_configuration_that_is_broken(
    text: str, about: str, words: str, voicehub: Voicehub, tmp_path: Path, broken_plugin: str
) -> None:
    file = tmp_path / "voicehub.toml"
    file.write_text(text)
    found = findings(voicehub, "--config", str(file), code=2)[about]
    assert found["state"] == "broken"
    assert words in found["told"]


def test_recordings_are_named_with_who_holds_them(voicehub: Voicehub, tmp_path: Path) -> None:
    file = tmp_path / "voicehub.toml"
    file.write_text(READY + '[audio.reminder]\na = "x.mp3"\n[audio.empty]')
    found = findings(voicehub, "--config", str(file), code=0)
    assert [found[f"audio {name}"]["told"] for name in ("reminder", "empty")] == ["held by a", "held by no account"]


def test_accounts_that_need_no_file(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {"PROVIDER": "onbuka-v3", "API_KEY": "k" * 8, "API_SECRET": "s" * 8, "APP_ID": "a"}.items():
        monkeypatch.setenv(f"VOICEHUB_ACCOUNTS__A__{key}", value)
    found = findings(voicehub, code=0)
    assert (found["configuration"]["told"], found["account a"]["state"]) == ("the environment", "ok")


def test_an_extra_that_is_missing_is_a_note_with_the_line_that_installs_it(
    voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(name: str) -> str:
        if name == "uvicorn":
            raise PackageNotFoundError
        return version(name)

    monkeypatch.setattr("voicehub.cli._doctor.examination.metadata.version", lost)
    found = findings(voicehub, code=0)["extra server"]
    assert (found["state"], found["told"]) == ("note", "not installed: uvicorn")
    assert found["advice"] == "pip install 'voicehub-core[server]'"
