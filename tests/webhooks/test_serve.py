"""``voicehub webhooks serve``: as a process, through signals and kill -9, and with a sandbox that pushes to it."""

import json
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.sandbox.test_command import running
from tests.webhooks.serving import head, serving
from tests.webhooks.support import ACCOUNTS, ALERTS, BACKUP, CALLEE, OTHER, SECRET, body, configured, row
from voicehub import CallState, Client, UploadedAudio, VoiceMessage
from voicehub.campaign import SqliteLedger
from voicehub.cli import cli

HIDDEN = (SECRET, OTHER, "key-of", "secret-of", CALLEE[1:])


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["webhooks", "serve", *arguments])


def known(ledger: Path, *ids: str, account: str = "alerts") -> dict[str, CallState]:
    with closing(SqliteLedger(ledger)) as opened:
        return {call_id: call.state for call_id, call in opened.calls(account, ids).items()}


def test_it_takes_reports_until_it_is_stopped(tmp_path: Path) -> None:
    configured(ACCOUNTS + 'verify_reports = true\n[accounts.third]\nprovider = "itniotech"\napi_key = "k"\n'
               'api_secret = "s"\napp_id = "a"\n')  # fmt: skip
    with serving(tmp_path) as server:
        told = body(row("1", terminationCode="486", hangupTime=1646278471000))
        assert server.post(told) == b"HTTP/1.1 200 OK"
        assert server.post(told, ALERTS[:-1]) == b"HTTP/1.1 404 Not Found"
        assert server.post(b"x" * 99, BACKUP) == b"HTTP/1.1 400 Bad Request"
        assert server.post(b" " * (2**20 + 1)) == b"HTTP/1.1 413 Request Entity Too Large"
        code, said = server.stop(signal.SIGINT)
    assert code == 0
    assert f"Receiving reports at {server.url}, Ctrl-C stops it. They are kept in the ledger " in said
    assert f"alerts (onbuka-v3): {server.url}/reports/alerts/*****\n" in said
    assert f"backup (itniotech): {server.url}/reports/backup/*****, each verified by the vendor's record\n" in said
    assert "account third has no webhook secret, so its reports are refused: write webhook = " in said
    assert said.endswith("Stopped. Reports kept: 1; not readable: 1; not kept: 0.\n")
    assert "\nvoicehub: account backup: nothing could be read in a report of 99 bytes\n" in said
    assert [word for word in HIDDEN if word in said] == []
    assert known(server.ledger, "1") == {"1": CallState.BUSY}


def test_a_secret_is_in_no_log_however_much_is_logged(tmp_path: Path) -> None:
    configured()
    program = ["-c", "import logging; logging.basicConfig(level=1); from voicehub.cli import main; main()"]
    with serving(tmp_path, program=program) as server:
        for path in (ALERTS, BACKUP[:-1], BACKUP):
            server.post(body(row()), path)
            server.post(b"x", path)
            server.post(b"x HTTP/9.9 \0 932111111111", path)
        code, said = server.stop()
    assert (code, [word for word in HIDDEN if word in said]) == (0, [])
    assert "INFO:uvicorn.error:Started server process" in said


def test_json_tells_what_is_served(tmp_path: Path) -> None:
    configured()
    with serving(tmp_path, "--json") as server:
        told = json.loads(server.stdout.read_text())
        assert server.stop()[0] == 0
    paths = {"alerts": "/reports/alerts/*****", "backup": "/reports/backup/*****"}
    providers = {"alerts": "onbuka-v3", "backup": "itniotech"}
    assert told == {
        "url": server.url,
        "accounts": {
            name: {"provider": providers[name], "path": path, "verified": False} for name, path in paths.items()
        },
        "lacking": [],
    }


