"""What a configuration says for campaigns: who stands in for an account, how fast it is used, its recordings."""

from typing import Any

import pytest

from tests.configurations import ACCOUNT, SECOND, A, provider_of, shown, write
from voicehub import ConfigError, UploadedAudio, config
from voicehub.config import Configuration, Pace

BOTH = ACCOUNT + SECOND


def loaded(text: str = "") -> Configuration:
    return config.load(write(ACCOUNT + text + SECOND))


def told(text: str, method: str, *arguments: str) -> str:
    """What `ConfigError` says: one line that begins with the file, or with the variable."""
    configuration = loaded(text)
    with pytest.raises(ConfigError) as caught:
        getattr(configuration, method)(*arguments)
    said = str(caught.value)
    assert "\n" not in said
    assert "secret-of" not in said
    return said.removeprefix(f"{configuration.path} ")


def test_what_nobody_wrote_is_the_account_alone_without_limit_in_16_slots() -> None:
    assert loaded().chain("a") == ("a",)
    assert loaded().pace("a") == Pace(None, None, 16)


def test_the_chain_is_the_account_and_those_it_names_in_order() -> None:
    text = write(ACCOUNT + 'fallback = ["c", "b"]\n' + SECOND + 'fallback = ["a"]\n' + SECOND.replace("s.b]", "s.c]"))
    configuration = config.load(text)
    assert configuration.chain("a") == ("a", "c", "b")
    assert configuration.chain("b") == ("b", "a")  # what a's own fallback says does not count here
    assert configuration.chain("c") == ("c",)
    assert provider_of(text, "a").name == "itniotech"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"b"', 'is not a list of accounts, such as ["backup"]'),
        ("3", "is not a list of accounts"),
        ("[1]", "is not a list of accounts"),
        ("{b = 1}", "is not a list of accounts"),
        ('["c"]', "there is no account 'c'; there are: a, b"),
        ('["\\u0007"]', r"there is no account '\x07'; there are: a, b"),
        ('["a"]', "names a again; each account gets its turn once"),
        ('["b", "b"]', "names b again"),
    ],
)
def test_a_wrong_fallback_is_told(value: str, said: str) -> None:
    assert told(f"fallback = {value}\n", "chain", "a").startswith(f"[accounts.a] fallback: {said}")


@pytest.mark.parametrize("method", ["chain", "pace"])
def test_an_account_that_is_not_there_is_told_as_everywhere(method: str) -> None:
    assert "there is no account 'c'; there are: a, b" in told("", method, "c")


@pytest.mark.parametrize(
    ("requests", "calls", "most"),
    [(None, None, None), (5, None, None), (None, 0.5, 1), (None, 40.9, 40), (10, 40, 40), (0.5, 40, 80), (0.5, 0.1, 1)],
)
def test_one_request_holds_no_more_calls_than_the_pace_allows(
    requests: float | None, calls: float | None, most: int | None
) -> None:
    assert Pace(requests, calls).at_once == most


def test_the_pace_is_its_table() -> None:
    table = "[accounts.a.pace]\nrequests_per_second = 0.5\ncalls_per_second = 40\nslots = 4\n"
    assert loaded(table).pace("a") == Pace(0.5, 40, 4)
    assert loaded("pace = { slots = 512 }\n").pace("a") == Pace(slots=512)
    assert provider_of(write(ACCOUNT + table)).name == "itniotech"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("pace = 3", "pace: is not a table"),
        ("pace.slot = 3", "pace.slot: there is no such key; the keys are requests_per_second, calls_per_second, slots"),
        *(
            (f"pace.slots = {value}", "pace.slots: is not a whole number from 1 to 512")
            for value in ("0", "513", "2.0", "true", '"x"', "[1]", "-1")
        ),
        *(
            (f"pace.{key} = {value}", f"pace.{key}: is not a number from 0.000001 to 10^9")
            for key in ("requests_per_second", "calls_per_second")
            for value in ("0", "-1", "1e-7", "inf", "nan", "true", '"fast"', "{ x = 1 }", "2_000_000_000")
        ),
    ],
)
def test_a_wrong_pace_is_told(line: str, said: str) -> None:
    assert told(f"{line}\n", "pace", "a") == f"[accounts.a] {said}"


