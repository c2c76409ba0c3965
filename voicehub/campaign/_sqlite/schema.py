"""The tables of a ledger, and how a file is opened so that every commit is durable."""

import contextlib
import errno
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from voicehub._masking import mask_text, printable
from voicehub.campaign._ledger.words import damaged
from voicehub.errors import LedgerError

APPLICATION = 0x564F4943  # "VOIC": distinguishes a ledger from any other SQLite file
OLDEST_SQLITE = (3, 37, 0)  # RETURNING since 3.35, STRICT since 3.37
WAIT_SECONDS = 30.0

PENDING, SUBMITTING, ANSWERED, REFUSED, IN_DOUBT, CANCELED = range(6)
DRAFT = "draft"


def live(state: str = "state") -> str:
    """The condition for attempts by which somebody may have been phoned, in the only words that use their indexes."""
    return f"({state} = {SUBMITTING} OR {state} = {ANSWERED} OR {state} = {IN_DOUBT})"


#: One entry per version, oldest first; `PRAGMA user_version` counts those that were applied.
#: ``open`` callees have the batch's state; in each row of ``batch`` the counts add up to ``n``.
MIGRATIONS = (
    f"""
    CREATE TABLE ledger (identity TEXT NOT NULL, attempts INTEGER NOT NULL) STRICT;
    CREATE TABLE campaign (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, state TEXT NOT NULL,
        created REAL NOT NULL, changed REAL NOT NULL, document TEXT NOT NULL, attachment BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX campaign_name ON campaign (name) WHERE state <> '{DRAFT}';
    CREATE TABLE batch (
        id INTEGER PRIMARY KEY, campaign INTEGER NOT NULL, root INTEGER, place INTEGER NOT NULL,
        state INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0,
        n INTEGER NOT NULL, accepted INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0,
        in_doubt INTEGER NOT NULL DEFAULT 0, suppressed INTEGER NOT NULL DEFAULT 0,
        canceled INTEGER NOT NULL DEFAULT 0, moved INTEGER NOT NULL DEFAULT 0,
        open INTEGER NOT NULL AS (n - accepted - refused - in_doubt - suppressed - canceled - moved) VIRTUAL,
        CHECK (min(open, accepted, refused, in_doubt, suppressed, canceled, moved) >= 0),
        CHECK ((open > 0) = (state IN ({PENDING}, {SUBMITTING})))
    ) STRICT;
    CREATE INDEX batch_campaign ON batch (campaign);
    CREATE INDEX batch_family ON batch (root) WHERE root IS NOT NULL;
    CREATE INDEX batch_todo ON batch (campaign, place, not_before) WHERE state = {PENDING};
    CREATE INDEX batch_live ON batch (state) WHERE state = {SUBMITTING};
    CREATE INDEX batch_doubt ON batch (campaign) WHERE in_doubt > 0;
    CREATE TABLE callees (batch INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;
    CREATE TABLE results (batch INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;
    CREATE TABLE attempt (
        batch INTEGER NOT NULL, n INTEGER NOT NULL, state INTEGER NOT NULL, account TEXT NOT NULL,
        began REAL NOT NULL, ended REAL, why TEXT, PRIMARY KEY (batch, n)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX one_live ON attempt (batch) WHERE state IN ({SUBMITTING}, {ANSWERED}, {IN_DOUBT});
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY, at REAL NOT NULL, who TEXT NOT NULL, decision TEXT NOT NULL, why TEXT NOT NULL,
        campaign INTEGER NOT NULL, batch INTEGER NOT NULL, callees BLOB NOT NULL
    ) STRICT;
    """,
    f"""
    CREATE TABLE call (
        account TEXT NOT NULL, call_id TEXT NOT NULL, state TEXT NOT NULL, callee TEXT, reference TEXT,
        submitted REAL, answered REAL, ended REAL, call_seconds INTEGER, cost TEXT, currency TEXT,
        pressed_key TEXT, code TEXT, reason TEXT, verified INTEGER NOT NULL, changed REAL NOT NULL,
        PRIMARY KEY (account, call_id, verified)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX call_callee ON call (callee) WHERE submitted IS NOT NULL AND reference IS NOT NULL;
    CREATE TABLE evidence (
        account TEXT NOT NULL, call_id TEXT NOT NULL, campaign INTEGER NOT NULL, batch INTEGER NOT NULL,
        callee TEXT NOT NULL, submitted REAL NOT NULL, at REAL NOT NULL, PRIMARY KEY (account, call_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE unseen (batch INTEGER PRIMARY KEY, until REAL NOT NULL) STRICT;
    CREATE INDEX attempt_live ON attempt (ended, began, state) WHERE state IN ({SUBMITTING}, {ANSWERED}, {IN_DOUBT});
    CREATE INDEX audit_released ON audit (batch) WHERE decision = 'released';
    """,
    # The same two indexes in other words: for each row written, SQLite makes a temporary table of an IN of three.
    f"""
    DROP INDEX one_live;
    DROP INDEX attempt_live;
    CREATE UNIQUE INDEX one_live ON attempt (batch) WHERE {live()};
    CREATE INDEX attempt_live ON attempt (ended, began, state) WHERE {live()};
    """,
)

