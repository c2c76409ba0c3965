"""`voicehub campaign` status, resolve, pause, cancel and report: what stands in the ledger, in words and in JSON."""

import csv
import json
import os
from pathlib import Path

import pytest

from tests.cli.campaigns import MISSING, PLAY, REFUSED, Desk, callees, numbers
from tests.cli.conftest import Voicehub, has_traceback, start
from voicehub.sandbox import SandboxServer

WHO = ("--by", "ada", "--why", "the vendor's records")


@pytest.fixture
def desk(voicehub: Voicehub, config: str, tmp_path: Path) -> Desk:
    return Desk(voicehub, config, tmp_path)


@pytest.fixture
def ended(desk: Desk) -> Desk:
    """A campaign that ran: two accepted, one refused, one in doubt."""
    desk.run("--no-ramp", code=5, digest=desk.plan([*numbers(2), REFUSED, MISSING]))
    return desk


def test_the_group_lists_its_commands(voicehub: Voicehub) -> None:
    result = voicehub("campaign", "--help")
    assert result.exit_code == 0
    for name in ("plan", "run", "resume", "pause", "cancel", "status", "report", "reconcile", "resolve"):
        assert f"  {name} " in result.stdout


def test_a_status_is_for_people_and_for_programs(ended: Desk) -> None:
    told = ended.json("status", "friday")
    assert told.keys() == {"name", "state", "digest", "callees", "doubts", "calls"}
    assert (told["name"], told["state"], told["callees"]["total"]) == ("friday", "completed", 4)
    (doubt,) = told["doubts"]
    assert (doubt["account"], doubt["callees"], doubt["attempt"]) == ("alerts", 1, 1)
    assert doubt["began"].endswith("+00:00")
    result = ended.call("status", "friday")
    assert result.exit_code == 0
    assert "Campaign friday: completed" in result.stdout
    assert "In doubt: their phones may have rung\nthe reply does not mention this callee\n" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 100
    assert f"resolve friday --batch {doubt['batch']} --as held" in result.stderr


def test_a_status_without_doubts_says_nothing_of_them(desk: Desk) -> None:
    digest = desk.plan(numbers(1))
    result = desk.call("status", "friday")
    assert result.exit_code == 0
    assert result.stderr.startswith(f"To begin: voicehub campaign run friday --plan {digest} --config ")
    assert result.stderr.count("\n") == 1
    assert "doubt:" not in result.stdout