def test_an_audio_is_each_accounts_own_file() -> None:
    configuration = loaded('[audio.reminder]\na = "one.mp3"\nb = "two.mp3"\n')
    assert configuration.audio("reminder", "a") == UploadedAudio("one.mp3")
    assert configuration.audio("reminder", "b") == UploadedAudio("two.mp3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "[audio.reminder] a: is missing; write there the id of the file that account a holds, or set VOICEHUB_"),
        ('[audio.reminder]\nb = "x"\n', "[audio.reminder] a: is missing"),
        ("[audio.reminder]\na = 3\n", "[audio.reminder] a: is no file id"),
        ('[audio.reminder]\na = ""\n', "[audio.reminder] a: is no file id: text without white space around it"),
        ('[audio.reminder]\na = " x"\n', "[audio.reminder] a: is no file id"),
    ],
)
def test_a_recording_that_an_account_lacks_names_table_and_key(text: str, said: str) -> None:
    assert told(text, "audio", "reminder", "a").startswith(said)


def test_the_variable_of_a_recording_is_named_where_there_can_be_one() -> None:
    assert told("", "audio", "reminder", "a").endswith("set VOICEHUB_AUDIO__REMINDER__A")
    assert told("", "audio", "reminder_", "a").endswith("that account a holds")


@pytest.mark.parametrize("name", ["Reminder", "a__b", "1"])
def test_a_recordings_name_is_that_of_a_table(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"\[audio.{name}\]: an audio's name is small letters, digits and single _"):
        loaded(f'[audio.{name}]\na = "x"\n')


def test_all_of_it_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        A + "FALLBACK": '["b"]',
        A + "PACE__SLOTS": "3",
        A + "PACE__CALLS_PER_SECOND": "2.5",
        "VOICEHUB_AUDIO__REMINDER__A": "one.mp3",
        "VOICEHUB_AUDIO__REMINDER__B": "null",
    }.items():
        monkeypatch.setenv(name, value)
    configuration = loaded('[audio.reminder]\na = "file.mp3"\n')
    assert configuration.chain("a") == ("a", "b")
    assert configuration.pace("a") == Pace(None, 2.5, 3)
    assert configuration.audio("reminder", "a") == UploadedAudio("one.mp3")
    assert configuration.audio("reminder", "b") == UploadedAudio("null")


@pytest.mark.parametrize(
    ("variable", "value", "method", "arguments", "said"),
    [
        (A + "FALLBACK", "b", "chain", ("a",), "is not a list of accounts"),
        (A + "FALLBACK", "[" * 9000, "chain", ("a",), "is not a list of accounts"),
        (A + "PACE", "3", "pace", ("a",), "is not a table"),
        (A + "PACE__SLOTS", "many", "pace", ("a",), "is not a whole number"),
        (A + "PACE__SLOTS", "NaN", "pace", ("a",), "is not a whole number"),
        (A + "PACE__CALLS_PER_SECOND", "Infinity", "pace", ("a",), "is not a number from"),
        ("VOICEHUB_AUDIO__REMINDER__A", "", "audio", ("reminder", "a"), "is no file id"),
    ],
)
def test_a_wrong_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, method: str, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert told("", method, *arguments).startswith(f"variable {variable}: {said}")


@pytest.mark.parametrize(
    "name", ["VOICEHUB_AUDIO", "VOICEHUB_AUDIOS__X__A", "VOICEHUB_AUDIO__X", "VOICEHUB_AUDIO__X__A__B"]
)
def test_a_variable_that_is_nearly_ours_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(ConfigError, match=f"variable {name}: write .* each time, VOICEHUB_AUDIO__NAME__ACCOUNT, or V"):
        loaded()


def test_it_is_shown_with_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(A + "PACE__SLOTS", "3")
    monkeypatch.setenv("VOICEHUB_AUDIO__REMINDER__B", "two.mp3")
    text = 'fallback = ["b"]\npace.calls_per_second = 2.5\n'
    path = write(f'{ACCOUNT}{text}{SECOND}[audio.reminder]\na = "one.mp3"\n')
    rows = shown(path)
    assert rows["accounts.a.fallback"] == ("['b']", str(path))
    assert rows["accounts.a.pace.calls_per_second"] == ("2.5", str(path))
    assert rows["accounts.a.pace.slots"] == ("3", A + "PACE__SLOTS")
    assert rows["audio.reminder.a"] == ("one.mp3", str(path))
    assert rows["audio.reminder.b"] == ("two.mp3", "VOICEHUB_AUDIO__REMINDER__B")


@pytest.mark.parametrize(
    "text",
    [
        'fallback = "hush"\n',
        'fallback = ["hush"]\n',
        'pace = "hush"\n',
        'pace.slots = "hush"\n',
        'pace.slots = ["hush"]\n',
        '[audio.reminder]\napi_secret = "hush"\n',
        '[audio.reminder]\na = ["hush"]\n',
        '[audio.reminder]\na = { x = "hush" }\n',
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(text: str) -> None:
    rows: dict[str, Any] = shown(write(ACCOUNT + text))
    assert "hush" not in str(rows)
    assert sum(value == "*****" for value, _ in rows.values()) == 3