_TROUBLES = {
    "SQLITE_BUSY": "is locked by another program; close what else has it open (a backup, an SQLite shell)",
    "SQLITE_FULL": "cannot grow: the disk or the quota is full; make room, then resume",
    "SQLITE_READONLY": "cannot be written; give this user the right to write the file and its folder",
    "SQLITE_CANTOPEN": "cannot be opened; its folder must exist and this user must be able to write it",
    "SQLITE_PERM": "cannot be opened; give this user the right to read and write it",
    "SQLITE_NOTADB": "is not a ledger but some other file; name another one with --ledger",
    "SQLITE_CORRUPT": "is damaged; run nothing on it, and put back the newest whole copy",
    "SQLITE_IOERR": "could not be read or written; look at the disk and its free space, then resume",
}
# Errors of the operating system, and the SQLite errors that mean the same.
_ERRNOS = dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "SQLITE_FULL") | dict.fromkeys(
    (errno.EACCES, errno.EPERM, errno.EROFS), "SQLITE_READONLY"
)
_ERRNOS |= dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EEXIST), "SQLITE_CANTOPEN")


def told(path: Path, error: Exception) -> LedgerError:
    """An error of SQLite or of the system, worded for the user."""
    name = getattr(error, "sqlite_errorname", "") or _ERRNOS.get(getattr(error, "errno", None) or 0, "")
    trouble = next((words for prefix, words in _TROUBLES.items() if name.startswith(prefix)), "cannot be used")
    return LedgerError(f"the ledger {shown(path)} {trouble} ({mask_text(str(error))})")


def shown(path: Path) -> str:
    """The path, on one line."""
    return printable(str(path))


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Errors of SQLite and of the system become `LedgerError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise told(path, error) from error


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose transactions are explicit, to a file that is there."""
    # A URI, because only mode=rw keeps SQLite from creating a file where the ledger was removed.
    db = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    db.execute("PRAGMA trusted_schema = OFF")
    return db


def open_ledger(path: Path) -> sqlite3.Connection:
    """The writing connection to a ledger, which is created if it is missing. Raises `LedgerError`."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise LedgerError(f"this Python has SQLite {sqlite3.sqlite_version}; ledgers need {oldest} or newer")
    with explained(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only a missing file is opened outside SQLite: closing a descriptor drops this process's locks on the file.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise LedgerError(f"{shown(path)} is not a regular file; name the file of the ledger")
        if found.st_nlink > 1:
            raise LedgerError(
                f"the ledger {shown(path)} has several names (hard links); keep one and remove the others"
            )
        db = connect(path)
        try:
            _is_ours(db, path)
            be_durable(db, path)
            _migrate(db)
            counted(db)
        except BaseException:
            db.close()
            raise
    return db


def counted(db: sqlite3.Connection) -> tuple[str, int]:
    """The identity of the ledger, and how many attempts it knows of."""
    found = db.execute("SELECT identity, attempts FROM ledger LIMIT 2").fetchall()
    if len(found) != 1:
        raise damaged("it does not hold one identity")
    ((identity, attempts),) = found
    return identity, attempts


def is_unused(db: sqlite3.Connection) -> bool:
    """Whether it has no campaign, not even a draft. A ledger that cannot be read counts as used."""
    with contextlib.suppress(sqlite3.Error):
        return not db.execute("SELECT 1 FROM campaign LIMIT 1").fetchall()
    return False


def _is_ours(db: sqlite3.Connection, path: Path) -> None:
    # In this order, because another process may be creating it: its tables and its application id appear together.
    ((tables,),) = db.execute("SELECT count(*) FROM sqlite_master")
    application = _pragma(db, "application_id")
    if application != APPLICATION and (application or tables):
        raise LedgerError(
            f"{shown(path)} is an SQLite file of another program, not a ledger; name another one with --ledger"
        )
    version = int(str(_pragma(db, "user_version")))
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"the ledger {shown(path)} was written by a newer voicehub (version {version}, this one reads up to "
            f"{len(MIGRATIONS)}); upgrade: pip install --upgrade voicehub-core"
        )


def be_durable(db: sqlite3.Connection, path: Path) -> None:
    """Set that every commit survives a loss of power, and read the settings back. Raises `LedgerError`."""
    if _pragma(db, "journal_mode") != "wal":
        _when_free(db, "PRAGMA journal_mode = WAL")
    # Where fsync stops in the drive's cache (macOS), fullfsync makes SQLite use a call that does not.
    wanted = {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "checkpoint_fullfsync": 1}
    for name in ("synchronous", "fullfsync", "checkpoint_fullfsync"):
        db.execute(f"PRAGMA {name} = {wanted[name]}")
    found = {name: _pragma(db, name) for name in wanted}
    if found != wanted:
        wrong = ", ".join(
            f"{name} is {found[name]}, not {wanted[name]}" for name in wanted if found[name] != wanted[name]
        )
        raise LedgerError(
            f"the ledger {shown(path)} could forget calls in a loss of power: {wrong}; keep it on a local disk"
        )


def _pragma(db: sqlite3.Connection, name: str) -> object:
    ((value,),) = db.execute(f"PRAGMA {name}")
    return value


def _when_free(db: sqlite3.Connection, statement: str) -> None:
    """Retry, because SQLite itself does not wait where two processes change the journal mode at once."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            db.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(db: sqlite3.Connection) -> None:
    if _pragma(db, "user_version") == len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    done = int(str(_pragma(db, "user_version")))  # another process may have been first
    for migration in MIGRATIONS[done:]:
        for statement in migration.split(";"):
            db.execute(statement)
    if not done:
        db.execute("INSERT INTO ledger VALUES (?, 0)", (uuid4().hex,))
        db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    db.execute("COMMIT")