def test_of_many_doubts_the_first_are_listed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(desk.config)
    file.write_text(
        file.read_text("utf-8").replace("[accounts.backup]", "limits.callees = 1\n[accounts.backup]"), "utf-8"
    )
    desk.run("--no-ramp", code=5, digest=desk.plan([MISSING, "+932111120002"]))
    assert desk.call("status", "friday").stdout.count(" batch ") == 1
    monkeypatch.setattr("voicehub.cli._campaign.status._LISTED", 1)
    result = desk.call("status", "friday")
    assert "... and 1 more; --json lists all of them" in result.stdout


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(0, "0 s"), (-5, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (200000, "2 d")],
)
def test_ages(seconds: int, age: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from voicehub.cli._campaign import status

    monkeypatch.setattr("time.time", lambda: 1e9 + seconds)
    assert status._age(1e9) == age


@pytest.mark.parametrize("command", ["status", "pause", "cancel", "resume", "report"])
def test_a_campaign_nobody_planned(command: str, desk: Desk) -> None:
    desk.plan(numbers(1))
    result = desk.call(command, "monday")
    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr == "voicehub: the ledger has no campaign 'monday'; it has 'friday'\n"


@pytest.mark.parametrize(
    ("decision", "counts", "said"),
    [
        ("placed", {"accepted": 3, "refused": 1}, "1 callee is accepted now."),
        ("held", {"accepted": 2, "refused": 1, "in_doubt": 1}, "It is noted; they are still in doubt."),
        ("released", {"accepted": 2, "refused": 1, "pending": 1}, "1 callee is pending again."),
    ],
)
@pytest.mark.parametrize("by_batch", [True, False])
def test_a_doubt_is_settled_by_name(
    by_batch: bool, decision: str, counts: dict[str, int], said: str, ended: Desk
) -> None:
    batch = ended.json("status", "friday")["doubts"][0]["batch"]
    which = ("--batch", str(batch)) if by_batch else ("--callee", "932 111-110 002")
    result = ended.call("resolve", "friday", *which, "--as", decision, *WHO)
    assert result.exit_code == 0
    assert said in result.stdout
    assert ended.counts() == counts
    assert ("voicehub campaign resume friday" in result.stderr) == (decision == "released")


def test_a_released_callee_is_phoned_again_by_resume(ended: Desk, sandbox: SandboxServer) -> None:
    assert ended.json("resolve", "friday", "--callee", MISSING, "--as", "released", *WHO)["resolved"] == 1
    ended.json("resume", "friday", code=5)
    assert [row.callee for row in sandbox.dialled].count(MISSING) == 2


def test_who_is_not_in_doubt_cannot_be_settled(ended: Desk) -> None:
    result = ended.call("resolve", "friday", "--callee", MISSING, "--callee", numbers(1)[0], "--as", "placed", *WHO)
    assert (result.exit_code, result.stdout) == (6, "")
    assert "not in doubt" in result.stderr
    assert numbers(1)[0][1:] not in result.stderr
    assert ended.counts()["in_doubt"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as", "placed", *WHO), "give either --callee (once or more) or --batch"),
        (
            ("--callee", MISSING, "--batch", "1", "--as", "placed", *WHO),
            "give either --callee (once or more) or --batch",
        ),
        (("--callee", "12", "--as", "placed", *WHO), "--callee 1 has 2 digits"),
        (("--batch", "0", "--as", "placed", *WHO), "is not a whole number from 1"),
        (("--batch", "1", "--as", "gone", *WHO), "'gone' is not one of"),
        (("--batch", "1", "--as", "held", "--by", " ", "--why", "x"), "--by is empty"),
        (("--batch", "1", "--as", "held", "--by", "x", "--why", ""), "--why is empty"),
        (("--batch", "1", "--as", "held", "--by", "x"), "Missing option '--why'"),
        (("--batch", "1", "--as", "held", "--why", "x"), "Missing option '--by'"),
        (("--batch", "1", *WHO), "Missing option '--as'"),
    ],
)
def test_usage_of_resolve(words: tuple[str, ...], said: str, desk: Desk) -> None:
    result = desk.call("resolve", "friday", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_pause_and_cancel_show_the_status(desk: Desk) -> None:
    desk.plan(numbers(2))
    result = desk.call("cancel", "friday")
    assert result.exit_code == 0
    assert "Campaign friday: canceled" in result.stdout
    assert desk.counts() == {"canceled": 2}
    told = desk.json("resume", "friday", code=3)
    assert (told["state"], told["reason"]) == ("canceled", "the campaign was canceled")
    assert desk.json("pause", "friday", code=6)["error"]["type"] == "LedgerError"


def test_a_paused_plan_is_resumed(desk: Desk) -> None:
    desk.run("--max-calls", "1", code=4, digest=desk.plan(numbers(2)))
    result = desk.call("pause", "friday")
    assert result.exit_code == 0
    assert "Campaign friday: paused" in result.stdout
    assert "To continue: voicehub campaign resume friday --config" in desk.call("status", "friday").stderr
    assert desk.json("resume", "friday")["state"] == "completed"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_the_report_has_a_row_for_every_row_of_the_input(desk: Desk, tmp_path: Path) -> None:
    one, two = numbers(2)
    file = callees(tmp_path, [one, "12", two, one, REFUSED, MISSING])
    digest = desk.json("plan", file, "--name", "friday", *PLAY)["digest"]
    desk.run("--no-ramp", code=5, digest=digest)
    result = desk.call("report", "friday")
    assert result.exit_code == 0
    told = rows(result.stdout)
    assert [row["outcome"] for row in told] == ["accepted", "invalid", "accepted", "duplicate", "refused", "in_doubt"]
    assert [row["phone"] for row in told] == [one, "12", two, one, REFUSED, MISSING]
    assert {row["city"] for row in told} == {"Kabul"}
    assert (told[0]["account"], told[0]["attempt"], told[4]["code"]) == ("alerts", "1", "-22")
    output = tmp_path / "report.csv"
    assert desk.call("report", "friday", "--output", str(output)).exit_code == 0
    assert rows(output.read_text("utf-8")) == told
    lines = tmp_path / "report.jsonl"
    assert desk.call("report", "friday", "--output", str(lines)).exit_code == 0
    as_json = desk.call("report", "friday", "--json")
    assert as_json.exit_code == 0
    assert as_json.stdout == lines.read_text("utf-8")
    assert [json.loads(line)["outcome"] for line in as_json.stdout.splitlines()] == [row["outcome"] for row in told]


def test_a_report_into_a_file_says_in_json_what_it_wrote(ended: Desk, tmp_path: Path) -> None:
    told = ended.json("report", "friday", "--output", str(tmp_path / "report.CSV"))
    assert told["outcomes"] == {"accepted": 2, "refused": 1, "in_doubt": 1}
    assert (told["name"], told["rows"]) == ("friday", 4)


@pytest.mark.parametrize("where", ["a reader that has gone", "a full disk"])
def test_a_report_that_cannot_be_written(where: str, ended: Desk) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as gone, Path("/dev/full").open("w") as full:
        stdout = full if where == "a full disk" else gone
        process = start("campaign", "report", "friday", *ended.files, stdout=stdout)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, "No space left" in err) == ((1, True) if where == "a full disk" else (0, False))
    assert not has_traceback(err)


