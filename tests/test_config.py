"""File and environment to accounts: where each value comes from."""

from pathlib import Path
from typing import Any

import platformdirs
import pytest

from tests.configurations import ACCOUNT, LIMITS, SECOND, A, provider_of, refusal, shown, write
from voicehub import Client, UploadedAudio, config
from voicehub.provider import Provider


def test_the_search_goes_argument_variable_working_folder_platform_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert config.load().path is None
    platform = write(ACCOUNT, platformdirs.user_config_path("voicehub") / "voicehub.toml")
    assert config.load().path == platform
    write(ACCOUNT, Path("voicehub.toml"))
    assert config.load().path == Path("voicehub.toml")
    monkeypatch.setenv("VOICEHUB_CONFIG", "")
    assert config.load().path == Path("voicehub.toml")
    monkeypatch.setenv("VOICEHUB_CONFIG", str(write(ACCOUNT, tmp_path / "variable.toml")))
    assert config.load().path == tmp_path / "variable.toml"
    argument = write(ACCOUNT, tmp_path / "argument.toml")
    assert config.load(argument).path == config.load(str(argument)).path == argument


def test_the_environment_alone_makes_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {"PROVIDER": "onbuka-v3", "API_KEY": "key", "API_SECRET": "secret", "APP_ID": "app"}.items():
        monkeypatch.setenv(A + key, value)
    with Client.from_config() as client:
        assert client.account == "a"
        assert client.provider.settings.secrets() == ("key", "secret")


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(A + "API_SECRET", "from the environment")
    path = write(ACCOUNT + SECOND)
    assert provider_of(path, "a").settings.secrets() == ("the-key-of-a", "from the environment")
    assert provider_of(path, "b").settings.secrets() == ("the-key-of-b", "the-secret-of-b")
    assert {key: origin for key, (_, origin) in shown(path).items() if key.startswith("accounts.a")} == {
        "accounts.a.provider": str(path),
        "accounts.a.api_key": str(path),
        "accounts.a.api_secret": A + "API_SECRET",
        "accounts.a.app_id": str(path),
        "accounts.a.base_url": "default of itniotech",
    }


