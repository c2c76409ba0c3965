"""`abandoned`: whether it is certain that nobody runs a ledger, told without taking its lock."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from voicehub.campaign import SqliteLedger, abandoned
from voicehub.campaign._sqlite.lock import beside

HERE = socket.gethostname()


def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left(said: str) -> str:
    beside(Path("ledger.db").resolve(), "lock").write_text(said, "utf-8")
    return "ledger.db"


def test_who_ended_without_a_word_runs_it_no_more() -> None:
    assert abandoned(left(f"process {gone()} on {HERE}, since 2026-01-01 00:00:00 UTC\n"))


@pytest.mark.parametrize(
    "said",
    [
        f"process {os.getpid()} on {HERE}, since now\n",
        f"process {gone()} on elsewhere.{HERE}, since now\n",
        f"process {10**9 - 1} on {HERE}, since now",  # not whole yet
        "",
        "\udc80",
    ],
    ids=["lives", "elsewhere", "not whole", "empty", "no text"],
)
def test_what_is_not_certain_is_not_said(said: str) -> None:
    beside(Path("ledger.db").resolve(), "lock").write_bytes(said.encode("utf-8", "surrogateescape"))
    assert not abandoned("ledger.db")


@pytest.mark.parametrize("path", ["never.db", "\0"])
def test_where_no_lock_is_nothing_is_known(path: str) -> None:
    assert not abandoned(path)


def test_a_process_of_somebody_else_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr("os.kill", refuse)
    assert not abandoned(left(f"process 1 on {HERE}, since now\n"))


def test_who_looks_takes_nothing() -> None:
    with SqliteLedger("ledger.db") as ledger:
        ledger.own()
        held = Path("ledger.db.lock").read_bytes()
        assert not abandoned("ledger.db")
        assert Path("ledger.db.lock").read_bytes() == held
