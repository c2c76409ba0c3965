"""`voicehub providers`: the table as it stands, with units, sources and dates, and as an account overrides it."""

from pathlib import Path

import pytest
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from tests.cli.conftest import Voicehub, document, write
from voicehub.cli._providers.facts import Facts
from voicehub.message import Speech, UploadedAudio
from voicehub.provider import Limits, Provider, Span
from voicehub.sandbox import SandboxServer

SOMETHING = Span(1, None, "characters", "a page", "2026-11", required=True)
SPEAKING = Limits(callees=Span(1, 5, "callees", "a page", "2026-11"), callee_digits=SOMETHING, text=SOMETHING)


@pytest.mark.parametrize("cls", [Onbuka, Itniotech])
def test_the_json_is_the_table(cls: type[Provider], voicehub: Voicehub) -> None:
    (told,) = document(voicehub("providers", cls.name, "--json"))["providers"]
    assert (told["name"], told["account"], told["call_ids"], told["reports"]) == (cls.name, None, "callee", True)
    assert told["options"] == list(cls.Options.model_fields if cls.Options else [])
    assert told["questions"] == [kind.__name__ for kind in cls.abilities]
    assert told["languages"] == list(cls.languages)
    assert told["refuses_single_callees"] is True
    rows = cls.limits[UploadedAudio].rows()
    for name, row in told["limits"]["uploaded_audio"].items():
        assert (row and Span(**row)) == rows.pop(name)
    assert rows == {"text": None, "voice": None, "rate": None}  # these belong to speech


def test_people_see_every_value_with_unit_source_and_date(voicehub: Voicehub) -> None:
    result = voicehub("providers", "itniotech")
    assert (result.exit_code, result.stderr) == (0, "")
    audio, _, speech = result.stdout.partition("itniotech: speech")
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in audio.splitlines() if line.startswith(" ")}
    assert "1 to 9" in speech
    assert lines["callees"] == "1 to 200 callees www.itniotech.com/api/voice/sendGroup/ 2026-11"
    assert lines["reference"] == "0 to 1000 UTF-16 units www.itniotech.com/api/voice/sendGroup/ 2026-11"
    assert lines["ring_timeout_seconds"] == "not offered"
    assert "Refuses: single callees." in result.stdout


def test_all_installed_providers_are_shown(voicehub: Voicehub) -> None:
    names = [told["name"] for told in document(voicehub("providers", "--json"))["providers"]]
    assert names == sorted(names)
    assert {"itniotech", "onbuka-v3"} <= set(names)


def test_a_broken_plugin_is_named_and_stops_nobody(voicehub: Voicehub, broken_plugin: str) -> None:
    result = voicehub("providers", "--json")
    assert result.exit_code == 0
    assert {told["name"] for told in document(result)["providers"]} >= {"itniotech", "onbuka-v3"}
    assert "left out: plugin 'acme' of acme-hub" in result.stderr
    assert voicehub("providers", broken_plugin).exit_code == 2


def test_nothing_installed(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicehub.plugins.entry_points", lambda group: ())
    result = voicehub("providers")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No provider is installed" in result.stderr


@pytest.mark.parametrize("arguments", [("providers", "acme"), ("providers", "--diff", "onbuka-v3", "acme")])
def test_an_unknown_provider(arguments: tuple[str, ...], voicehub: Voicehub) -> None:
    result = voicehub(*arguments)
    assert result.exit_code == 2
    assert "there is no provider 'acme'. Installed:" in result.stderr


def test_an_account_shows_its_overrides(voicehub: Voicehub, sandbox: SandboxServer, tmp_path: Path) -> None:
    more = "[accounts.backup.limits]", "ring_timeout_seconds = [20, 60]", "callees = 500"
    config = write(tmp_path, {account: sandbox.provider(account) for account in ("alerts", "backup")}, *more)
    result = voicehub("providers", "--config", config, "--account", "backup", "--json")
    (told,) = document(result)["providers"]
    assert (told["name"], told["account"]) == ("itniotech", "backup")
    rows = told["limits"]["uploaded_audio"]
    assert (rows["ring_timeout_seconds"]["high"], rows["callees"]["high"], rows["plays"]["high"]) == (60, 500, 3)
    shown = voicehub("providers", "itniotech", "--config", config, "--account", "backup").stdout
    assert "itniotech: uploaded_audio, account backup" in shown
    assert "[accounts.backup] limits" in shown
    assert "override" in shown


def test_the_default_account_of_a_configuration(voicehub: Voicehub, config: str) -> None:
    (told,) = document(voicehub("providers", "--config", config, "--json"))["providers"]
    assert told["account"] == "alerts"


@pytest.mark.parametrize(
    "arguments", [("itniotech",), ("--diff", "itniotech", "onbuka-v3"), ("--account", "nobody"), ("--config", "none")]
)
def test_what_contradicts_an_account(arguments: tuple[str, ...], voicehub: Voicehub, config: str) -> None:
    assert voicehub("providers", "--config", config, *arguments).exit_code == 2
    assert voicehub("providers", "onbuka-v3", "--diff", "itniotech", "onbuka-v3").exit_code == 2


def test_a_bound_that_is_open_and_a_row_that_is_required() -> None:
    facts = Facts(Onbuka, {Speech: SPEAKING}, None)
    assert facts.cells("speech", "text")[1] == "at least 1, required"
    assert set(facts.limits["speech"]) >= {"text", "voice", "rate"}


def test_options_of_a_provider_are_named() -> None:
    from pydantic import BaseModel

    class Options(BaseModel):
        colour: str

    cls = type("Colourful", (Onbuka,), {"Options": Options, "callee_refusal_code": None, "call_ids": "request"})
    cls = type("Bare", (cls,), {"abilities": {}, "reports": None, "languages": {}})
    facts = Facts.of(cls)
    assert facts.sentences() == [
        "Call ids: one for each request. Refuses: whole requests only. Options of its own: colour.",
        "Can be asked: nothing. Sends reports: none known here.",
    ]
    assert facts.as_json()["options"] == ["colour"]
