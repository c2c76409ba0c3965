"""The table of exit codes, and the words of each end."""

import sys

import click
import pytest
from pydantic import ValidationError
from voicehub_onbuka import Onbuka

from tests.cli.conftest import Voicehub, document
from voicehub import errors
from voicehub.cli import _errors
from voicehub.cli._errors import exit_code
from voicehub.errors import RefusalKind
from voicehub.message import UploadedAudio
from voicehub.receipt import Outcome, Receipt, Status


def receipt(*statuses: Status) -> Receipt:
    outcomes = tuple(Outcome(f"+93211111{n:04d}", status) for n, status in enumerate(statuses))
    return Receipt("alerts", "acme", outcomes)


def invalid() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        UploadedAudio("")
    return caught.value


def plugin_error() -> errors.PluginError:
    return errors.PluginError("acme: encode failed")


NOBODY = receipt("not_attempted")
PART = receipt("accepted", "not_attempted")
REFUSED = receipt("refused")

TABLE = [
    (None, receipt("accepted"), 0),
    (RuntimeError("?"), None, 1),
    (RuntimeError("?"), NOBODY, 1),
    (click.UsageError("?"), None, 2),
    (errors.ConfigError("?"), None, 2),
    (errors.UnknownProvider("?"), None, 2),
    (plugin_error(), NOBODY, 2),
    (plugin_error(), receipt("refused", "not_attempted"), 3),
    (errors.MissingField("caller_id", "is unset"), NOBODY, 3),
    (errors.UnsupportedField("plays", "is set"), NOBODY, 3),
    (errors.LimitExceeded("plays", "too many", 3), NOBODY, 3),
    (invalid(), None, 3),
    (errors.NotSent("?", NOBODY), NOBODY, 3),
    (errors.AskError("?", RefusalKind.AUTH, "-1"), None, 3),
    (errors.Refused("?", REFUSED, RefusalKind.AUTH, "-1", None), REFUSED, 3),
    (None, receipt("accepted", "refused"), 4),
    (errors.Incomplete("?", PART), PART, 4),
    (errors.InDoubt("?", receipt("in_doubt")), receipt("in_doubt"), 5),
    (RuntimeError("in the middle of a request"), receipt("in_doubt"), 5),
    (KeyboardInterrupt(), receipt("accepted", "in_doubt"), 5),
    (errors.LedgerError("?"), None, 6),
    (KeyboardInterrupt(), None, 130),
    (click.Abort(), None, 130),
    (KeyboardInterrupt(), NOBODY, 130),
]


@pytest.mark.parametrize(("error", "receipt", "code"), TABLE)
def test_exit_code(error: BaseException | None, receipt: Receipt | None, code: int) -> None:
    assert exit_code(error, receipt) == code


@pytest.mark.parametrize(("error", "receipt", "code"), TABLE)
def test_doubt_goes_before_an_interruption_and_an_interruption_before_what_was_sent(
    error: BaseException | None, receipt: Receipt | None, code: int
) -> None:
    expected = 130 if code in (0, 3, 4) else code
    assert exit_code(error, receipt, interrupted=True) == expected


def test_every_error_of_the_tree_has_an_exit_code_of_its_own_and_is_no_bug() -> None:
    tree = [errors.VoicehubError]
    for kind in tree:
        tree += kind.__subclasses__()
    told = {type(error) for error, _, code in TABLE if code != 1}
    assert set(tree) - told == {errors.VoicehubError, errors.SendError, errors.MessageError}  # never raised themselves


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("cannot say")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ZeroDivisionError("of 932111111111\x1b[31m"), "ZeroDivisionError: of **********11\\x1b[31m (test_errors.py"),
        (Mute(), "Mute: without a text"),
    ],
)
def test_a_bug_is_one_masked_line_that_calls_itself_a_bug(
    error: Exception, words: str, voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("voicehub.config.load", broken)
    result = voicehub("config", "show")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("voicehub: this is a bug, please report it: ")
    assert words in result.stderr
    told = document(voicehub("config", "show", "--json"))["error"]
    assert told["type"] == type(error).__name__
    assert words.split(": ", 1)[1].replace("\\\\", "\\") in told["message"]


@pytest.mark.parametrize(
    "arguments", [("providers", "nobody"), ("config", "show", "--config", "none"), ("check", "nobody"), ("bogus",)]
)
def test_outside_a_send_there_are_no_callees_to_tell_of(arguments: tuple[str, ...], voicehub: Voicehub) -> None:
    assert document(voicehub(*arguments, "--json")).keys() == {"error"}


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, EOFError])
def test_ctrl_c_outside_a_send_is_told_in_a_word(
    interrupt: type[BaseException], voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise interrupt

    monkeypatch.setattr("voicehub.config.load", interrupted)
    result = voicehub("config", "show", "--json")
    assert result.exit_code == 130
    assert document(result)["error"] == {"type": "Interrupted", "message": "interrupted; nothing was sent"}


def test_ctrl_c_while_an_error_is_told_leaves_with_the_code_of_that_error(
    voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("voicehub.cli._output.words", interrupted)
    assert voicehub("config", "show", "--config", "none.toml").exit_code == 2
    monkeypatch.setattr(_errors, "conclude", interrupted)
    assert voicehub("config", "show", "--config", "none.toml").exit_code == 130


def test_a_configuration_that_names_a_number_does_not_show_it(voicehub: Voicehub, config: str) -> None:
    result = voicehub("send", "--config", config, "--account", "+93 211 111 1111", "--to", "1", "--audio-file-id", "x")
    assert result.exit_code == 2
    assert "account '+*************11'" in result.stderr


def test_a_plugin_that_calls_exit_hides_no_doubt(
    voicehub: Voicehub, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaves(*_: object) -> None:
        sys.exit(0)

    arguments = ("send", "--config", config, "--to", "932111111111", "--audio-file-id", "x", "--json")
    monkeypatch.setattr(Onbuka, "decode", leaves)
    result = voicehub(*arguments)
    assert result.exit_code == 5
    assert [row["status"] for row in document(result)["outcomes"]] == ["in_doubt"]
    monkeypatch.setattr(Onbuka.Settings, "secrets", leaves)
    result = voicehub(*arguments)
    assert result.exit_code == 1
    assert "something called sys.exit(0)" in result.stderr


def test_choices_are_told_in_one_line(voicehub: Voicehub) -> None:
    told = "Missing option '--as'. Choose from: placed, held, released"
    result = voicehub("campaign", "resolve", "friday")
    assert (result.exit_code, told in result.stderr) == (2, True)
    assert document(voicehub("campaign", "resolve", "friday", "--json"))["error"]["message"] == told
