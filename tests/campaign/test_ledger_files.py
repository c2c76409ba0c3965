"""Which file is a ledger, who may open it, and what is said of one that cannot be used."""

import contextlib
import re
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.campaign import ledgers
from voicehub.campaign import SqliteLedger
from voicehub.campaign._sqlite import schema
from voicehub.errors import LedgerError


def test_files_and_folder_are_made_for_the_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "voicehub" / "ledger.db"
    with ledgers.running(SqliteLedger(path), batches=1) as ledger:
        ledgers.take(ledger)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        ends = ("", "-wal", "-shm", ".lock", ".attempts", ".answers")
        assert modes == dict.fromkeys([f"ledger.db{end}" for end in ends], 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name", ["ledger?mode=memory", "50%25 #1;'\".db", "d\u00e9j\u00e0 vu.db", ":memory:", "a b\n.db"]
)
def test_any_name_of_a_file_is_that_file(tmp_path: Path, name: str) -> None:
    with ledgers.running(SqliteLedger(tmp_path / name), batches=1) as ledger:
        assert ledger.record("a").counts.pending == 2
    assert (tmp_path / name).stat().st_size > 0


def test_two_names_of_one_ledger_have_one_owner(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    with SqliteLedger(tmp_path / "link.db") as ledger, SqliteLedger(tmp_path / "real.db") as other:
        ledger.own()
        with pytest.raises(LedgerError, match="is held by another run"):
            other.own()
    (tmp_path / "hard.db").hardlink_to(tmp_path / "real.db")
    with pytest.raises(LedgerError, match=r"has several names \(hard links\)"):
        SqliteLedger(tmp_path / "real.db")


def _text(path: Path) -> None:
    path.write_text("number\n+93200000001\n" * 100)


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE people (name)")
    db.close()


def _marked(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 7")
    db.close()


def _newer(path: Path) -> None:
    SqliteLedger(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_text, "is not a ledger but some other file"),
        (_foreign, "is an SQLite file of another program, not a ledger"),
        (_marked, "is an SQLite file of another program, not a ledger"),
        (
            _newer,
            "was written by a newer voicehub .version 99, this one reads up to 3.; upgrade: pip",
        ),
        (Path.mkdir, "is not a regular file; name the file of the ledger"),
    ],
)
def test_what_is_no_ledger_of_ours_is_left_alone(tmp_path: Path, make: object, said: str) -> None:
    path = tmp_path / "ledger.db"
    make(path)  # type: ignore[operator]
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(LedgerError, match=f"{re.escape(str(path))} {said}"):
        SqliteLedger(path)
    assert before == (path.read_bytes() if path.is_file() else b"")


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"the ledger .*file/ledger.db cannot be opened; its folder must exist"):
        SqliteLedger(tmp_path / "file" / "ledger.db")
    with pytest.raises(LedgerError, match="is no name of a file"):
        SqliteLedger("a\0b")


def test_a_damaged_ledger_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledgers.running(SqliteLedger(path), batches=50, size=100).close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * 8192)
    with SqliteLedger(path) as ledger, pytest.raises(LedgerError, match="is damaged; run nothing on it"):
        list(ledger.results("a"))


def test_an_old_sqlite_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(LedgerError, match=r"this Python has SQLite .*; ledgers need 3.37.0 or newer"):
        SqliteLedger(tmp_path / "ledger.db")


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    db = schema.open_ledger(tmp_path / "ledger.db")
    told = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "fullfsync")}
    assert told == {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1}
    assert db.isolation_level is None
    db.close()


def test_a_ledger_that_may_forget_is_refused(tmp_path: Path) -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(LedgerError, match="could forget calls in a loss of power: journal_mode is memory, not wal"):
        schema.be_durable(db, tmp_path / "x.db")
    db.close()


def test_a_ledger_in_which_full_does_not_stay_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = schema._pragma
    monkeypatch.setattr(schema, "_pragma", lambda db, name: 1 if name == "synchronous" else real(db, name))
    with pytest.raises(LedgerError, match="synchronous is 1, not 2; keep it on a local disk"):
        SqliteLedger(tmp_path / "ledger.db")


def test_many_processes_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    for attempt in range(3):
        path = tmp_path / f"{attempt}.db"
        with contextlib.ExitStack() as stack:
            others = [stack.enter_context(ledgers.started("opened", path)) for _ in range(4)]
            assert [ledgers.line(other) for other in others] == ["ready"] * 4
            for other in others:
                assert other.stdin is not None
                other.stdin.close()
            assert [ledgers.line(other) for other in others] == ["3"] * 4
        with SqliteLedger(path) as ledger:
            assert len(ledger.names()) == 4


def test_who_may_only_read_is_told(tmp_path: Path) -> None:
    shared = ledgers.folder()
    shared.chmod(0o755)
    path = shared / "ledger.db"
    SqliteLedger(path).close()
    path.chmod(0o444)
    shared.chmod(0o555)
    told, _ = ledgers.started("unprivileged", path).communicate()
    assert re.match(f"the ledger {path} cannot be (written|opened); .*this user", told)
    assert "\n" not in told.strip()
    shared.chmod(0o700)


def test_a_ledger_taken_away_or_replaced_under_a_run_stops_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    for replace in (Path.unlink, lambda path: Path(shutil.copy(path, tmp_path / "copy")).replace(path)):
        for file in tmp_path.glob("ledger.db*"):
            file.unlink()
        with ledgers.running(SqliteLedger(path), batches=2) as ledger:
            replace(path)
            with pytest.raises(LedgerError, match="was taken away or replaced while it was in use"):
                ledgers.take(ledger)
