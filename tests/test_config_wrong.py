"""One clear line for every wrong file, table, key, value and variable."""

from pathlib import Path
from typing import Any

import pytest

from tests.configurations import ACCOUNT, LIMITS, A, provider_of, refusal, shown, write
from voicehub import ConfigError, config


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[accounts.a]", "[account.a]", ": account: there is no such key; the keys are default_account and tables"),
        ("[accounts.a]", "accounts = 1\n[other]", ": accounts: is not a table"),
        ("[accounts.a]", "default_account = 1\n[accounts.a]", ": default_account: is not text"),
        ("[accounts.a]", "[accounts]\na = 1\n[accounts.b]", ": accounts.a: is not a table"),
        ("[accounts.a]", "[accounts.Alerts]", " [accounts.Alerts]: an account's name is small letters"),
        ("[accounts.a]", "[accounts.a__b]", " [accounts.a__b]: an account's name is small letters"),
        ("[accounts.a]", '[accounts."a\\u0000\\n"]', r" [accounts.a\x00\n]: an account's name is small letters"),
        ("provider", "providr", " [accounts.a] provider: is missing; write it there or set VOICEHUB_ACCOUNTS__A__PR"),
        ('"itniotech"', "3", " [accounts.a] provider: is not text"),
        ('"itniotech"', '"sms"', " [accounts.a] provider: there is no provider 'sms'. Installed: itniotech, onbuka-v3"),
        ("app_id", "app_ip", " [accounts.a] app_ip: is no setting of itniotech; the settings are provider, base_url"),
        ("app_id", '"a\\nb"', r" [accounts.a] a\nb: is no setting of itniotech"),
        ('app_id = "app"', "", " [accounts.a] app_id: is missing; write it there or set VOICEHUB_ACCOUNTS__A__APP_ID"),
        ('"app"', "3", " [accounts.a] app_id: Input should be a valid string"),
        ('"app"', '""', " [accounts.a] app_id: is empty"),
        ('"the-key-of-a"', '"..."', " [accounts.a] api_key: holds the dots of an example; write what the vendor gave"),
        ('"app"', '"\u2026"', " [accounts.a] app_id: holds the dots of an example; write what the vendor gave you"),
        ('"the-key-of-a"', '" the-key-of-a"', " [accounts.a] api_key: is empty, or has white space around it"),
        ('"app"', '"app"\nbase_url = "http://api.example"', " [accounts.a] base_url: uses plain http"),
        ('"app"', '"app"\nlimits = 3', " [accounts.a] limits: is not a table"),
    ],
)
def test_a_wrong_file_names_itself_the_table_and_the_key(old: str, new: str, said: str) -> None:
    path = write(ACCOUNT.replace(old, new, 1))
    assert refusal(path, "a").startswith(f"{path}{said}")


def test_a_file_that_is_named_like_a_variable_is_a_file() -> None:
    path = write(ACCOUNT.replace('"app"', '""'))
    named = path.rename("VOICEHUB_x.toml")
    assert refusal(named, "a").startswith("VOICEHUB_x.toml [accounts.a] app_id: is empty")


def test_an_account_may_have_the_name_of_a_kind_of_content() -> None:
    path = write("[accounts]\nspeech = 1")
    assert refusal(path).startswith(f"{path}: accounts.speech: is not a table")


def test_a_name_that_a_variable_cannot_reach_is_not_given_one() -> None:
    told = refusal(write(ACCOUNT.replace("accounts.a", "accounts.a_").replace("app_id", "#")))
    assert told.endswith("[accounts.a_] app_id: is missing")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "is no TOML file in UTF-8: 'utf-8' codec can't decode"),
        (b"[accounts.a", "is no TOML file in UTF-8: Expected ']'"),
        (b"a = 1\na = 2", "is no TOML file in UTF-8: Cannot overwrite a value (at "),
        (b'a = "\x1b[2J"', r"is no TOML file in UTF-8: Illegal character '\x1b'"),
        (b"a = " + b"9" * 5000, "is no TOML file in UTF-8: Exceeds the limit"),
        (b"a = " + b"[" * 5000, "is nested too deeply"),
    ],
)
def test_what_is_no_toml_is_told_in_one_line(content: bytes, said: str) -> None:
    path = write(content)
    assert refusal(path).startswith(f"{path}: {said}")


