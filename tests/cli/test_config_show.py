"""`voicehub config show`: every value, its origin, and no secret."""

import pytest

from tests.cli.conftest import SECRETS, Voicehub, document


def test_the_json_has_file_values_and_origins(voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_ACCOUNTS__BACKUP__APP_ID", "another")
    result = voicehub("config", "show", "--config", config, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    told = document(result)
    values = {value["key"]: (value["value"], value["origin"]) for value in told["values"]}
    assert told["file"] == config
    assert values["default_account"] == ("alerts", config)
    assert values["accounts.backup.app_id"] == ("another", "VOICEHUB_ACCOUNTS__BACKUP__APP_ID")
    assert values["accounts.alerts.api_secret"] == ("*****", config)
    assert not any(secret in result.output for secret in SECRETS)


def test_people_read_a_table(voicehub: Voicehub, config: str) -> None:
    result = voicehub("config", "show", "--config", config)
    assert result.exit_code == 0
    assert f"File: {config}" in result.stdout
    assert "accounts.alerts.api_key" in result.stdout
    assert "*****" in result.stdout
    assert not any(secret in result.output for secret in SECRETS)


def test_no_file(voicehub: Voicehub) -> None:
    assert "File: none was found" in voicehub("config", "show").stdout
    assert document(voicehub("config", "show", "--json"))["file"] is None


def test_a_file_that_cannot_be_read(voicehub: Voicehub) -> None:
    result = voicehub("config", "show", "--config", "none.toml", "--json")
    assert result.exit_code == 2
    assert document(result)["error"]["type"] == "ConfigError"