@pytest.mark.parametrize("words", [("status", "friday"), ("run", "friday", "--plan", "x" * 12)])
def test_a_full_disk_is_no_bug(words: tuple[str, ...], ended: Desk) -> None:
    with Path("/dev/full").open("w") as full:
        process = start("campaign", *words, *ended.files, stdout=full)
    _, err = process.communicate(timeout=30)
    assert process.returncode == (1 if words[0] == "status" else 2)
    assert not has_traceback(err)
    assert "a bug" not in err


def test_an_input_that_changed_is_not_reported(ended: Desk) -> None:
    (ended.folder / "friday.csv").write_text("phone\n+932120009999\n", "utf-8")
    result = ended.call("report", "friday")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "friday.csv: " in result.stderr


def test_a_report_is_the_next_input(ended: Desk, tmp_path: Path) -> None:
    report = str(tmp_path / "report.csv")
    assert ended.call("report", "friday", "--output", report).exit_code == 0
    told = ended.json("plan", report, "--name", "again", "--only", "refused", *PLAY)
    assert (told["rows"], told["valid"]) == (1, 1)


def test_all_of_a_report_is_no_input(ended: Desk, tmp_path: Path) -> None:
    report = str(tmp_path / "report.csv")
    assert ended.call("report", "friday", "--output", report).exit_code == 0
    result = ended.call("plan", report, "--name", "again", *PLAY)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is a report (line 2: outcome 'accepted')" in result.stderr
    assert "--only refused" in result.stderr
    assert ended.json("status", "again", code=6)["error"]["type"] == "LedgerError"


@pytest.mark.parametrize(
    ("words", "said"), [(("--output", "x.xlsx"), "must end in .csv or .jsonl"), (("--output", ""), "is empty")]
)
def test_usage_of_report(words: tuple[str, ...], said: str, desk: Desk) -> None:
    result = desk.call("report", "friday", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