def test_tables_in_tables_without_end_are_told_or_masked() -> None:
    deep = ".".join(["x"] * 400)
    assert "x: is no setting of itniotech" in refusal(write(ACCOUNT + f"{deep} = 'the-secret-of-a'"))
    assert shown(write(ACCOUNT + f"{deep} = 1"))["accounts.a.x.x.x"][0] == "*****"
    assert shown(write(LIMITS + f"{deep} = 1"))["accounts.a.limits.x.x"][0] == "*****"
    path = write(f"[accounts.b.{deep}.{deep}.{deep}]\nx = 1\n{ACCOUNT}")
    assert shown(path)["accounts.b.x.x.x"][0] == "*****"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.toml", "there is no such file"),
        (".", "is a folder or a device, not a file"),
        ("", "is a folder or a device, not a file"),
        ("\0", "there is no such file"),
        ("x" * 5000, "cannot be read: File name too long"),
    ],
)
def test_a_file_that_was_named_must_be_there(monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    write(ACCOUNT, Path("voicehub.toml"))
    with pytest.raises(ConfigError, match=f": {said}$"):
        config.load(name)
    if name and "\0" not in name:  # what a variable can hold; empty is unset
        monkeypatch.setenv("VOICEHUB_CONFIG", name)
        with pytest.raises(ConfigError, match=rf"\(named by VOICEHUB_CONFIG\): {said}$"):
            config.load()


def test_a_file_that_may_not_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(ACCOUNT)

    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    assert refusal(path) == f"{path}: cannot be read: Permission denied"
    monkeypatch.setattr(Path, "stat", forbidden)
    assert refusal(None) == "voicehub.toml: cannot be read: Permission denied"


@pytest.mark.parametrize(
    "name",
    [
        "VOICEHUB_ACCOUNTS",
        "VOICEHUB_ACCOUNT__A__API_KEY",
        "VOICEHUB_ACCOUNTS_A_API_KEY",
        "VOICEHUB_ACCOUNTS__A",
        "VOICEHUB_ACCOUNTS__A____X",
        "VOICEHUB_ACCOUNTS__a__api_key",
        "voicehub_accounts__a__api_key",
        "voicehub_accounts",
        "VOICEHUB_ACCOUNTS__\N{KELVIN SIGN}__API_KEY",
        "voicehub_default_account",
        "VOICEHUB_DEFAULT_ACCOUNTS",
    ],
)
def test_a_variable_that_is_nearly_ours_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "the-secret-of-a")
    told = refusal(write(ACCOUNT))
    assert told.startswith(f"variable {name}: write VOICEHUB_ACCOUNTS__NAME__KEY in capitals, with two underscores")


def test_a_variable_cannot_be_value_and_table_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(A + "LIMITS__PLAYS", "3")
    monkeypatch.setenv(A + "LIMITS", "3")
    assert refusal(write(ACCOUNT)).startswith(f"variable {A}LIMITS: {A}LIMITS__PLAYS is set too")


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_SERVICE_HOST", "10.0.0.1")  # as a container platform sets them
    monkeypatch.setenv("VOICEHUB_PORT", "tcp://10.0.0.1:80")
    assert provider_of(write(ACCOUNT)).name == "itniotech"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("PROVIDER", "sms", "there is no provider 'sms'. Installed: "),
        ("APP_IP", "x", "is no setting of itniotech"),
        ("API_KEY", "", "is empty"),
        ("API_KEY", "\udcff", "is empty, or has white space around it or control characters"),
        ("API_SECRET__X", "the-secret-of-a", "Input should be a valid string"),
        ("LIMITS", "3", "is not a table"),
        ("BASE_URL", "ftp://api.example", "is not an https URL with a host"),
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, key: str, value: str, said: str) -> None:
    monkeypatch.setenv(A + key, value)
    assert refusal(write(ACCOUNT)).startswith(f"variable {A}{key}: {said}")


def test_an_unknown_default_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_DEFAULT_ACCOUNT", "c")
    assert refusal(write(ACCOUNT)).startswith("VOICEHUB_DEFAULT_ACCOUNT: default_account: there is no account 'c'")


def test_an_account_that_is_not_there_is_told_as_everywhere() -> None:
    loaded = config.load(write(ACCOUNT))
    with pytest.raises(ConfigError, match=r"there is no account 'b'; there are: a$"):
        loaded.provider("b")
