"""Reads the stored rows of batches and campaigns. Raises `LedgerError` for rows that are not as they were written."""

import json
from sqlite3 import Connection
from typing import NamedTuple

from voicehub._callees import Canonical
from voicehub.campaign._ledger.contract import CampaignState, Document
from voicehub.campaign._ledger.words import damaged
from voicehub.campaign._sqlite.packing import OPEN, Columns, unpack, unpack_digits
from voicehub.campaign._sqlite.schema import CANCELED, IN_DOUBT, PENDING, SUBMITTING

_FIELDS = "id, campaign, coalesce(root, id), place, state, attempt, n, open"
_MAY_BE_OPEN = (PENDING, SUBMITTING, IN_DOUBT, CANCELED)
_LATEST = 1e11  # Unix seconds: in the year 5138, so that a date can be made of every time
_PARTS = {
    **dict.fromkeys(("file", "plan", "reading"), dict),
    **dict.fromkeys(("chain", "reasons", "terms"), list),
    "digest": str,
}


class Batch(NamedTuple):
    """The header of a batch."""

    id: int
    campaign: int
    root: int
    place: int
    state: int
    attempt: int
    n: int
    open: int


def find(db: Connection, where: str, *values: object) -> Batch | None:
    """The first batch that meets this SQL condition; ``None``: none does."""
    return next(iter(find_all(db, f"{where} LIMIT 1", *values)), None)


def find_all(db: Connection, where: str, *values: object) -> list[Batch]:
    """Every batch that meets this SQL condition."""
    return [Batch(*row) for row in db.execute(f"SELECT {_FIELDS} FROM batch WHERE {where}", values)]  # noqa: S608


def callees_of(db: Connection, batch: Batch) -> tuple[str, ...]:
    """All callees that were ever in the batch, in order."""
    return Canonical.of(digits_in(db, batch))


def digits_in(db: Connection, batch: Batch) -> str:
    """The same as one text, which `Canonical.of` splits."""
    row = db.execute("SELECT packed FROM callees WHERE batch = ?", (batch.id,)).fetchone()
    digits = "" if row is None else unpack_digits(bytes(row[0]))
    if digits.count(",") + bool(digits) != batch.n:
        raise damaged("a batch has more or fewer callees than were planned")
    return digits


def columns_of(db: Connection, batch: Batch) -> Columns:
    """The results of its callees."""
    row = db.execute("SELECT packed FROM results WHERE batch = ?", (batch.id,)).fetchone()
    columns = Columns.bare(OPEN * batch.n) if row is None else unpack(row[0])
    if len(columns.states) != batch.n:
        raise damaged("a batch has more or fewer results than callees")
    if OPEN in columns.states and batch.state not in _MAY_BE_OPEN:
        raise damaged("a batch that was answered lacks results")
    return columns


def waiting_of(db: Connection, batch: Batch) -> tuple[Columns, list[int]]:
    """The results of a pending or submitting batch, and the positions of its open callees."""
    columns = columns_of(db, batch)
    waiting = positions(columns.states, OPEN)
    if len(waiting) != batch.open:
        raise damaged("the counts of a batch are not those of its results")
    return columns, waiting


def positions(states: str, letter: str) -> list[int]:
    """The positions in the batch with this state."""
    return [at for at, state in enumerate(states) if state == letter]


def document_of(text: str) -> Document:
    """The document of a campaign. One with terms is a plan's: all its parts and terms are in it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged("the plan of a campaign cannot be read") from error
    if not isinstance(found, dict) or any(not isinstance(found[name], _PARTS[name]) for name in found.keys() & _PARTS):
        raise damaged("the plan of a campaign is not one")
    needed = (*_PARTS, "announcement", *found["terms"]) if "terms" in found else ()
    if not all(isinstance(name, str) and name in found for name in needed):
        raise damaged("the plan of a campaign lacks some of its parts")
    return found


def state_of(word: str) -> CampaignState:
    """The state of a campaign."""
    try:
        return CampaignState(word)
    except ValueError as error:
        raise damaged("a campaign is in a state that is none") from error


def check_times(*times: float | None) -> None:
    """Raises `LedgerError` for a time that no clock can have told."""
    if not all(time is None or abs(time) <= _LATEST for time in times):
        raise damaged("a time is out of all bounds")
