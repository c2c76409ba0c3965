"""``voicehub sandbox`` as a person starts it, and what it says to options that make no sense."""

import json
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.sandbox.toys import FIRST, SECOND, Whole, message
from voicehub import Client, InDoubt, PluginError, Receipt
from voicehub.cli import _sandbox, cli
from voicehub.config import load
from voicehub.plugins import Plugins, installed
from voicehub.provider import Provider

CONFIGURATION = """
default_account = "alerts"
[accounts.alerts]
provider = "onbuka-v3"
api_key = "key-of-alerts"
api_secret = "secret-of-alerts"
app_id = "4luaKsL2"
limits.callees = 1
[accounts.calls]
provider = "itniotech"
api_key = "key-of-calls"
api_secret = "secret-of-calls"
app_id = "4luaKsL2"
"""


class Running:
    """The command under way; what it said can be read from the two files at any time."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.stdout, self.stderr = folder / "stdout", folder / "stderr"
        with self.stdout.open("wb") as out, self.stderr.open("wb") as err:
            command = [sys.executable, "-m", "voicehub", "sandbox", *arguments]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def heard(self, lines: int) -> list[str]:
        """The first lines of its stdout, as soon as there are so many."""
        while len(told := self.stdout.read_text().splitlines()) < lines:
            assert self.process.poll() is None, self.stderr.read_text()
        return told

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Its exit code and everything it said to the person."""
        self.process.send_signal(number)
        return self.process.wait(20), self.stderr.read_text()


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    started = Running(folder, *arguments)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait(20)


def send(config: Path, account: str) -> Receipt:
    with Client.from_config(config, account=account) as client:
        return client.send(message())


def test_without_a_configuration_it_prints_one_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_BLOCK", ",".join({*installed.names()} - {"itniotech", "onbuka-v3"}))
    with running(tmp_path) as sandbox:
        config = tmp_path / "made.toml"
        config.write_text("\n".join(sandbox.heard(13)) + "\n")
        table = tomllib.loads(config.read_text())
        assert table["default_account"] == "itniotech"
        assert {name: account["provider"] for name, account in table["accounts"].items()} == {
            "itniotech": "itniotech",
            "onbuka_v3": "onbuka-v3",
        }
        for account in table["accounts"]:
            assert len(send(config, account).accepted) == 2
        code, words = sandbox.stop(signal.SIGINT)
    assert code == 0
    assert words.splitlines()[0].startswith("Sandbox at http://127.0.0.1:")
    assert words.splitlines()[1:] == [
        "This configuration sends here (the credentials are made up):",
        "accepted +**********11 for itniotech (call-1-0)",
        "accepted +**********12 for itniotech (call-1-1)",
        "accepted +**********11 for onbuka_v3 (call-2-0)",
        "accepted +**********12 for onbuka_v3 (call-2-1)",
        "Stopped. Accepted callees: 4.",
    ]


def test_with_a_configuration_it_answers_for_its_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, log = tmp_path / "voicehub.toml", tmp_path / "accepted.jsonl"
    config.write_text(CONFIGURATION)
    log.write_text('{"kept": true}\n')
    with running(tmp_path, "--config", str(config), "--log", str(log)) as sandbox:
        for variable in sandbox.heard(2):
            monkeypatch.setenv(*variable.split("="))
        receipts = [send(config, account) for account in ("alerts", "calls")]
        code, words = sandbox.stop(signal.SIGTERM)
    assert code == 0
    assert "Set these variables to send here; without them, messages go where the configuration says:" in words
    kept, *accepted = [json.loads(line) for line in log.read_text().splitlines()]
    assert kept == {"kept": True}
    assert [(row["account"], row["callee"], row["call_id"]) for row in accepted] == [
        (receipt.account, outcome.callee, outcome.call_id) for receipt in receipts for outcome in receipt
    ]
    assert [row["call_id"] for row in accepted] == ["call-1-0", "call-2-0", "call-3-0", "call-3-1"]  # alerts was split
    everything = words + sandbox.stdout.read_text()
    assert [secret for secret in ("key-of", "secret-of", FIRST[1:], SECOND[1:]) if secret in everything] == []


