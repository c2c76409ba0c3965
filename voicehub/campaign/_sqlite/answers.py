"""Answers that a ledger could not store, because its disk was full or failed: saved beside it, for the next run.

Their space is reserved before the first claim, so that a full disk does not prevent them. The file has answers to
attempts of one run only: the next owner of the ledger reads it, and empties it durably, before its first claim. Reading
it settles a batch as the run itself would have, and changes nothing unless that very attempt is still submitting.
"""

import hashlib
import json
import os
import sqlite3
import threading
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

from voicehub.campaign._ledger.contract import Claim
from voicehub.campaign._sqlite import batches
from voicehub.campaign._sqlite.lock import beside, sync
from voicehub.campaign._sqlite.packing import Columns, pack, unpack
from voicehub.campaign._sqlite.rows import check_times, find
from voicehub.campaign._sqlite.schema import SUBMITTING
from voicehub.errors import LedgerError

_LIVE = f"id = ? AND state = {SUBMITTING} AND attempt = ? AND open = ?"
_MOST = 1 << 63  # SQLite takes no such integer
_ROOM = 1 << 19  # bytes: an answer for 1000 callees takes 20 thousand, and each slot may have one in flight


class Answers:
    """The file for the ledger of this identity. Only for the ledger's owner, from `open` to `close`."""

    def __init__(self, path: Path, identity: str) -> None:
        self._path, self._identity = beside(path, "answers"), identity
        self._lock = threading.Lock()
        self._fd, self._end, self._process = -1, 0, os.getpid()
        self._is_empty = False

    def open(self) -> None:
        """Open the file, and create it if it is missing. Raises ``OSError``."""
        self._fd = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)

    def settle(self, db: sqlite3.Connection) -> None:
        """Settle the saved answers. Broken and odd lines, and lines of another ledger, are skipped."""
        for line in self._read().splitlines():
            digest, _, answer = line.partition(b" ")
            if digest == self._digest(answer) and (saved := _saved(answer)):
                claim, columns, details = saved
                if find(db, _LIVE, claim.batch, claim.attempt, len(columns.states)):  # else the ledger has it after all
                    batches.settle(db, claim, columns, **details)

    def empty(self) -> None:
        """Empty the file, durably, and reserve space. Raises ``OSError``."""
        if self._read().strip(b"\0"):
            os.ftruncate(self._fd, 0)
            os.fsync(self._fd)
        if hasattr(os, "posix_fallocate"):  # pragma: no branch - macOS, where a full disk may stop it
            with suppress(OSError):  # the disk may be full now, too
                os.posix_fallocate(self._fd, 0, _ROOM)
        self._is_empty = True

    def keep(self, claim: Claim, columns: Columns, **details: object) -> None:
        """Save an answer as `batches.settle` takes it. Never raises: without it the claim is in doubt."""
        packed = b64encode(pack(columns)).decode()
        answer = json.dumps([claim.batch, claim.attempt, packed, details]).encode()
        line = b"%b %b\n" % (self._digest(answer), answer)
        with self._lock, suppress(OSError):
            if self._fd >= 0 and os.getpid() == self._process:  # not in the child of a fork
                self._is_empty = False
                if os.pwrite(self._fd, line, self._end) == len(line):
                    self._end += len(line)
                sync(self._fd)

    def close(self) -> None:
        """Close the file; an empty one is deleted."""
        with self._lock:
            if self._fd < 0:
                return
            os.close(self._fd)
            self._fd = -1
            if self._is_empty and os.getpid() == self._process:
                with suppress(OSError):
                    self._path.unlink()

    def _read(self) -> bytes:
        return os.pread(self._fd, os.fstat(self._fd).st_size, 0)

    def _digest(self, answer: bytes) -> bytes:
        return hashlib.sha256(self._identity.encode() + answer).hexdigest().encode()


def _saved(answer: bytes) -> tuple[Claim, Columns, dict[str, Any]] | None:
    """What `Answers.keep` saved; ``None``: it did not save this."""
    try:
        batch, attempt, packed, told = json.loads(answer)
        details = {name: told[name] for name in ("now", "not_before", "why")}
        check_times(float(details["now"]), float(details["not_before"]))
        (details["why"] or "").encode()
        if not 0 < batch < _MOST > attempt > 0:
            return None
        return Claim(batch, attempt, ()), unpack(b64decode(packed)), details
    except (LedgerError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
