"""Answers that a ledger could not keep, for its disk was full or failed: set down beside it, for the next run.

Room for them is taken before anybody is claimed, so that a full disk does not stop them. What stands here was said of
attempts of the run that wrote it, and of no other: whoever owns the ledger reads it, and empties it durably, before
the first claim. So it says of a batch no more than the settling would have said; and it changes nothing unless that
very attempt is submitting still.
"""

import hashlib
import json
import os
import sqlite3
import threading
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path

from voicehub.campaign._ledger.contract import Claim
from voicehub.campaign._sqlite import batches
from voicehub.campaign._sqlite.held import beside, sync
from voicehub.campaign._sqlite.packing import Columns, pack, unpack
from voicehub.errors import LedgerError

_ROOM = 1 << 19  # bytes: an answer of 1000 callees takes 20 thousand, and as many are on their way as there are slots


class Answers:
    """The file of the ledger of this identity. For its owner alone, from `open` to `close`."""

    def __init__(self, path: Path, identity: str) -> None:
        self._path, self._identity = beside(path, "answers"), identity
        self._lock = threading.Lock()
        self._fd, self._end, self._process = -1, 0, os.getpid()
        self._is_empty = False

    def open(self) -> None:
        """Let it be there. Raises ``OSError``."""
        self._fd = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)

    def settle(self, db: sqlite3.Connection) -> None:
        """Settle what stands here, as it would have been. Half a line, and one of another ledger, is passed over."""
        for line in self._read().splitlines():
            digest, _, said = line.partition(b" ")
            if digest == self._digest(said):
                batch, attempt, packed, told = json.loads(said)
                with suppress(LedgerError):  # it was settled all the same
                    batches.settle(db, Claim(batch, attempt, ()), unpack(b64decode(packed)), **told)

    def empty(self) -> None:
        """Forget what was read, durably, and take room. Raises ``OSError``."""
        if self._read().strip(b"\0"):
            os.ftruncate(self._fd, 0)
            os.fsync(self._fd)
        if hasattr(os, "posix_fallocate"):  # pragma: no branch - macOS, where a full disk may stop it
            with suppress(OSError):  # a disk that is full by now, too
                os.posix_fallocate(self._fd, 0, _ROOM)
        self._is_empty = True

    def keep(self, claim: Claim, columns: Columns, **told: object) -> None:
        """Set down how a claim would have been settled. It never raises: at worst it is doubt."""
        packed = b64encode(pack(columns)).decode()
        said = json.dumps([claim.batch, claim.attempt, packed, told]).encode()
        line = b"%b %b\n" % (self._digest(said), said)
        with self._lock, suppress(OSError):
            if self._fd >= 0 and os.getpid() == self._process:  # the child of a fork was told nothing
                self._is_empty = False
                if os.pwrite(self._fd, line, self._end) == len(line):
                    self._end += len(line)
                sync(self._fd)

    def close(self) -> None:
        """Let go; a file in which nothing stands is taken away."""
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

    def _digest(self, said: bytes) -> bytes:
        return hashlib.sha256(self._identity.encode() + said).hexdigest().encode()
