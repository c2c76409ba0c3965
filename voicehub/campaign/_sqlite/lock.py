"""The files beside a ledger: the lock of its run, and the number of attempts made with it.

The lock is the system's, on a separate file, and ends with the process. The counter is outside the ledger, so that an
older copy of the ledger is recognized: callees attempted since would be phoned twice.
"""

import fcntl
import os
import re
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from voicehub._masking import printable
from voicehub.campaign._sqlite.schema import shown
from voicehub.errors import LedgerError

_MOUNTS = Path("/proc/self/mountinfo")  # proc(5): the fifth field is the mount point
_WIDTH = 20  # digits: of constant length, the counter is overwritten in place, within one sector
_COUNT = f"[0-9]{{1,{_WIDTH}}}"


def beside(path: Path, what: str) -> Path:
    """The file ``<ledger>.what``."""
    return path.with_name(f"{path.name}.{what}")


class RunLock:
    """The lock of a run. Raises `LedgerError` naming the holder if another run has it."""

    def __init__(self, path: Path) -> None:
        _refuse_second_name(path)
        self._path = beside(path, "lock")
        self._fd = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            self._take(path)
        except BaseException:
            self.release()
            raise

    def _take(self, path: Path) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = printable(os.pread(self._fd, 200, 0).decode(errors="replace").strip()) or "unknown"
            raise LedgerError(
                f"the ledger {shown(path)} is held by another run ({holder}); wait until it has ended, or stop it. "
                "status, pause, cancel, reconcile, resolve and report work beside it"
            ) from None
        since = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"process {os.getpid()} on {socket.gethostname()}, since {since}\n".encode(), 0)

    def release(self) -> None:
        """Release the lock. The file stays: another process that is about to open it must get the same file."""
        os.close(self._fd)


def _refuse_second_name(path: Path) -> None:
    """Refuse a file with hard links, or mounted alone: it has a lock and a log per name, so two runs could use it.

    https://www.sqlite.org/howtocorrupt.html, 2.4.
    """
    fault = ""
    if path.stat().st_nlink > 1:
        fault = "has a second name (a hard link), and could be run by both at once; remove the other one"
    with suppress(OSError):  # only Linux has this file
        for line in _MOUNTS.read_text("utf-8", "surrogateescape").splitlines():
            if line.split()[4].replace(r"\040", " ") == str(path):
                fault = "is mounted as a single file, and could be run at its other place too; mount its folder"
    if fault:
        raise LedgerError(f"the ledger {shown(path)} {fault}")


def abandoned(ledger: str | os.PathLike[str]) -> bool:
    """Whether certainly no run uses the ledger in this file: its last run was a process of this host, which has ended.

    Reads what the lock's holder wrote, and does not take the lock, so that a run that just starts can take it.
    """
    with suppress(OSError, ValueError, RuntimeError):
        holder = beside(Path(ledger).expanduser().resolve(), "lock").read_text("utf-8", "replace")
        found = re.fullmatch("process ([0-9]{1,9}) on (.*), since .*\n", holder)
        if found is not None and found[2] == socket.gethostname():
            try:
                os.kill(int(found[1]), 0)
            except ProcessLookupError:
                return True
    return False


class AttemptCount:
    """The number of attempts made with the ledger of this identity, in a file of its own."""

    def __init__(self, path: Path, identity: str) -> None:
        self._ledger = path
        self._path = beside(path, "attempts")
        self._identity = identity
        self._fd = -1
        self._written = -1

    def check(self, attempts: int) -> None:
        """Raise `LedgerError` if the ledger, which has ``attempts`` attempts, is older than the last one made."""
        found = self._read()
        mend = f"write '{self._identity} {attempts}' into {shown(self._path)}"
        if found is None:
            raise LedgerError(
                f"beside the ledger {shown(self._ledger)} its count of attempts is missing or unreadable, so it could "
                "be an older copy, and an older copy would phone people twice. Put that file back from where the "
                f"ledger came; or, if you know that nothing was sent since, {mend}"
            )
        if found > attempts:
            raise LedgerError(
                f"the ledger {shown(self._ledger)} is older than what was attempted: it knows of {attempts} attempts, "
                f"and {found} were made. Callees attempted since would be phoned twice. Put the newest ledger back "
                "(with its -wal file); or cancel the campaign here and plan the callees who are left anew, by the "
                f"vendor's records. To run it all the same, {mend}"
            )
        self._hold()

    def begin(self, attempts: int) -> None:
        """Create the file for a ledger without campaigns: a copy of the ledger without it is then recognized."""
        with suppress(OSError):  # a run reports it
            if self._read() is None:
                self.write(attempts)
        self.close()

    def write(self, attempts: int) -> None:
        """Write this count; durable on return."""
        if attempts == self._written:
            return
        new = self._written < 0
        self._open()
        line = f"{self._identity} {attempts:0{_WIDTH}}\n".encode()
        if os.pwrite(self._fd, line, 0) != len(line):
            raise OSError("short write")
        if new:
            os.ftruncate(self._fd, len(line))
            _sync_folder(self._path.parent)
        sync(self._fd)
        self._written = attempts

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = self._written = -1

    def _open(self) -> None:
        if self._fd < 0:
            self._fd = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)

    def _hold(self) -> None:
        """Take a second lock: to remove the first one's file during a run must not allow a second run."""
        self._open()
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock = shown(beside(self._ledger, "lock"))
            raise LedgerError(
                f"the ledger {shown(self._ledger)} is held by another run, though its {lock} was removed; wait until "
                "that run has ended, or stop it"
            ) from None

    def _read(self) -> int | None:
        """The count in the file; ``None``: there is none, it is no number, or it is another ledger's."""
        with suppress(FileNotFoundError):
            words = self._path.read_text("ascii", "replace").split()
            if len(words) == 2 and words[0] == self._identity and re.fullmatch(_COUNT, words[1]):
                return int(words[1])
        return None


def sync(fd: int) -> None:
    """Wait until the file is on the disk."""
    if hasattr(fcntl, "F_FULLFSYNC"):  # pragma: no cover - macOS, where fsync stops at the drive's own memory
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fdatasync(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