def test_json_lines_tell_the_accounts_and_then_each_callee(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "voicehub.toml"
    config.write_text(CONFIGURATION)
    with running(tmp_path, "--config", str(config), "--json", "--fault", "error-after:1") as sandbox:
        first = json.loads(sandbox.heard(1)[0])
        url = first["url"]
        assert first["accounts"] == {
            "alerts": {"provider": "onbuka-v3", "base_url": f"{url}/v3"},
            "calls": {"provider": "itniotech", "base_url": url},
        }
        monkeypatch.setenv("VOICEHUB_ACCOUNTS__CALLS__BASE_URL", url)
        with pytest.raises(InDoubt):
            send(config, "calls")
        rows = [json.loads(line) for line in sandbox.stdout.read_text().splitlines()[1:]]
        code, words = sandbox.stop(signal.SIGTERM)
    assert [(row["account"], row["provider"], row["callee"]) for row in rows] == [
        ("calls", "itniotech", FIRST),
        ("calls", "itniotech", SECOND),
    ]
    assert (code, words.splitlines()[-1]) == (0, "Stopped. Accepted callees: 2.")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sandbox", *arguments])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fault", "sloww"], "there is no fault 'sloww'; the faults are reset-before, "),
        (["--fault", "slow:2"], "fault slow: the share of requests is above 0 and at most 1"),
        (["--fault", "slow", "--fault", "expired"], "the shares of the faults add up to 2"),
        (["--config", "nowhere.toml"], "nowhere.toml: there is no such file"),
        (["--config", "empty.toml"], "empty.toml: there is no account; write a table [accounts.NAME]"),
        (["--log", "no/such/folder"], "--log no/such/folder: cannot be written: No such file or directory"),
        (
            ["--push", "http://x", "--config", "plain.toml"],
            "--push: no account has both a webhook secret and a vendor that sends reports",
        ),
        (["--push", "x", "--config", "hooked.toml"], "push: the value for account calls is not an http or https URL"),
        (["--push", "http://[::1"], "is not an http or https URL"),
        (["--fault", "report-late"], "report-late cannot be played: no reports are pushed, because no URL is given"),
        (["--port", "65536"], "'--port': 65536 is not in the range 0<=x<=65535"),
        (["stray"], "unexpected extra argument (stray)"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_in_one_line(arguments: list[str], told: str) -> None:
    Path("empty.toml").touch()
    Path("plain.toml").write_text(CONFIGURATION)
    Path("hooked.toml").write_text(CONFIGURATION + f'webhook = "{"x" * 32}"\n')
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.startswith("voicehub: ")
    assert result.stdout == ""


def test_with_a_receiver_the_printed_configuration_has_webhook_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sandbox, "_until_interrupted", interrupt)
    result = invoke("--push", "http://127.0.0.1:9/voice/")
    assert result.exit_code == 0
    Path("made.toml").write_text(result.stdout)
    configuration = load("made.toml")
    with_secrets = {account for account in configuration.accounts if configuration.webhook(account) is not None}
    assert with_secrets == {account for account in configuration.accounts if configuration.provider(account).reports}
    assert result.stderr.splitlines()[-1] == "Stopped. Accepted callees: 0. Reports delivered: 0, given up: 0."


def test_help_lists_faults_and_scripted_numbers() -> None:
    told = invoke("--help").stdout
    assert "\nFaults:\n  reset-before  the connection is reset" in told
    assert "\nCallees by their last digits:\n  0001  the vendor refuses" in told


def test_accounts_that_collide_are_refused(tmp_path: Path) -> None:
    config = tmp_path / "voicehub.toml"
    config.write_text(CONFIGURATION + 'base_url = "https://elsewhere.example/v3"\n')
    result = invoke("--config", str(config))
    assert result.exit_code == 2
    assert "providers onbuka-v3 (account alerts) and itniotech (account calls) collide" in result.stderr


def offering(*offers: type[Provider] | PluginError) -> Callable[[Plugins, str], type[Provider]]:
    made = dict(zip("abc", offers, strict=False))

    def provider(_: Plugins, name: str) -> type[Provider]:
        offer = made[name]
        if isinstance(offer, PluginError):
            raise offer
        return offer

    return provider


class Hyphen(Whole):
    name = "acme-v1"


class Underscore(Whole):
    name = "acme_v1"


def test_two_providers_that_make_one_account_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plugins, "names", lambda _: ["a", "b"])
    monkeypatch.setattr(Plugins, "provider", offering(Hyphen, Underscore))
    result = invoke()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "providers acme-v1 and acme_v1 would both be account acme_v1" in result.stderr
    assert "VOICEHUB_BLOCK=acme_v1" in result.stderr


class Unready(Whole):
    """Its author has not written sample settings yet."""

    name = "unready"
    sample_settings = {}


def test_a_broken_plugin_is_named_and_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plugins, "names", lambda _: ["a", "b", "c"])
    monkeypatch.setattr(Plugins, "provider", offering(PluginError("plugin 'a' is broken"), Unready, Whole))
    monkeypatch.setattr(_sandbox, "_until_interrupted", interrupt)
    result = invoke()
    assert result.exit_code == 0
    assert result.stderr.splitlines()[:2] == [
        "Left out: plugin 'a' is broken",
        "Left out: provider b: its sample_settings do not fit its Settings",
    ]
    assert list(tomllib.loads(result.stdout)["accounts"]) == ["whole"]


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_with_no_provider_there_is_nothing_to_pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_BLOCK", ",".join(installed.names()))
    result = invoke()
    assert result.exit_code == 2
    assert "no provider can be simulated" in result.stderr


def test_the_log_is_made_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sandbox, "_until_interrupted", interrupt)
    assert invoke("--log", "accepted.jsonl").exit_code == 0
    assert Path("accepted.jsonl").stat().st_mode & 0o777 == 0o600
