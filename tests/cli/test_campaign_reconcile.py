"""`voicehub campaign reconcile`, and what status and report tell of calls afterwards."""

import csv
import io
import json
import time
from pathlib import Path

import pytest

from tests.cli.campaigns import MISSING, PLAY, Desk, numbers
from tests.cli.conftest import Voicehub
from voicehub.campaign import Call, SqliteLedger
from voicehub.receipt import CallState
from voicehub.sandbox import SandboxServer

REFERRED = (*PLAY, "--reference", "order 42")


@pytest.fixture
def desk(voicehub: Voicehub, config: str, tmp_path: Path) -> Desk:
    return Desk(voicehub, config, tmp_path)


@pytest.fixture
def ended(desk: Desk) -> Desk:
    """A campaign that ran: two accepted, one in doubt who was phoned."""
    desk.run("--no-ramp", code=5, digest=desk.plan([*numbers(2), MISSING], "friday", *REFERRED))
    return desk


def test_who_is_in_the_records_is_accepted(ended: Desk, sandbox: SandboxServer) -> None:
    assert ended.counts() == {"accepted": 2, "in_doubt": 1}
    dialled = len(sandbox.dialled)
    told = ended.json("reconcile", "friday")
    assert told["reconciled"]["matched"] == 1
    assert told["reconciled"]["problems"] == {}
    assert told["callees"]["accepted"] == 3
    assert ended.counts() == {"accepted": 3}
    assert len(sandbox.dialled) == dialled
    again = ended.call("reconcile", "friday")
    assert (again.exit_code, again.stderr) == (0, "")
    assert again.stdout == "Campaign friday: completed\nNobody was in doubt.\n"
    (row,) = (
        row for row in csv.DictReader(io.StringIO(ended.call("report", "friday").stdout)) if row["phone"] == MISSING
    )
    assert (row["outcome"], row["reason"], row["code"]) == ("accepted", "", "")
    assert row["call_id"]


def test_only_what_became_of_somebody_is_shown(ended: Desk) -> None:
    result = ended.call("reconcile", "friday")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Campaign friday: completed" in result.stdout
    assert "accepted now: their call was found" in result.stdout
    assert "still in doubt" not in result.stdout


def test_for_people_it_says_what_is_left(ended: Desk, sandbox: SandboxServer) -> None:
    sandbox.archive.calls.clear()  # the vendor lost its records
    result = ended.call("reconcile", "friday")
    assert result.exit_code == 0
    assert "no call found up to 20" in result.stdout
    assert "resolve friday --batch" in result.stderr
    status = ended.call("status", "friday")
    assert "no call found up to 20" in " ".join(status.stdout.split())
    assert "voicehub campaign reconcile friday" in status.stderr
    (doubt,) = ended.json("status", "friday")["doubts"]
    assert doubt["unseen_until"].endswith("+00:00")
    assert doubt["ended"] >= doubt["began"]


def test_a_vendor_that_cannot_be_asked_is_told(ended: Desk) -> None:
    file = Path(ended.config)
    file.write_text(file.read_text().replace('api_secret = "', 'api_secret = "not-'))
    result = ended.call("reconcile", "friday")
    assert result.exit_code == 0
    assert "account alerts: " in result.stderr
    told = ended.json("reconcile", "friday")["reconciled"]
    assert (told["unasked"], list(told["problems"])) == (1, ["alerts"])


def test_where_nothing_is_known_of_its_calls_nothing_is_done(ended: Desk, sandbox: SandboxServer) -> None:
    """An address is one of the plan's: elsewhere a call would be missed, and whoever is released phoned again."""
    file, dialled = Path(ended.config), len(sandbox.dialled)
    there = file.read_text()
    file.write_text(there.replace("http://127.0.0.1:", "http://localhost:"))
    release = ("--callee", MISSING, "--as", "released", "--by", "ann", "--why", "I ask")
    for command in (["reconcile"], ["resolve", *release], ["resume"]):
        result = ended.call(command[0], "friday", *command[1:])
        assert result.exit_code == (0 if command[0] == "resolve" else 2)
        if result.exit_code:
            assert "account alerts was at 127.0.0.1:" in result.stderr
            assert "and is at localhost:" in result.stderr
    assert len(sandbox.dialled) == dialled
    file.write_text(there)
    assert ended.call("resume", "friday").exit_code == 5


