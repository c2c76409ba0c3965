"""SQLite ledgers for the tests, in memory where the system has such folders, for they are made by the hundred."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.house import ROOT
from voicehub.campaign import CampaignState, Claim, Ledger, SqliteLedger
from voicehub.receipt import Outcome, Status

_FAST = Path("/dev/shm")  # what a loss of power does is tried elsewhere, on the disk
FILES = ("", "-wal", ".attempts")


def folder() -> Path:
    """A new folder, taken away at the end of the tests."""
    return Path(tempfile.mkdtemp(dir=_root()))


@cache
def _root() -> Path:
    root = Path(tempfile.mkdtemp(prefix="voicehub-ledgers-", dir=_FAST if _FAST.is_dir() else None))
    root.chmod(0o711)  # one test looks in as another user
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


def path_of(ledger: Ledger) -> Path:
    """Where it is."""
    assert isinstance(ledger, SqliteLedger)
    return ledger._path


def make() -> SqliteLedger:
    return SqliteLedger(folder() / "ledger.db")


def beside(ledger: Ledger) -> SqliteLedger:
    return SqliteLedger(path_of(ledger))


def copied(path: Path) -> Path:
    """The files as they are on the disk now, which is what a process that is killed leaves."""
    new = folder() / path.name
    for suffix in FILES:
        if (old := path.with_name(path.name + suffix)).exists():
            shutil.copy(old, new.with_name(path.name + suffix))
    return new


def crashed(ledger: Ledger) -> SqliteLedger:
    return SqliteLedger(copied(path_of(ledger)))


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"+93{at:010d}" for at in range(first, first + count)]


def running(ledger: SqliteLedger, batches: int, size: int = 2, name: str = "a") -> SqliteLedger:
    """A campaign of so many batches, owned and running."""
    with ledger.draft(name, now=0.0) as draft:
        for at in range(batches):
            draft.add(numbers(size, at * size))
        draft.seal({})
    ledger.own()
    ledger.change(name, CampaignState.RUNNING, now=1.0)
    return ledger


def take(ledger: SqliteLedger, name: str = "a") -> Claim:
    claim = ledger.claim(name, "alerts", most=None, now=2.0)
    assert claim is not None
    return claim


def said(claim: Claim, status: Status = "accepted") -> Sequence[Outcome]:
    return [Outcome(callee, status) for callee in claim.callees]


def started(*words: object) -> "subprocess.Popen[str]":
    """Another process with the ledger; see `tests.campaign.elsewhere`."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.campaign.elsewhere", *map(str, words)]
    # It is killed, or its files may not grow: what coverage would write of it would be cut off in the middle.
    measured_by_nobody = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env=measured_by_nobody, **pipes)


def line(other: "subprocess.Popen[str]") -> str:
    """What the other process tells next."""
    assert other.stdout is not None
    return other.stdout.readline().rstrip("\n")
