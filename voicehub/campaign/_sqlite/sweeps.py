"""What happens to all batches of a state at once, and reads no callee. Each function is a part of one transaction."""

import sqlite3

from voicehub.campaign._sqlite import schema

LOST = "the run ended before it was known what became of it"


def lose(db: sqlite3.Connection) -> list[int]:
    """Put everything submitting in doubt; returns the batches."""
    live = f"state = {schema.SUBMITTING}"
    lost = [batch for (batch,) in db.execute(f"SELECT id FROM batch WHERE {live} ORDER BY id")]  # noqa: S608
    db.execute(
        f"UPDATE attempt SET state = {schema.IN_DOUBT}, why = ?"  # noqa: S608 - our own words
        f" WHERE (batch, n) IN (SELECT id, attempt FROM batch WHERE {live})",
        (LOST,),
    )
    db.execute(f"UPDATE batch SET state = {schema.IN_DOUBT}, in_doubt = in_doubt + open WHERE {live}")  # noqa: S608
    return lost


def cancel(db: sqlite3.Connection, campaign: int) -> int:
    """Cancel all pending callees; returns how many."""
    waiting = f"campaign = ? AND state = {schema.PENDING}"
    ((count,),) = db.execute(f"SELECT total(open) FROM batch WHERE {waiting}", (campaign,))  # noqa: S608
    db.execute(
        f"UPDATE batch SET state = {schema.CANCELED}, canceled = canceled + open WHERE {waiting}",  # noqa: S608
        (campaign,),
    )
    return int(count)
