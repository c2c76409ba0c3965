"""One thread that writes: it puts the changes that wait into one transaction, with one wait for the disk.

A change that fails is undone alone. When the file itself fails, its content is unknown: from then on every change is
refused with the same error.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

from voicehub.campaign._sqlite.schema import shown, told
from voicehub.errors import LedgerError

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], T]
_GROUP = 256  # changes of one transaction at most


class _Asked(NamedTuple):
    change: Change[Any]
    answer: "SimpleQueue[tuple[Any, Exception | None]] | None"  # None: nobody waits, so it must not fail
    undoable: bool
    lost: Callable[[], None]


class Writer:
    """Makes changes, in the order they came.

    ``closing`` is called before each commit, as its last change; ``committed`` after it, before callers get results.
    """

    def __init__(
        self,
        path: Path,
        db: sqlite3.Connection,
        closing: Callable[[sqlite3.Connection], None],
        committed: Callable[[], None],
    ) -> None:
        self._path = path
        self._db = db
        self._closing, self._committed = closing, committed
        self._queue: SimpleQueue[_Asked | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False  # no change is accepted any more
        self._ended = False  # the thread has taken the last change
        self._failure: LedgerError | None = None
        self._posted = self._done = 0
        self._process = os.getpid()
        self._file = _identity(path)

    def check(self) -> None:
        """Raise `LedgerError` if the ledger cannot be used any more."""
        if os.getpid() != self._process:
            raise LedgerError(f"the ledger {shown(self._path)} was opened before a fork; open it in this process")
        if self._closed:
            raise LedgerError(f"the ledger {shown(self._path)} is closed")
        if self._failure is not None:
            raise LedgerError(str(self._failure)) from self._failure

    def do(self, change: Change[T], *, undoable: bool = True) -> T:
        """Make the change; returns its result once it is durable. An interrupted wait does not undo the change.

        A change that is not ``undoable`` must fail before it writes, or never: it saves the two statements that allow
        to undo it alone, and if it fails later, the whole ledger has failed.
        """
        answer: SimpleQueue[tuple[T, Exception | None]] = SimpleQueue()
        self._put(_Asked(change, answer, undoable, _nobody))
        value, error = answer.get()
        if error is not None:
            raise error
        return value

    def post(self, change: Change[object], lost: Callable[[], None] | None = None) -> None:
        """Make the change, before any later one, without waiting for it.

        ``lost`` is called, in any thread, if it cannot be made.
        """
        lost = lost or _nobody
        try:
            self._put(_Asked(change, None, False, lost))
        except LedgerError:
            lost()
            raise

    def settled(self) -> None:
        """Return when everything posted before is durable."""
        self.check()
        if self._done < self._posted:
            self.do(_nothing)

    def close(self) -> None:
        """Make the changes that wait, then close the file."""
        if os.getpid() != self._process:
            return  # the connection is the parent's
        with self._gate:
            if not self._closed:
                self._closed = True
                if self._thread is not None:
                    self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        self._db.close()

    def _put(self, asked: _Asked) -> None:
        self.check()  # first, because in the child of a fork the gate may stay locked for ever
        with self._gate:  # no change may follow the None that ends the queue
            self.check()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="voicehub-ledger", daemon=True)
                self._thread.start()
            self._queue.put(asked)
            self._posted += asked.answer is None

    def _work(self) -> None:
        while (asked := self._queue.get()) is not None:
            if self._failure is not None:
                self._refuse([asked])
                continue
            group = [asked]
            try:
                answers = self._transact(group)
            except Exception as error:
                self._failure = error if isinstance(error, LedgerError) else told(self._path, error)
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                self._refuse(group)
                if self._ended:
                    return
                continue
            self._done += sum(asked.answer is None for asked in group)
            for answer in answers:
                answer()
            if self._ended:
                return
            del asked, group, answers  # while waiting, keep no reference to a finished change

    def _transact(self, group: list[_Asked]) -> list[Callable[[], None]]:
        """Make the changes that wait in one transaction; returns functions that give the callers their results.

        Those that come later go into the next one. Otherwise it would let all slots go on at once, and their next
        answers would come, and wait for each other and for this thread, at once.
        """
        self._refuse_if_replaced()
        self._db.execute("BEGIN IMMEDIATE")
        answers = [self._made(group[0])]
        for _ in range(min(self._queue.qsize(), _GROUP)):  # only this thread takes from the queue
            asked = self._queue.get()
            if asked is None:
                self._ended = True
                break
            group.append(asked)
            answers.append(self._made(asked))
        self._closing(self._db)
        self._db.execute("COMMIT")
        self._committed()
        return answers

    def _made(self, asked: _Asked) -> Callable[[], None]:
        """Make one change, or undo it alone; returns a function that gives its caller the result."""
        before = self._db.total_changes
        if asked.undoable:
            self._db.execute("SAVEPOINT one")
        try:
            value = asked.change(self._db)
        except sqlite3.Error:
            raise
        except Exception as error:
            if asked.answer is None or (not asked.undoable and self._db.total_changes != before):
                raise
            if asked.undoable:
                self._db.execute("ROLLBACK TO one")
                self._db.execute("RELEASE one")
            return partial(asked.answer.put, (None, error))
        if asked.undoable:
            self._db.execute("RELEASE one")
        return partial(asked.answer.put, (value, None)) if asked.answer is not None else _nobody

    def _refuse(self, group: list[_Asked]) -> None:
        for asked in group:
            asked.lost()
            if asked.answer is not None:
                asked.answer.put((None, LedgerError(str(self._failure))))

    def _refuse_if_replaced(self) -> None:
        """Refuse to write to a file that was deleted or replaced: nobody would find what is written."""
        if _identity(self._path) != self._file:
            raise LedgerError(f"the ledger {shown(self._path)} was taken away or replaced while it was in use")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - done for every transaction
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _nobody() -> None:
    """Called where no caller waits for a result."""


def _nothing(_: sqlite3.Connection) -> None:
    """A change that changes nothing, to wait for the ones before it."""
