"""The outermost group: help without commands, versions, unknown words, and what starting costs."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points, version
from pathlib import Path
from unittest.mock import Mock

import click
import pytest

from tests.cli.conftest import Voicehub, document, start
from voicehub.cli import cli, main

COMMANDS = list(cli.table)


def modules_after(*arguments: str) -> set[str]:
    code = (
        f"import sys; sys.argv = ['voicehub', *{arguments!r}]\n"
        "from voicehub.cli import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, sep=chr(10), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stderr.splitlines())


def test_help_lists_every_command_in_the_order_of_the_table(voicehub: Voicehub) -> None:
    result = voicehub("--help")
    lines = [line.split()[0] for line in result.stdout.split("Commands:")[1].splitlines() if line.startswith("  ")]
    assert result.exit_code == 0
    assert [word for word in lines if word in COMMANDS] == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_explains_itself(name: str, voicehub: Voicehub) -> None:
    result = voicehub(name, "--help")
    assert result.exit_code == 0
    assert f"Usage: voicehub {name}" in result.stdout
    assert "--json" in result.stdout or name in ("audio", "campaign", "config", "webhooks")


def test_help_imports_no_command_and_nothing_heavy() -> None:
    loaded = modules_after("--help")
    commands = {cli.modules.format(name.replace("-", "_")) for name in COMMANDS}
    assert not loaded & (commands | {"pydantic", "httpx", "rich", "pluggy", "importlib.metadata"})


def test_the_help_of_a_command_imports_nothing_heavy() -> None:
    loaded = modules_after("send", "--help")
    assert "voicehub.cli._send" in loaded
    assert not loaded & {"pydantic", "httpx", "rich", "pluggy", "importlib.metadata", "voicehub.errors"}


def test_version(voicehub: Voicehub) -> None:
    result = voicehub("--version")
    assert (result.exit_code, result.stdout) == (0, f"voicehub {version('voicehub-core')}\n")


@pytest.mark.parametrize("arguments", [(), ("config",)])
def test_a_bare_group_shows_its_help_and_is_a_usage_error(arguments: tuple[str, ...], voicehub: Voicehub) -> None:
    result = voicehub(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: voicehub" in result.stderr


@pytest.mark.parametrize("arguments", [("bogus",), ("--bogus",), ("config", "bogus"), ("send", "--bogus")])
def test_what_does_not_exist_is_a_usage_error_that_points_to_the_help(
    arguments: tuple[str, ...], voicehub: Voicehub
) -> None:
    result = voicehub(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "bogus" in result.stderr
    assert "--help'" in result.stderr


def test_a_usage_error_is_json_where_json_was_asked_for(voicehub: Voicehub) -> None:
    result = voicehub("send", "--bogus", "--json")
    assert result.exit_code == 2
    told = document(result)
    assert (told["account"], told["provider"], told["outcomes"]) == (None, None, [])
    assert told["error"]["type"] == "UsageError"
    assert "--bogus" in told["error"]["message"]


def test_in_a_folder_that_was_deleted_a_relative_path_is_a_usage_error(
    voicehub: Voicehub, config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = voicehub("campaign", "plan", "c.csv", "--name", "a", "--audio-file-id", "x", "--config", config)
    monkeypatch.chdir(tmp_path)
    assert result.exit_code == 2
    assert "the current folder was deleted" in result.stderr


def test_a_file_that_is_missing_elsewhere_is_a_bug_still(voicehub: Voicehub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicehub.config.load", Mock(side_effect=FileNotFoundError("a part of the program")))
    assert voicehub("config", "show").exit_code == 1


def test_json_as_the_value_of_another_option_asks_for_nothing(voicehub: Voicehub) -> None:
    result = voicehub("providers", "--account=--json", "--config", "none.toml")
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sandbox", "--port", "99999999"), "99999999"),
        (("records", "--since", "yesterday"), "such as 2026-11-22"),
        (("campaign", "run", "x", "--plan", "d", "--until=25:00"), "such as 2026-11-22T18:00"),
    ],
)
def test_a_date_or_a_port_in_a_usage_error_is_no_number(
    arguments: tuple[str, ...], told: str, voicehub: Voicehub
) -> None:
    result = voicehub(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_number_in_a_usage_error_is_masked(voicehub: Voicehub) -> None:
    result = voicehub("send", "--to", "932111111111", "932122222222")
    assert result.exit_code == 2
    assert "932122222222" not in result.stderr
    assert "**********22" in result.stderr


def test_python_m_voicehub_and_the_group_are_the_same_command() -> None:
    process = start("--version")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, f"voicehub {version('voicehub-core')}\n", "")


def test_the_console_script_is_declared() -> None:
    (script,) = entry_points(group="console_scripts", name="voicehub")
    assert script.value == "voicehub.cli:main"


def test_shells_can_complete_commands() -> None:
    variables = {"_VOICEHUB_COMPLETE": "bash_complete", "COMP_WORDS": "voicehub pro", "COMP_CWORD": "1"}
    process = start(env=variables)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "plain,providers\n", "")


def test_the_group_knows_no_command_beyond_its_table() -> None:
    context = click.Context(cli)
    assert cli.list_commands(context) == COMMANDS
    assert set(COMMANDS) >= {"demo", "providers", "send", "sandbox", "config", "doctor"}
    assert cli.get_command(context, "__init__") is None


def test_importing_the_main_module_starts_nothing() -> None:
    assert import_module("voicehub.__main__").main is main
