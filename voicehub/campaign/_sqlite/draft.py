"""A campaign being planned: its batches are written as they come, but are invisible until it is sealed."""

import json
import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from voicehub.campaign._ledger.contract import CampaignState, Document
from voicehub.campaign._sqlite import schema
from voicehub.campaign._sqlite.packing import pack_callees
from voicehub.campaign._sqlite.writer import Writer
from voicehub.errors import LedgerError

_CHUNK = 100_000  # callees of one transaction, and in memory
_REMOVED = 500  # batches deleted in one transaction


class SqliteDraft:
    """See `voicehub.campaign.Draft`. For one thread."""

    def __init__(self, writer: Writer, name: str, now: float) -> None:
        self._writer = writer
        self._name = name
        self._sealed = False
        _remove_all(writer, name)
        self._campaign = writer.do(lambda db: _begin(db, name, now))
        self._waiting: list[tuple[int, int, bytes]] = []  # place, count, packed callees
        self._held = 0
        self._place = 0

    def add(self, callees: Sequence[str]) -> None:
        """See `voicehub.campaign.Draft`."""
        packed, count = pack_callees(callees), len(callees)
        if count:
            self._waiting.append((self._place, count, packed))
            self._place += count
            self._held += count
        if self._held >= _CHUNK:
            self._write()

    def seal(self, document: Document, attachment: bytes = b"") -> None:
        """See `voicehub.campaign.Draft`."""
        text = json.dumps(document)
        self._write()
        self._writer.do(lambda db: self._seal(db, text, attachment))
        self._sealed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if self._sealed:
            return
        try:
            _remove_all(self._writer, self._name, self._campaign)
        except LedgerError:
            if error is None:
                raise  # else the first error is to be raised; what is left of the draft stays invisible

    def _write(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting, self._held = self._waiting, [], 0
        self._writer.do(lambda db: self._insert(db, waiting))

    def _insert(self, db: sqlite3.Connection, waiting: Sequence[tuple[int, int, bytes]]) -> None:
        """Write a chunk."""
        self._refuse_if_replaced(db)
        ((last,),) = db.execute("SELECT coalesce(max(id), 0) FROM batch")
        numbered = list(enumerate(waiting, last + 1))
        db.executemany(
            "INSERT INTO batch (id, n, state, campaign, place) VALUES (?, ?, ?, ?, ?)",
            [(batch, count, schema.PENDING, self._campaign, place) for batch, (place, count, _) in numbered],
        )
        db.executemany("INSERT INTO callees VALUES (?, ?)", [(batch, packed) for batch, (*_, packed) in numbered])

    def _seal(self, db: sqlite3.Connection, document: str, attachment: bytes) -> None:
        self._refuse_if_replaced(db)
        _refuse_if_planned(db, self._name)
        db.execute(
            "UPDATE campaign SET state = ?, document = ?, attachment = ? WHERE id = ?",
            (CampaignState.PLANNED, document, attachment, self._campaign),
        )

    def _refuse_if_replaced(self, db: sqlite3.Connection) -> None:
        """A later draft of the same name replaces this one."""
        if not db.execute(
            "SELECT 1 FROM campaign WHERE id = ? AND state = ?", (self._campaign, schema.DRAFT)
        ).fetchone():
            raise LedgerError(f"campaign {self._name!r} is being planned anew by somebody else; plan it once")


def _refuse_if_planned(db: sqlite3.Connection, name: str) -> None:
    if db.execute("SELECT 1 FROM campaign WHERE name = ? AND state <> ?", (name, schema.DRAFT)).fetchone():
        raise LedgerError(f"campaign {name!r} is planned already; take another name, or see it with status")


def _begin(db: sqlite3.Connection, name: str, now: float) -> int:
    _refuse_if_planned(db, name)
    ((campaign,),) = db.execute(
        "INSERT INTO campaign (name, state, created, changed, document, attachment)"
        " VALUES (?, ?, ?, ?, '', x'') RETURNING id",
        (name, schema.DRAFT, now, now),
    )
    return int(campaign)


def _remove_all(writer: Writer, name: str, campaign: int | None = None) -> None:
    more = True
    while more:  # in pieces, so that others may write in between
        more = writer.do(lambda db: _remove(db, name, campaign))


def _remove(db: sqlite3.Connection, name: str, campaign: int | None = None) -> bool:
    """Delete a piece of an unsealed draft of this name; returns whether there may be more."""
    row = db.execute(
        "SELECT id FROM campaign WHERE name = ? AND state = ? AND id = coalesce(?, id)", (name, schema.DRAFT, campaign)
    ).fetchone()
    if row is None:
        return False
    batches = db.execute("SELECT id FROM batch WHERE campaign = ? LIMIT ?", (row[0], _REMOVED)).fetchall()
    for table, key in (("callees", "batch"), ("batch", "id")):
        db.executemany(f"DELETE FROM {table} WHERE {key} = ?", batches)  # noqa: S608 - our own words
    if not batches:
        db.execute("DELETE FROM campaign WHERE id = ?", row)
    return True
