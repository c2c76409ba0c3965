"""`voicehub campaign run` and `resume`: from a plan to the last callee, with every way to be interrupted."""

import json
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.campaigns import MISSING, PLAY, REFUSED, Desk, callees, events, numbers
from tests.cli.conftest import Vendor, Voicehub, has_traceback, start
from voicehub.sandbox import SandboxServer


@pytest.fixture
def desk(voicehub: Voicehub, config: str, tmp_path: Path) -> Desk:
    return Desk(voicehub, config, tmp_path)


@pytest.fixture
def slow(voicehub: Voicehub, rude_config: str, tmp_path: Path) -> Desk:
    """At a vendor that takes two callees a request, when the test lets it."""
    return Desk(voicehub, rude_config, tmp_path)


def test_everybody_is_phoned_once_and_the_status_is_the_end(desk: Desk, sandbox: SandboxServer) -> None:
    rows = numbers(30)
    digest = desk.plan(rows)
    assert desk.counts() == {"pending": 30}
    result = desk.call("run", "friday", "--plan", digest)
    assert result.exit_code == 0
    assert "Campaign friday: completed" in result.stdout
    assert sorted(row.callee for row in sandbox.dialled) == sorted(rows)
    told = events(result.stderr)
    assert [event["event"] for event in told if event["event"] != "progress"] == ["started", "finished"]
    assert len([event for event in told if event["event"] == "progress"]) == 1
    assert told[-1]["callees"] == {**told[-1]["callees"], "total": 30, "accepted": 30, "pending": 0}
    assert desk.counts() == {"accepted": 30}


@pytest.mark.parametrize(
    ("rows", "code", "counts"),
    [
        ([*numbers(2), REFUSED], 4, {"accepted": 2, "refused": 1}),
        ([REFUSED], 3, {"refused": 1}),
        ([*numbers(2), MISSING], 5, {"accepted": 2, "in_doubt": 1}),
        ([MISSING, REFUSED], 5, {"refused": 1, "in_doubt": 1}),
    ],
)
def test_the_exit_code_is_that_of_the_callees(rows: list[str], code: int, counts: dict[str, int], desk: Desk) -> None:
    told = desk.run("--no-ramp", code=code, digest=desk.plan(rows))
    assert told["state"] == "completed"
    assert {state: count for state, count in told["callees"].items() if count and state != "total"} == counts


def test_a_run_says_who_is_in_doubt_and_how_to_look(desk: Desk) -> None:
    result = desk.call("run", "friday", "--plan", desk.plan([MISSING]))
    assert result.exit_code == 5
    files = f"--config {desk.config} --ledger {desk.ledger}"
    assert f"To see the batches in doubt: voicehub campaign status friday {files}" in result.stderr
    assert f"To see every callee: voicehub campaign report friday {files}" in result.stderr
    assert "To continue" not in result.stderr


def test_another_digest_is_refused_and_nothing_is_sent(desk: Desk, sandbox: SandboxServer) -> None:
    desk.plan(numbers(3))
    told = desk.run(code=2, digest="0" * 64)
    assert told["error"]["type"] == "ConfigError"
    assert sandbox.dialled == []
    assert desk.counts() == {"pending": 3}


def test_resume_begins_what_never_ran(desk: Desk) -> None:
    desk.plan(numbers(3))
    assert desk.json("resume", "friday")["state"] == "completed"
    assert desk.counts() == {"accepted": 3}


@pytest.mark.parametrize(("cap", "phoned"), [("--max-calls", 2), ("--max-requests", 2)])
def test_a_cap_ends_the_run_and_resume_goes_on(cap: str, phoned: int, slow: Desk) -> None:
    digest = slow.plan(numbers(5))
    result = slow.call("run", "friday", "--plan", digest, "--no-ramp", cap, "2", "--json")
    assert result.exit_code == 4
    assert json.loads(result.stdout)["state"] == "paused"
    assert "To continue: voicehub campaign resume friday --config" in result.stderr
    assert slow.counts()["accepted"] == (phoned if cap == "--max-calls" else 4)
    assert slow.json("resume", "friday", "--no-ramp")["state"] == "completed"
    assert slow.counts() == {"accepted": 5}


