"""One thread that writes: it takes every change that waits into one transaction, and one wait for the disk.

A change that fails is undone alone. When the file itself fails, nothing is known any more: from then on everything is
refused with the same words.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from voicehub.campaign._sqlite.schema import shown, told
from voicehub.errors import LedgerError

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], T]
_GROUP = 256  # changes of one transaction: so many wait for one another at most


class _Asked(NamedTuple):
    change: Change[Any]
    answer: "SimpleQueue[tuple[Any, Exception | None]] | None"  # None: nobody waits, so it must not fail
    undoable: bool
    lost: Callable[[], None]


class Writer:
    """Changes, in the order they came.

    ``closing`` is called before each commit, as its last change; ``committed`` after it, before anybody hears of it.
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
        self._closed = False  # nothing more is taken
        self._ended = False  # nothing more comes
        self._failure: LedgerError | None = None
        self._posted = self._done = 0
        self._process = os.getpid()
        self._file = _identity(path)

    def check(self) -> None:
        """Raise `LedgerError` if nothing may be asked any more."""
        if os.getpid() != self._process:
            raise LedgerError(f"the ledger {shown(self._path)} was opened before a fork; open it in this process")
        if self._closed:
            raise LedgerError(f"the ledger {shown(self._path)} is closed")
        if self._failure is not None:
            raise LedgerError(str(self._failure)) from self._failure

    def do(self, change: Change[T], *, undoable: bool = True) -> T:
        """Make the change; returns what it returned, when it is durable. Whoever stops waiting does not undo it.

        Of a change that is not ``undoable`` the rule is that it fails before it writes, or never: it saves the two
        statements by which it could be undone alone, and if it breaks the rule the whole ledger has failed.
        """
        answer: SimpleQueue[tuple[T, Exception | None]] = SimpleQueue()
        self._put(_Asked(change, answer, undoable, _nobody))
        value, error = answer.get()
        if error is not None:
            raise error
        return value

    def post(self, change: Change[object], lost: Callable[[], None] | None = None) -> None:
        """Make the change, before any that is asked for later, and do not wait for it.

        ``lost`` is called, from whatever thread, if it cannot be made.
        """
        lost = lost or _nobody
        try:
            self._put(_Asked(change, None, False, lost))
        except LedgerError:
            lost()
            raise

    def settled(self) -> None:
        """Return when nothing that was posted before is still on its way."""
        self.check()
        if self._done < self._posted:
            self.do(_nothing)

    def close(self) -> None:
        """Make what was asked for, then let go of the file."""
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
        self.check()  # first, for in the child of a fork nobody opens the gate
        with self._gate:  # nothing comes after the end
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
            del asked, group, answers  # nothing of a finished change is kept while waiting

    def _transact(self, group: list[_Asked]) -> list[Callable[[], None]]:
        """One transaction of everything that waits; returns how to answer. Sees the end, when it is asked for."""
        self._is_there()
        self._db.execute("BEGIN IMMEDIATE")
        answers = [self._made(group[0])]
        with contextlib.suppress(Empty):
            while len(group) < _GROUP and not self._ended:
                asked = self._queue.get_nowait()
                if asked is None:
                    self._ended = True
                else:
                    group.append(asked)
                    answers.append(self._made(asked))
        self._closing(self._db)
        self._db.execute("COMMIT")
        self._committed()
        return answers

    def _made(self, asked: _Asked) -> Callable[[], None]:
        """Make one change, or undo it alone; returns what tells its caller."""
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

    def _is_there(self) -> None:
        """What is told to a file that nobody finds again is told to nobody."""
        if _identity(self._path) != self._file:
            raise LedgerError(f"the ledger {shown(self._path)} was taken away or replaced while it was in use")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _nobody() -> None:
    """Nobody waits for this one."""


def _nothing(_: sqlite3.Connection) -> None:
    """To wait for those before."""