@pytest.mark.parametrize("value", ["[1]", '{"a": 1}', "null", "true", "123", '"quoted"', "1e9", "é", "a b", "${HOME}"])
def test_a_value_of_the_environment_stays_text_exactly_as_given(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(A + "API_SECRET", value)
    assert provider_of(write(ACCOUNT)).settings.secrets()[1] == value


def test_names_may_hold_digits_and_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_ACCOUNTS__NIGHT_SHIFT_2__APP_ID", "moved")
    path = write(ACCOUNT.replace("accounts.a", "accounts.night_shift_2"))
    assert provider_of(path).settings.model_dump()["app_id"] == "moved"


def test_the_account_asked_for_goes_before_the_default_and_the_default_before_none() -> None:
    both = write('default_account = "b"\n' + ACCOUNT + SECOND)
    assert [provider_of(both, name).name for name in ("a", "b", None)] == ["itniotech", "onbuka-v3", "onbuka-v3"]


def test_the_default_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_DEFAULT_ACCOUNT", "a")
    path = write('default_account = "b"\n' + ACCOUNT + SECOND)
    assert provider_of(path).name == "itniotech"
    assert shown(path)["default_account"] == ("a", "VOICEHUB_DEFAULT_ACCOUNT")


@pytest.mark.parametrize(
    ("text", "account", "said"),
    [
        (ACCOUNT + SECOND, None, "names no default_account, and no account was asked for; there are: a, b"),
        (ACCOUNT, "A", "there is no account 'A'; there are: a"),
        (ACCOUNT, "aa", "there is no account 'aa'; there are: a; did you mean 'a'?"),
        (
            'default_account = "c"\n' + ACCOUNT,
            None,
            "some.toml: default_account: there is no account 'c'; there are: a",
        ),
        ('default_account = ""\n' + ACCOUNT, None, "default_account: there is no account ''; there are: a"),
        ("", None, "some.toml has no account; write a table [accounts.NAME]"),
        ('default_account = "a"', "a", "has no account"),
    ],
)
def test_an_account_that_is_not_there_is_told_with_those_that_are(text: str, account: str | None, said: str) -> None:
    assert said in refusal(write(text), account)


def test_without_file_and_variables_the_text_says_where_to_write_one() -> None:
    told = refusal(None)
    assert told.startswith("no configuration file was found, and the environment has no account; write a table")


def test_an_account_is_missed_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(A + "PROVIDER", "itniotech")
    assert refusal(None, "b") == "the environment: there is no account 'b'; there are: a"


def rows(provider: Provider) -> dict[str, Any]:
    return provider.limits[UploadedAudio].rows()


def test_limits_move_by_file_and_by_variable_each_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(A + "LIMITS__PLAYS", "[1, 9]")
    monkeypatch.setenv(A + "LIMITS__UPLOADED_AUDIO__REFERENCE", "70")
    path = write(LIMITS + "callees = 500\nplays = 2\n")
    moved = rows(provider_of(path))
    assert (str(moved["callees"]), moved["callees"].source) == (
        "1 to 500 callees",
        f"{path} [accounts.a] limits.callees",
    )
    assert (str(moved["plays"]), moved["plays"].source) == ("1 to 9 plays", f"variable {A}LIMITS__PLAYS")
    assert moved["reference"].high == 70
    assert rows(provider_of(write(ACCOUNT)))["max_duration_seconds"] == moved["max_duration_seconds"]
    assert shown(path)["accounts.a.limits.plays"] == ("[1, 9]", A + "LIMITS__PLAYS")


def test_the_table_of_one_kind_goes_before_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(LIMITS + "uploaded_audio = { plays = 7 }\nplays = 5\n")
    assert rows(provider_of(path))["plays"].high == 7
    monkeypatch.setenv(A + "LIMITS__UPLOADED_AUDIO", '{"plays": 8}')
    assert rows(provider_of(path))["plays"].high == 8
    assert shown(path)["accounts.a.limits.uploaded_audio.plays"] == ("8", A + "LIMITS__UPLOADED_AUDIO")


def test_an_override_opens_a_field_that_has_a_wire_name() -> None:
    opened = rows(provider_of(write(LIMITS + "ring_timeout_seconds = [20, 120]\n")))
    assert str(opened["ring_timeout_seconds"]) == "20 to 120 seconds"
    assert "limits.voice: this provider has no such field" in refusal(write(LIMITS + "voice = 3\n"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("plays = 'many'", "limits.plays: write the highest value (9) or lowest and highest ([1, 9])"),
        ("plays = [3, 1]", "limits.plays: write the highest value"),
        ("plays = 1.5", "limits.plays: write the highest value"),
        ("plays = true", "limits.plays: write the highest value"),
        ("plays = inf", "limits.plays: write the highest value"),
        ("plays = []", "limits.plays: write the highest value"),
        ("callees = [2, 9]", "limits.callees: a message to one callee must fit"),
        ("callee_digits = [1, 20]", "limits.callee_digits: every voice message has 7 to 15 here"),
        ("play = 3", "limits.play: there is no such limit; the limits are callees, "),
        ("audio_url = { plays = 3 }", "limits.audio_url.plays: this provider plays uploaded_audio, speech; no"),
        ("audio_url = {}", "limits.audio_url: this provider plays uploaded_audio, speech; no such kind"),
        ("uploaded_audio = { plays = { most = 3 } }", "limits.uploaded_audio.plays: write the highest value"),
    ],
)
def test_a_wrong_limit_names_file_table_and_row(line: str, said: str) -> None:
    path = write(LIMITS + line)
    assert refusal(path).startswith(f"{path} [accounts.a] {said}")


@pytest.mark.parametrize("value", ["[1,", "[" * 3000, "9" * 5000, "", "null"])
def test_a_wrong_limit_of_the_environment_names_its_variable_also_beside_right_ones(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(A + "LIMITS__PLAYS", value)
    told = refusal(write(LIMITS + "callees = 500\n"))
    deep = "the environment: is nested too deeply"
    assert told == deep or told.startswith(f"variable {A}LIMITS__PLAYS: write the highest value")
