"""One owner, who is named; and a ledger that went back in time is not run."""

import errno
import fcntl
import os
import re
import shutil
import signal
import socket
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import pytest

from tests.campaign import ledgers
from tests.campaign.elsewhere import POINTS
from voicehub.campaign import CampaignState, Counts, SqliteLedger
from voicehub.errors import LedgerError


def test_another_process_that_holds_it_is_named_and_its_death_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with ledgers.started("own", path) as other, SqliteLedger(path) as ledger:
        assert ledgers.line(other) == "owned"
        when = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC"
        who = rf"\(process {other.pid} on {re.escape(socket.gethostname())}, since {when}\)"
        with pytest.raises(LedgerError, match=f"{re.escape(str(path))} is held by another run {who}; wait until"):
            ledger.own()
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert list(ledger.own()) == []


def test_a_ledger_that_has_a_second_name_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with SqliteLedger(path) as ledger:
        (tmp_path / "other.db").hardlink_to(path)
        with pytest.raises(LedgerError, match=r"has a second name \(a hard link\)"):
            ledger.own()
        (tmp_path / "other.db").unlink()
        assert list(ledger.own()) == []


def test_a_ledger_that_is_mounted_by_itself_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "my ledger.db"
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr("voicehub.campaign._sqlite.lock._MOUNTS", mounts)
    written = str(path).replace(" ", r"\040")
    with SqliteLedger(path) as ledger:
        mounts.write_text(f"36 35 98:0 /x {written} rw,noatime master:1 - ext4 /dev/root rw\n")
        with pytest.raises(LedgerError, match=r"is mounted as a single file, .*; mount its folder"):
            ledger.own()
        mounts.write_text(f"36 35 98:0 /x {tmp_path} rw,noatime master:1 - ext4 /dev/root rw\n")
        assert list(ledger.own()) == []


def test_a_holder_without_words_is_a_holder(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "ledger.db") as ledger, SqliteLedger(tmp_path / "ledger.db") as other:
        ledger.own()
        (tmp_path / "ledger.db.lock").write_bytes(b"")
        with pytest.raises(LedgerError, match=r"is held by another run \(unknown\)"):
            other.own()


