"""After a write that failed nothing is claimed any more, every verb says why, and nothing is lost."""

import contextlib
import resource
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.campaign import ledgers
from voicehub.campaign import CampaignState, SqliteLedger
from voicehub.campaign._sqlite import batches, schema, sweeps
from voicehub.errors import LedgerError


def every_verb(ledger: SqliteLedger) -> list[Callable[[], object]]:
    return [
        ledger.names,
        lambda: ledger.record("a"),
        lambda: ledger.draft("b", now=0.0),
        ledger.own,
        lambda: ledger.change("a", CampaignState.PAUSED, now=1.0),
        lambda: ledgers.take(ledger),
        ledger.flush,
        lambda: ledger.next_due("a"),
        lambda: ledger.expire("a", now=1.0),
        lambda: ledger.doubts("a"),
        lambda: list(ledger.results("a")),
        lambda: list(ledger.phoned_since(0.0, other_than="b")),
        lambda: ledger.resolve("a", "held", batch=1, who="w", why="y", now=1.0),
    ]


def worked(ledger: SqliteLedger, said: str) -> int:
    """Claim and settle until that is said; returns how many were claimed."""
    claimed = 0
    with contextlib.suppress(LedgerError):
        while True:
            claim = ledgers.take(ledger)
            claimed += 1
            ledger.settle(claim, ledgers.said(claim), now=3.0)
    with pytest.raises(LedgerError, match=said):
        ledger.flush()
    return claimed


def everything_is_refused(ledger: SqliteLedger, said: str) -> None:
    for verb in every_verb(ledger):
        with pytest.raises(LedgerError, match=said):
            verb()
    ledger.close()


def recovered(path: Path, *, claimed: int) -> None:
    """Nobody is lost: whoever was claimed is accepted, as was answered, though the ledger could not keep it."""
    with SqliteLedger(path) as ledger:
        ledger.own()
        counts = ledger.record("a").counts
        assert (counts.accepted, counts.in_doubt) == (claimed, 0)
        assert counts.pending == counts.total - claimed


def test_a_full_file_stops_everything(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = ledgers.running(SqliteLedger(path), batches=200, size=100)
    pages = ledger._writer._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._writer._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    claimed = worked(ledger, "cannot grow: the disk or the quota is full; make room, then resume")
    everything_is_refused(ledger, "cannot grow: the disk or the quota is full")
    recovered(path, claimed=100 * claimed)


@pytest.mark.parametrize("limit", [100_000, 500_000])
def test_files_that_may_not_grow_stop_everything(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "ledger.db"
    told, _ = ledgers.started("full", path, limit).communicate()
    lines = told.splitlines()
    claimed = sum(line.startswith("claimed") for line in lines)
    assert (claimed > 0) is (limit > 400_000), "the plan alone takes that much"
    assert "could not be read or written" in lines[claimed] or "cannot grow" in lines[claimed]
    assert [line.split()[0] for line in lines[claimed:]] == ["error", *["refused"] * 4]
    recovered(path, claimed=100 * claimed)


@pytest.fixture(name="small")
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], capture_output=True)
    if not made or made.returncode:
        pytest.skip("a small file system cannot be mounted by this user; a limit of the file size stands for it")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


def test_a_full_disk_stops_everything_and_room_lets_it_go_on(small: Path) -> None:
    path = small / "ledger.db"
    ledger = ledgers.running(SqliteLedger(path), batches=100, size=100)
    (small / "other").write_bytes(b"x" * (shutil.disk_usage(small).free - 20_000))
    claimed = worked(ledger, "cannot grow|could not be read or written")
    everything_is_refused(ledger, "cannot grow|could not be read or written")
    (small / "other").unlink()
    recovered(path, claimed=100 * claimed)


def test_a_ledger_that_may_only_be_read_stops_everything(tmp_path: Path) -> None:
    ledger = ledgers.running(SqliteLedger(tmp_path / "ledger.db"), batches=2)
    ledger._writer._db.execute("PRAGMA query_only = ON")
    with pytest.raises(LedgerError, match="cannot be written; give this user the right"):
        ledgers.take(ledger)
    everything_is_refused(ledger, "cannot be written")


