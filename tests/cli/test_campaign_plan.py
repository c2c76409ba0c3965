"""`voicehub campaign plan`: what a run would do, for people and for programs; nothing is sent."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.campaigns import PLAY, Desk, Terminal, callees, numbers
from tests.cli.conftest import Voicehub
from voicehub.cli._campaign import plan, progress
from voicehub.sandbox import SandboxServer

ONE = numbers(1)[0]


@pytest.fixture
def desk(voicehub: Voicehub, config: str, tmp_path: Path) -> Desk:
    return Desk(voicehub, config, tmp_path)


def append(desk: Desk, *lines: str) -> None:
    file = Path(desk.config)
    file.write_text("\n".join([file.read_text("utf-8"), *lines, ""]), "utf-8")


def test_a_plan_shows_what_a_run_would_do_and_the_command_that_does_it(
    desk: Desk, sandbox: SandboxServer, tmp_path: Path
) -> None:
    append(desk, "[accounts.alerts.pace]", "calls_per_second = 0.01", "requests_per_second = 0.001")
    file = callees(tmp_path, [ONE, "+93212-000-1001", "12", "2025550123", ONE])
    rejects = tmp_path / "rejects.csv"
    result = desk.call("plan", file, "--name", "friday", *PLAY, "--rejects", str(rejects))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    told = {line[0].strip(): "".join(line[1:]).strip() for line in lines if len(line) > 1}
    assert told["file"] == file
    assert told["column of numbers"] == "phone (guessed; --column chooses another)"
    assert (told["rows"], told["valid"], told["duplicates, left out"]) == ("5", "3", "1")
    assert told["requests"] == "1 if full; the first have 1, 2 callees, unless --no-ramp"
    assert (told["says"], told["do not call"], told["not phoned within"]) == (
        "uploaded audio: welcome.mp3",
        "no list",
        "no limit",
    )
    assert told["reference"].startswith("none: callees in doubt could not be reconciled")
    assert told["ledger"] == desk.ledger
    assert "\n\n\n" not in result.stdout
    assert told["takes about"] == "16 min 40 s"
    assert told["accounts"] == "alerts (onbuka-v3)"
    assert told["left out, with reasons"] == str(rejects)
    assert any("Egypt" in name for name in told)
    assert told["invalid, left out"].startswith("1: has 2 digits")
    digest = told["digest"]
    assert (
        f"voicehub campaign run friday --plan {digest} --config {desk.config} --ledger {desk.ledger}" in result.stdout
    )
    assert sandbox.dialled == []
    assert desk.counts() == {"pending": 3}
    assert len(list(csv.reader(rejects.read_text("utf-8").splitlines()))) == 3


def test_the_json_is_the_plan(desk: Desk, tmp_path: Path) -> None:
    told = desk.json("plan", callees(tmp_path, [ONE]), "--name", "friday", "--column", "phone", *PLAY)
    assert (told["name"], told["account"], told["chain"]) == ("friday", "alerts", ["alerts"])
    assert (told["rows"], told["valid"], told["guessed"], told["rejects"]) == (1, 1, False, None)
    assert told["digest"] == desk.json("status", "friday")["digest"]


def test_every_option_reaches_the_announcement(desk: Desk, tmp_path: Path) -> None:
    words = (*PLAY, "--caller-id", "1008122211", "--max-duration", "50", "--ring-timeout", "60", "--plays", "2")
    desk.json("plan", callees(tmp_path, [ONE]), "--name", "friday", *words, "--reference", "order 42")
    from voicehub.campaign import SqliteLedger

    ledger = SqliteLedger(desk.ledger)
    announcement = ledger.record("friday").document["announcement"]
    ledger.close()
    assert announcement["content"] == {"kind": "uploaded_audio", "file_id": "welcome.mp3"}
    del announcement["content"]
    assert announcement == {
        "caller_id": "1008122211",
        "max_duration_seconds": 50,
        "ring_timeout_seconds": 60,
        "plays": 2,
        "reference": "order 42",
        "provider_options": {},
    }


def test_a_plan_shows_what_will_be_said_how_and_to_whom_not(desk: Desk, tmp_path: Path) -> None:
    never = tmp_path / "never.txt"
    never.write_text("")
    words = (
        "--say",
        "Water is off",
        "--language",
        "en",
        "--caller-id",
        "1008122211",
        "--plays",
        "2",
        "--reference",
        "a b",
    )
    spared = ("--do-not-call", str(never), "--not-phoned-within", "0.5")
    shown = " ".join(desk.call("plan", callees(tmp_path, [ONE]), "--name", "x", *words, *spared).stdout.split())
    for row in (
        "says speech: Water is off, en",
        "caller id 1008122211",
        "plays 2",
        "reference a b",
        "within 0.5 hours",
    ):
        assert f" {row} " in shown
    assert f"do not call {never} " in shown
    assert " requests 1 takes " in shown
    told = desk.json("plan", callees(tmp_path, [ONE]), "--name", "y", *words, *spared)
    assert told["announcement"]["content"] == {
        "alerts": {"kind": "speech", "text": "Water is off", "language": "en", "voice": None, "rate": None}
    }
    assert (told["announcement"]["caller_id"], told["announcement"]["reference"]) == ("1008122211", "a b")
    assert (told["do_not_call"], told["not_phoned_within_hours"]) == (str(never), 0.5)
    assert (told["ledger"], told["first"]) == (desk.ledger, [1])


def test_options_of_a_vendor_are_shown() -> None:
    said = {"content": {"a": {"kind": "audio_url", "url": "https://x/..."}}, "provider_options": {"acme": {"n": 1}}}
    told = dict(plan._announcement(said))
    assert (told["says"], told["vendors' options"]) == ("audio url: https://x/...", '{"acme": {"n": 1}}')


def test_a_chain_plays_each_accounts_own_file(desk: Desk, tmp_path: Path) -> None:
    file = Path(desk.config)
    file.write_text(file.read_text("utf-8").replace("[accounts.backup]", 'fallback = ["backup"]\n[accounts.backup]'))
    words = (callees(tmp_path, [ONE]), "--name", "friday", "--audio", "reminder")
    assert "[audio.reminder] alerts: is missing" in desk.json("plan", *words, code=2)["error"]["message"]
    append(desk, "[audio.reminder]", 'alerts = "one.mp3"')
    assert "[audio.reminder] backup: is missing" in desk.json("plan", *words, code=2)["error"]["message"]
    append(desk, 'backup = "two.mp3"')
    result = desk.call("plan", *words)
    assert result.exit_code == 0
    assert "alerts (onbuka-v3), then backup (itniotech)" in result.stdout
    assert " ".join(result.stdout.split()).count("says by alerts uploaded audio: one.mp3 says by backup") == 1
    assert result.stderr == ""
    alike = desk.call("plan", words[0], "--name", "monday", *PLAY)
    assert alike.stderr.startswith("All of these accounts get the same file id, and ids belong to accounts: unless ")


def test_what_an_account_of_the_chain_cannot_carry_is_refused(desk: Desk, tmp_path: Path) -> None:
    words = (callees(tmp_path, [ONE]), "--name", "friday", *PLAY, "--account", "backup", "--ring-timeout", "30")
    told = desk.json("plan", *words, code=3)["error"]
    assert (told["type"], told["field"]) == ("UnsupportedField", "ring_timeout_seconds")
    assert "account backup: " in told["message"]


def test_lists_spare_people(desk: Desk, tmp_path: Path) -> None:
    first, second, third = numbers(3)
    desk.run(code=0, digest=desk.plan([first]))
    never = tmp_path / "never.txt"
    never.write_text(f"{second}\n")
    file = callees(tmp_path, [first, second, third], "three.csv")
    words = ("--do-not-call", str(never), "--not-phoned-within", "0.5")
    digest = desk.json("plan", file, "--name", "monday", *PLAY, *words)["digest"]
    desk.run(code=4, name="monday", digest=digest)
    assert desk.counts("monday") == {"accepted": 1, "suppressed": 2}


def test_a_name_is_planned_once(desk: Desk) -> None:
    desk.plan([ONE])
    told = desk.json("plan", str(desk.folder / "friday.csv"), "--name", "friday", *PLAY, code=6)
    assert told["error"]["type"] == "LedgerError"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*PLAY,), "Missing option '--name'"),
        (("--name", "x"), "give one of --audio-file-id"),
        (
            ("--name", "x", *PLAY, "--audio", "y"),
            "give only one of --audio-file-id, --audio-file, --audio-url, --audio and --say",
        ),
        (("--name", "x", *PLAY, "--not-phoned-within", "0"), "is not a number of hours above 0"),
        (("--name", "x", *PLAY, "--not-phoned-within", "soon"), "is not a number of hours above 0"),
        (("--name", "x", *PLAY, "--rejects", ""), "is empty; leave it out or name a file"),
        (("--name", "x", *PLAY, "--column", "nobody"), "nobody"),
        (("--name", "x", *PLAY, "--region", "QQ"), "is no country's two letters"),
        (("--name", "x", *PLAY, "--do-not-call", "nowhere.txt"), "nowhere.txt: there is no such file"),
    ],
)
def test_usage(words: tuple[str, ...], said: str, desk: Desk, tmp_path: Path) -> None:
    result = desk.call("plan", callees(tmp_path, [ONE]), *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("content", [None, "", "phone\n", "phone\n12\n", b"phone\n\xff\xfe\n"])
def test_a_file_without_callees_is_one_line(content: str | bytes | None, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "callees.csv"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = desk.call("plan", str(file), "--name", "friday", *PLAY)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"voicehub: {file}: ")
    assert result.stderr.count("\n") == 1


def test_of_many_countries_the_largest_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "_LISTED", 2)
    told = dict(plan._countries({"A": 1, "B": 5, "C": 3, "D": 1000}))
    assert told == {"to D": "1,000", "to B": "5", "to 2 more countries": "4"}


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "1 s"), (59, "59 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90061, "25 h 1 min")]
)
def test_durations(seconds: float, told: str) -> None:
    assert plan._lasting(seconds) == told


def test_reading_a_big_file_is_told_in_a_log_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 4.9, 5.0, 5.0, 9.9, 10.0, 10.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with progress.reading() as on_progress:
        for rows in range(1, 5):
            on_progress(rows, 10 * rows, 40)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert told == [{"event": "reading", "rows": rows, "bytes": 10 * rows, "of": 40} for rows in (2, 4)]


def test_reading_a_big_file_moves_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    with progress.reading() as on_progress:
        on_progress(1200, 10, 40)
    assert "1,200 rows" in terminal.read()
