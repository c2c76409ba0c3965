"""How a run goes, on stderr: a bar on a terminal, JSON lines for a log."""

import json
import os
import pty
import sys
from pathlib import Path

import pytest

from tests.cli.campaigns import Desk, Terminal, numbers
from tests.cli.conftest import Voicehub, start
from voicehub.campaign import (
    AccountPaused,
    AccountStopped,
    CampaignState,
    Canceled,
    Counts,
    Event,
    Finished,
    Moved,
    Progress,
    Started,
    Status,
)
from voicehub.cli._campaign import progress
from voicehub.cli._run import Run

COUNTS = Counts(pending=50, accepted=40, refused=6, in_doubt=4)
EVENTS = [
    Started("friday", ("alerts", "backup"), Counts(pending=96, in_doubt=4), 2),
    Progress(COUNTS, 12.25, 3725.5),
    AccountPaused("alerts", 1.5, "too fast [bold]\x1b[2J"),
    AccountStopped("alerts", "no money"),
    Moved("alerts", "backup"),
    Canceled(1200),
    Progress(COUNTS, 0.0, None),
    Finished(Status("friday", CampaignState.PAUSED, "abc", COUNTS, "the account has stopped")),
]


def test_a_log_gets_every_event_and_progress_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 100.0, 104.9, 105.0, 105.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with progress.watching(Run([])) as watch:
        for event in [*EVENTS[:2], EVENTS[1], EVENTS[1], *EVENTS[2:6], EVENTS[7]]:
            watch(event)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == [
        *("started", "progress", "progress", "account_paused", "account_stopped", "moved", "canceled", "finished")
    ]
    assert lines[1]["callees"]["accepted"] == 40
    assert lines[-1]["reason"] == "the account has stopped"


def test_numbers_that_were_typed_are_masked_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.watching(Run(["--caller-id", "1008122211"])) as watch:
        watch(AccountStopped("alerts", "bad caller 1008122211"))
    assert "1008122211" not in capsys.readouterr().err


def test_a_terminal_gets_a_bar_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    with progress.watching(Run([])) as watch:
        for event in EVENTS:
            watch(event)
    shown = terminal.read()
    for words in (
        "50/100",
        "12 callees/s",
        "40 accepted, 6 refused, 4 in doubt",
        "1:02:05 left",
        "2 batches that an earlier run left without an answer are in doubt",
        "account alerts pauses for 1.5 s: too fast [bold]\\x1b[2J",
        "account alerts is stopped: no money",
        "the remaining callees go through account backup instead of alerts",
        "the time of --until has passed: 1,200 callees were canceled",
    ):
        assert words in shown


def test_an_event_nobody_has_words_for_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    strange = type("Strange", (Event,), {"name": "strange"})
    with progress.watching(Run([])) as watch:
        watch(strange())
    assert '{"event": "strange"}' in terminal.read()


def test_without_stderr_a_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with progress.watching(Run([])) as watch:
        watch(EVENTS[0])


def test_a_run_on_a_terminal(voicehub: Voicehub, config: str, tmp_path: Path) -> None:
    desk = Desk(voicehub, config, tmp_path)
    digest = desk.plan(numbers(20))
    ours, theirs = pty.openpty()
    environment = {"TERM": "xterm-256color", "COLUMNS": "110"}
    process = start("campaign", "run", "friday", "--plan", digest, *desk.files, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # Linux: the other side is closed
            break
    os.close(ours)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "20/20" in shown.decode()
    assert "20 accepted" in shown.decode()
    assert "{" not in shown.decode()
    assert "Campaign friday: completed" in out