def test_what_is_under_way_is_finished(tmp_path: Path) -> None:
    configured()
    told = body(row("1"))
    with serving(tmp_path) as server, server.connect() as connection:
        connection.sendall(head(len(told)).replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")  # the body is waited for
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(told)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
        code, said = server.process.wait(30), server.stderr.read_text()
    assert code == 0
    assert "Reports kept: 1;" in said
    assert known(server.ledger, "1") == {"1": CallState.QUEUED}


def test_what_was_answered_with_200_survives_a_kill(tmp_path: Path) -> None:
    configured()
    answered: list[str] = []
    for start in (0, 50):
        with serving(tmp_path) as server:
            for number in range(start, start + 40):
                assert server.post(body(row(str(number)))) == b"HTTP/1.1 200 OK"
                answered.append(str(number))
            with server.connect() as connection:  # one more is under way
                told = body(row("nobody heard of it"))
                connection.sendall(head(len(told)) + told)
                server.process.kill()
            assert server.process.wait(30) == -signal.SIGKILL
            server.stdout.unlink()
            server.stderr.unlink()
    assert set(known(tmp_path / "ledger.db", *answered)) == set(answered)


SLOW_DISK = """
import time
from voicehub.campaign._sqlite.writer import Writer
from voicehub.cli import main
at_once = Writer._transact
def transact(self, group):
    time.sleep(0.5)
    return at_once(self, group)
Writer._transact = transact
main()
"""


def test_200_comes_after_the_disk_however_slow_it_is(tmp_path: Path) -> None:
    configured()
    with serving(tmp_path, program=["-c", SLOW_DISK]) as server:
        for number in range(3):
            assert server.post(body(row(str(number)))) == b"HTTP/1.1 200 OK"
        server.process.kill()
    assert set(known(server.ledger, "0", "1", "2")) == {"0", "1", "2"}


def test_a_ledger_that_failed_is_opened_anew(tmp_path: Path) -> None:
    configured()
    with serving(tmp_path) as server:
        assert server.post(body(row("1"))) == b"HTTP/1.1 200 OK"
        away = server.ledger.rename(tmp_path / "away.db")
        for _ in range(2):
            assert server.post(body(row("2"))) == b"HTTP/1.1 503 Service Unavailable"
        away.rename(server.ledger)
        assert server.post(body(row("2"))) == b"HTTP/1.1 200 OK"
        code, said = server.stop()
    assert (code, said.count("voicehub: account alerts: a report could not be kept: the ledger ")) == (0, 2)
    assert set(known(server.ledger, "1", "2")) == {"1", "2"}


def test_a_sandbox_pushes_into_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured()
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    faults = ["--fault", "report-twice:0.4", "--fault", "report-late:0.4"]
    with (
        serving(tmp_path) as server,
        running(vendor, "--config", "voicehub.toml", "--push", server.url, *faults) as sandbox,
    ):
        for variable in sandbox.heard(2):
            monkeypatch.setenv(*variable.split("="))
        with Client.from_config("voicehub.toml", account="backup") as client:
            busy = client.send(VoiceMessage(to=["+932111110003"], content=UploadedAudio("a.mp3"))).accepted[0]
        end = time.monotonic() + 60
        while not (found := known(server.ledger, busy.call_id or "", account="backup")):
            assert time.monotonic() < end
            time.sleep(0.1)
        time.sleep(0.2)
        code, said = sandbox.stop(signal.SIGTERM)
        said += server.stop()[1]
    assert found == {busy.call_id: CallState.BUSY}
    assert code == 0
    assert "Reports delivered: " in said
    assert [word for word in HIDDEN if word in said + sandbox.stdout.read_text()] == []


def test_nobody_to_serve_is_told_with_a_secret_to_write(tmp_path: Path) -> None:
    configured(ACCOUNTS.replace("webhook", "# webhook"))
    result = invoke()
    assert result.exit_code == 2
    assert result.stderr.startswith(
        'voicehub: no account has a webhook secret, so no report could be taken: write webhook = "'
    )
    assert result.stdout == ""


def test_no_configuration_at_all_is_told() -> None:
    result = invoke()
    assert result.exit_code == 2
    assert "no configuration file was found, and the environment has no account; write a table" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--port", "65536"], 2, "'--port': 65536 is not in the range 0<=x<=65535"),
        (
            ["--host", "203.0.113.1", "--port", "0"],
            2,
            "--host and --port: nothing can listen on this address: Cannot assign requested address; choose",
        ),
        (["--host", "::g", "--port", "0"], 2, "--host and --port: nothing can listen on this address: "),
        (["--config", "nowhere.toml"], 2, "nowhere.toml: there is no such file"),
        (["--ledger", "voicehub.toml", "--port", "0"], 6, "is not a ledger"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(arguments: list[str], code: int, told: str) -> None:
    configured()
    result = invoke(*arguments)
    assert result.exit_code == code
    assert told in result.stderr
    assert result.stderr.startswith("voicehub: ")
    assert result.stdout == ""