def test_a_ledger_locked_for_good_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "WAIT_SECONDS", 0.05)
    path = tmp_path / "ledger.db"
    ledger = ledgers.running(SqliteLedger(path), batches=2)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="is locked by another program; close what else has it open"):
        ledgers.take(ledger)
    other.close()
    everything_is_refused(ledger, "is locked by another program")
    recovered(path, claimed=0)


def test_a_new_ledger_locked_for_good_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "WAIT_SECONDS", 0.05)
    path = tmp_path / "ledger.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LedgerError, match="is locked by another program"):
        SqliteLedger(path)
    other.close()


def test_two_who_change_the_journal_at_once_do_not_stop_each_other() -> None:
    """SQLite does not wait where each waits for the other: it tells one of them at once."""
    tries: list[str] = []
    free = sqlite3.connect(":memory:")

    class Busy(sqlite3.Connection):
        def execute(self, statement: str, *_: object) -> sqlite3.Cursor:
            tries.append(statement)
            if len(tries) < 3:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorname = "SQLITE_BUSY"
                raise error
            return free.execute("SELECT 1")

    busy = Busy(":memory:")
    schema._when_free(busy, "PRAGMA x")
    busy.close()
    free.close()
    assert len(tries) == 3


def test_a_new_ledger_that_is_being_read_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN")
    other.execute("SELECT * FROM sqlite_master").fetchall()
    with monkeypatch.context() as patched:
        patched.setattr(schema, "WAIT_SECONDS", 0.05)
        with pytest.raises(LedgerError, match="is locked by another program"):
            SqliteLedger(path)
    let_go = threading.Timer(0.2, other.close)
    let_go.start()
    SqliteLedger(path).close()
    let_go.join()


def test_a_lock_that_is_let_go_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = ledgers.running(SqliteLedger(path), batches=1)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, lambda: other.execute("ROLLBACK")).start()
    assert len(ledgers.take(ledger).callees) == 2
    ledger.close()
    other.close()


def test_a_settling_that_cannot_be_kept_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.db"
    ledger = ledgers.running(SqliteLedger(path), batches=2)
    claim = ledgers.take(ledger)

    def unknown(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(batches, "settle", unknown)
    ledger.settle(claim, ledgers.said(claim), now=3.0)
    with pytest.raises(LedgerError, match=r"cannot be used \(a bug\)"):
        ledger.flush()
    monkeypatch.undo()
    everything_is_refused(ledger, "a bug")
    recovered(path, claimed=2)


def test_a_settling_of_what_is_no_more_submitting_stops_everything(tmp_path: Path) -> None:
    """Nobody else may touch a claim of ours; if somebody did, what is recorded is not known."""
    ledger = ledgers.running(SqliteLedger(tmp_path / "ledger.db"), batches=2)
    claim = ledgers.take(ledger)
    with SqliteLedger(tmp_path / "ledger.db") as other:
        other._writer.do(sweeps.lose)
    ledger.settle(claim, ledgers.said(claim), now=3.0)
    with pytest.raises(LedgerError, match="batch 1 is not submitting any more"):
        ledger.flush()
    everything_is_refused(ledger, "batch 1 is not submitting any more")


def test_a_ledger_overwritten_under_a_run_is_not_claimed(tmp_path: Path) -> None:
    ledger = ledgers.running(SqliteLedger(tmp_path / "ledger.db"), batches=3)
    ledgers.take(ledger)
    ledger._writer.do(lambda db: db.execute("UPDATE ledger SET attempts = 0"))
    for _ in range(2):
        with pytest.raises(LedgerError, match="was overwritten while it was in use"):
            ledgers.take(ledger)
    ledger.close()


def test_a_change_that_fails_is_undone_alone(tmp_path: Path) -> None:
    """Many changes in one transaction, every second one of them wrong."""
    with ledgers.running(SqliteLedger(tmp_path / "ledger.db"), batches=40) as ledger:
        together = threading.Barrier(40)
        told: list[object] = []

        def act(at: int) -> None:
            together.wait()
            try:
                told.append(ledger.claim("a" if at % 2 else "nobody", "x", most=1, now=2.0))
            except LedgerError as error:
                told.append(str(error))

        slots = [threading.Thread(target=act, args=(at,)) for at in range(40)]
        for slot in slots:
            slot.start()
        for slot in slots:
            slot.join()
        assert told.count("the ledger has no campaign 'nobody'; it has 'a'") == 20
        assert ledger.record("a").counts.submitting == 20


def test_limits_of_this_process_are_as_they_were() -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