def test_without_a_reference_it_is_a_usage_error(desk: Desk) -> None:
    desk.run("--no-ramp", code=5, digest=desk.plan([MISSING]))
    result = desk.call("reconcile", "friday")
    assert result.exit_code == 2
    assert "has no reference" in result.stderr
    status = desk.call("status", "friday")
    assert "campaign reconcile" not in status.stderr
    assert "without a --reference" in status.stderr
    assert "voicehub campaign resolve friday --batch" in status.stderr
    assert desk.counts() == {"in_doubt": 1}


@pytest.mark.parametrize("broken", ["[accounts.alerts", None])
def test_who_looks_needs_no_configuration(broken: str | None, ended: Desk) -> None:
    file = Path(ended.config)
    file.unlink() if broken is None else file.write_text(broken)
    for command, shown in (("status", "Campaign friday: completed"), ("report", "outcome")):
        result = ended.call(command, "friday")
        assert result.exit_code == 0
        assert shown in result.stdout
        assert "voicehub: the configuration cannot be read (" in result.stderr
    assert ended.json("status", "friday")["callees"]["in_doubt"] == 1
    assert ended.call("reconcile", "friday").exit_code == 2


def test_a_campaign_that_is_not_there_is_told(desk: Desk) -> None:
    desk.plan(numbers(1))
    assert desk.call("reconcile", "monday").exit_code == 6


def test_report_and_status_tell_what_became_of_the_calls(ended: Desk) -> None:
    ended.json("reconcile", "friday")
    with SqliteLedger(ended.ledger) as ledger:
        first, second, _ = ledger.results("friday")
        more = {"answered": 1000.5, "call_seconds": 9, "currency": "EUR", "pressed_key": "1"}
        ledger.hear([Call("alerts", str(first.call_id), CallState.COMPLETED, **more)], now=time.time())  # type: ignore[arg-type]
        ledger.hear([Call("alerts", str(second.call_id), CallState.BUSY, ended=1.0)], now=time.time())
    status = ended.json("status", "friday")
    rows = list(csv.DictReader(io.StringIO(ended.call("report", "friday").stdout)))
    states = [row["call_state"] for row in rows]
    assert states[:2] == ["completed", "busy"]
    assert status["calls"] == {state: states.count(state) for state in states}
    assert (rows[0]["answered_at"], rows[0]["call_seconds"]) == ("1970-01-01T00:16:40.500Z", "9")
    assert (rows[0]["currency"], rows[0]["pressed_key"]) == ("EUR", "1")
    assert "known calls" in ended.call("status", "friday").stdout
    output = ended.folder / "out.jsonl"
    told = ended.json("report", "friday", "--output", str(output))
    assert told["calls"] == status["calls"]
    assert [json.loads(line)["call_state"] for line in output.read_text().splitlines()] == states
    assert "known calls" in ended.call("report", "friday", "--output", str(output)).stdout


def test_of_an_account_that_verifies_a_pushed_report_counts_for_nothing(ended: Desk) -> None:
    with SqliteLedger(ended.ledger) as ledger:
        first, second, _ = ledger.results("friday")
        ledger.hear([Call("alerts", str(first.call_id), CallState.COMPLETED)], now=time.time())
        ledger.hear([Call("alerts", str(second.call_id), CallState.BUSY, verified=True)], now=time.time())
    assert ended.json("status", "friday")["calls"] == {"completed": 1, "busy": 1}
    file = Path(ended.config)
    file.write_text(file.read_text().replace("[accounts.alerts]", "[accounts.alerts]\nverify_reports = true"))
    assert ended.json("status", "friday")["calls"] == {"busy": 1}
    rows = list(csv.DictReader(io.StringIO(ended.call("report", "friday").stdout)))
    assert [row["call_state"] for row in rows] == ["", "busy", ""]