def paced(desk: Desk, pace: str) -> None:
    """Give the account of the configuration's last lines a pace."""
    file = Path(desk.config)
    file.write_text(f"{file.read_text('utf-8')}\n[accounts.alerts.pace]\n{pace}\n", "utf-8")


def test_who_has_not_gone_by_the_time_is_canceled(slow: Desk) -> None:
    paced(slow, "requests_per_second = 0.1")
    digest = slow.plan(numbers(6))
    soon = datetime.now().astimezone() + timedelta(seconds=3)
    result = slow.call("run", "friday", "--plan", digest, "--until", soon.isoformat(), "--no-ramp")
    assert result.exit_code == 4
    assert slow.counts() == {"accepted": 2, "canceled": 4}
    assert f"callees who have not been called by {soon:%Y-%m-%d %H:%M:%S} " in result.stderr
    (told,) = (event for event in events(result.stderr) if event["event"] == "canceled")
    assert told["callees"] == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing option '--plan'"),
        (("--plan", "x", "--max-calls", "0"), "is not a whole number from 1"),
        (("--plan", "x", "--max-doubts", "\u0662"), "is not a whole number from 1"),
        (("--plan", "x", "--until", "late"), "is not a time: write HH:MM"),
        (("--plan", "x", "--ledger", ""), "is empty; leave it out or name a file"),
    ],
)
def test_usage(words: tuple[str, ...], said: str, desk: Desk) -> None:
    result = desk.voicehub("campaign", "run", "friday", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


class Running:
    """A run in a process of its own, whose first request has just arrived."""

    def __init__(self, desk: Desk, vendor: Vendor, *more: str, rows: int = 6, **options: Any) -> None:
        digest = desk.plan(numbers(rows))
        vendor.gate.clear()
        self.vendor = vendor
        words = ("run", "friday", "--plan", digest, "--no-ramp", *more, *desk.files)
        self.process = start("campaign", *words, **options)
        assert vendor.asked.acquire(timeout=30)

    def signal(self, number: signal.Signals) -> str:
        """Send a signal, and read on to what it makes the process say."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        while (line := self.process.stderr.readline()).startswith("{"):
            pass
        return line

    def end(self) -> tuple[int, str, str]:
        self.vendor.gate.set()
        out, err = self.process.communicate(timeout=30)
        assert not has_traceback(out + err)
        return self.process.returncode, out, err


@pytest.fixture
def running(slow: Desk, rude: Vendor) -> Iterator[Running]:
    paced(slow, "slots = 1")
    one = Running(slow, rude, "--json")
    yield one
    one.process.kill()
    one.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_finishes_what_is_in_flight(number: signal.Signals, running: Running, slow: Desk) -> None:
    assert "waiting for the requests in flight" in running.signal(number)
    code, out, err = running.end()
    assert code == 130
    assert json.loads(out)["state"] == "paused"
    assert "To continue: voicehub campaign resume friday" in err
    assert slow.counts() == {"accepted": 2, "pending": 4}
    assert len(running.vendor.requests) == 1
    assert slow.json("resume", "friday")["state"] == "completed"
    assert slow.counts() == {"accepted": 6}


def test_the_second_ctrl_c_waits_no_longer_and_what_is_in_flight_is_in_doubt(running: Running, slow: Desk) -> None:
    running.signal(signal.SIGINT)
    running.process.send_signal(signal.SIGINT)
    out, err = running.process.communicate(timeout=30)  # the vendor is still silent
    assert not has_traceback(out + err)
    assert running.process.returncode == 5
    assert json.loads(out)["callees"]["submitting"] == 2
    assert "gave up waiting; the callees of the requests in flight are in doubt" in err
    running.vendor.gate.set()
    told = slow.json("resume", "friday", code=5)
    assert (told["state"], told["callees"]["in_doubt"], told["callees"]["accepted"]) == ("completed", 2, 4)


def test_a_second_sigterm_changes_nothing(running: Running) -> None:
    running.signal(signal.SIGTERM)
    running.process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        running.process.wait(0.3)
    assert running.end()[0] == 130


def test_a_run_that_was_killed_leaves_doubt_and_resume_goes_on(running: Running, slow: Desk) -> None:
    alive = slow.call("status", "friday")
    assert ("Campaign friday: running\n" in alive.stdout, alive.stderr) == (True, "")
    running.process.kill()
    running.process.communicate()
    assert slow.counts() == {"submitting": 2, "pending": 4}
    dead = slow.call("status", "friday")
    assert "Campaign friday: running; its run was killed, and nothing runs it now" in dead.stdout
    assert dead.stderr.startswith("To continue: voicehub campaign resume friday --config")
    assert slow.json("status", "friday")["reason"].startswith("its run was killed")
    running.vendor.gate.set()
    result = slow.call("resume", "friday", "--no-ramp")
    assert result.exit_code == 5
    assert events(result.stderr)[0]["doubts"] == 1
    assert slow.counts() == {"in_doubt": 2, "accepted": 4}
    assert len(running.vendor.requests) == 3


def test_who_was_in_flight_when_a_canceled_run_was_killed_is_not_left_so(running: Running, slow: Desk) -> None:
    running.process.kill()
    running.process.communicate()
    told = "In flight when the run was killed: 2. To have them in doubt, and then reconciled: voicehub campaign resume"
    assert slow.call("reconcile", "friday").stderr.startswith(told)
    assert slow.call("cancel", "friday").stderr.startswith(told)
    assert slow.call("status", "friday").stderr.startswith(told)
    running.vendor.gate.set()
    assert slow.json("resume", "friday", code=5)["callees"]["in_doubt"] == 2
    assert slow.counts() == {"in_doubt": 2, "canceled": 4}
    assert "In flight" not in slow.call("status", "friday").stderr
    assert slow.call("resolve", "friday", "--batch", "1", "--as", "placed", "--by", "w", "--why", "y").exit_code == 0
    assert slow.call("resume", "friday", "--no-ramp").exit_code == 4
    assert len(running.vendor.requests) == 1


@pytest.mark.parametrize(
    ("verb", "state", "left"), [("pause", "paused", "pending"), ("cancel", "canceled", "canceled")]
)
def test_another_process_ends_it(verb: str, state: str, left: str, running: Running, slow: Desk) -> None:
    assert slow.json("status", "friday")["callees"]["submitting"] == 2
    assert slow.json(verb, "friday")["state"] == state
    code, out, _ = running.end()
    assert code == 4
    assert json.loads(out)["state"] == state
    assert slow.counts() == {"accepted": 2, left: 4}
    assert len(running.vendor.requests) == 1


def test_a_second_run_of_the_ledger_names_the_first(running: Running, slow: Desk) -> None:
    told = slow.json("resume", "friday", code=6)
    assert told["error"]["type"] == "LedgerError"
    assert str(running.process.pid) in told["error"]["message"]
    assert running.end()[0] == 0


def test_two_ledgers_run_side_by_side(running: Running, slow: Desk, voicehub: Voicehub, tmp_path: Path) -> None:
    running.vendor.gate.set()
    (tmp_path / "other").mkdir()
    other = Desk(voicehub, slow.config, tmp_path / "other")
    digest = other.plan(numbers(3))
    assert other.run(code=0, digest=digest)["state"] == "completed"
    assert running.end()[0] == 0
    assert (slow.counts(), other.counts()) == ({"accepted": 6}, {"accepted": 3})


def test_the_ledger_of_nobody_is_in_the_platforms_folder(desk: Desk, config: str, tmp_path: Path) -> None:
    file = callees(tmp_path, numbers(2))
    result = desk.voicehub("campaign", "plan", file, "--name", "friday", *PLAY, "--config", config)
    assert result.exit_code == 0
    assert (Path.home() / ".state" / "voicehub" / "ledger.db").exists()
    assert "--ledger" not in result.stdout
    assert desk.voicehub("campaign", "resume", "friday", "--config", config).exit_code == 0