@pytest.mark.parametrize(("module", "name"), [(fcntl, "flock"), (os, "ftruncate")])
def test_a_lock_that_cannot_be_had_leaves_no_file_open(
    module: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network disk, which may have no locks."""
    monkeypatch.setattr(module, name, Mock(side_effect=OSError(errno.ENOLCK, "No locks available")))
    close = Mock(side_effect=os.close)
    monkeypatch.setattr(os, "close", close)
    with SqliteLedger(tmp_path / "ledger.db") as ledger:
        close.reset_mock()
        with pytest.raises(LedgerError, match="No locks available"):
            ledger.own()
        close.assert_called_once()


def _worked(path: Path, claims: int) -> None:
    with SqliteLedger(path) as ledger:
        ledger.own()
        for _ in range(claims):
            claim = ledgers.take(ledger)
            ledger.settle(claim, ledgers.said(claim), now=3.0)


def test_an_older_copy_is_refused_and_may_be_run_by_a_persons_word(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    ledgers.running(SqliteLedger(path), batches=8).close()
    _worked(path, 2)
    shutil.copy(path, copy)
    _worked(path, 3)
    shutil.copy(copy, path)
    with SqliteLedger(path) as ledger:
        assert ledger.record("a").counts.accepted == 4  # to be looked at it is good enough
        with pytest.raises(
            LedgerError, match="is older than what was attempted: it knows of 2 attempts, and 5"
        ) as told:
            ledger.own()
        assert "would be phoned twice. Put the newest ledger back" in str(told.value)
        with pytest.raises(LedgerError, match="is not held by this run"):
            ledgers.take(ledger)
        ledger.change("a", CampaignState.PAUSED, now=4.0)  # control is not claiming
        mend = re.search(r"write '(.*)' into (\S+)$", str(told.value))
        assert mend is not None
        Path(mend[2]).write_text(mend[1])
        assert list(ledger.own()) == []
        ledger.change("a", CampaignState.RUNNING, now=4.0)
        ledgers.take(ledger)
    with SqliteLedger(path) as ledger:
        assert len(ledger.own()) == 1


@pytest.mark.parametrize("left", [None, b"", b"garbage", b"\xff\xfe 12", b"0123456789abcdef0123456789abcdef 7\n"])
def test_a_ledger_without_its_counter_is_refused_once_attempts_were_made(tmp_path: Path, left: bytes | None) -> None:
    path, counter = tmp_path / "ledger.db", tmp_path / "ledger.db.attempts"
    ledgers.running(SqliteLedger(path), batches=2).close()
    _worked(path, 1)
    kept = counter.read_bytes()
    counter.unlink()
    if left is not None:
        counter.write_bytes(left)
    with SqliteLedger(path) as ledger:
        with pytest.raises(LedgerError, match="its count of attempts is missing or unreadable"):
            ledger.own()
        counter.write_bytes(kept)
        assert list(ledger.own()) == []


def test_a_new_ledger_may_stand_where_another_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledgers.running(SqliteLedger(path), batches=2).close()
    _worked(path, 2)
    path.unlink()
    ledgers.running(SqliteLedger(path), batches=2).close()
    _worked(path, 1)
    assert (tmp_path / "ledger.db.attempts").read_text().split()[1] == f"{1:020}"


def test_a_counter_that_cannot_be_kept_means_that_nothing_is_claimed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    (tmp_path / "ledger.db.attempts").mkdir()
    with SqliteLedger(path) as ledger, pytest.raises(LedgerError, match=r"cannot be used .*Is a directory"):
        ledger.own()


def test_half_a_line_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledgers.running(SqliteLedger(tmp_path / "ledger.db"), batches=1) as ledger:
        monkeypatch.setattr(os, "pwrite", lambda fd, line, at: 3)
        with pytest.raises(LedgerError, match="short write"):
            ledgers.take(ledger)


@pytest.mark.parametrize("passage", [0, 1, 4])
@pytest.mark.parametrize("where", POINTS)
def test_death_between_commit_and_counter_is_no_step_back(tmp_path: Path, where: str, passage: int) -> None:
    """Whatever was given is submitting or settled, and the next run is not refused."""
    path = tmp_path / "ledger.db"
    other = ledgers.started("dying", path, where, passage)
    told, _ = other.communicate()
    assert other.returncode == 9
    assert told.count("claimed") == passage
    with SqliteLedger(path) as ledger:
        ledger.own()
        counts = ledger.record("a").counts
    assert counts.total == 40
    assert counts.accepted + counts.in_doubt >= passage * 2
    assert counts == Counts(pending=counts.pending, accepted=counts.accepted, in_doubt=counts.in_doubt)


def test_a_lock_that_is_removed_during_a_run_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with ledgers.running(SqliteLedger(path), batches=2) as ledger:
        ledger.own()
        claim = ledgers.take(ledger)
        (tmp_path / "ledger.db.lock").unlink()
        with SqliteLedger(path) as other:
            with pytest.raises(LedgerError, match=r"held by another run, though its .*ledger.db.lock was removed"):
                other.own()
            assert other.record("a").counts.in_doubt == 0
            ledger.settle(claim, ledgers.said(claim), now=3.0)
            ledger.close()
            assert list(other.own()) == []


def test_a_bare_copy_of_what_nobody_ran_yet_is_refused(tmp_path: Path) -> None:
    """Both of them would phone everybody."""
    ledgers.running(SqliteLedger(tmp_path / "a.db"), batches=2).close()
    shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
    with SqliteLedger(tmp_path / "b.db") as copy, pytest.raises(LedgerError, match="could be an older copy"):
        copy.own()
    with SqliteLedger(tmp_path / "a.db") as ledger:
        ledger.own()
