"""What SQLite does to answer: by an index, where else a ledger of years would be walked through."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from voicehub.campaign import Claim
from voicehub.campaign._sqlite import batches, late, reading, rows, schema
from voicehub.campaign._sqlite.packing import Columns


@pytest.fixture(name="db")
def db_fixture(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(schema.open_ledger(tmp_path / "ledger.db")) as db:
        db.execute("INSERT INTO campaign VALUES (1, 'c', 'running', 0, 0, '{}', x'')")
        yield db


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (lambda db: reading.campaign_of(db, "c"), "campaign_name"),
        (lambda db: reading.next_due(db, 1), "batch_todo"),
        (lambda db: batches.next_due(db, "c", 5.0), "batch_todo"),
        (lambda db: list(reading.doubts(db, "b.campaign = ?", (1,))), "batch_doubt"),
        (lambda db: list(reading.attempted(db, 1.0, 2.0)), "attempt_live"),
        (lambda db: list(reading.phoned_since(db, 1.0, "other")), "attempt_live"),
        (lambda db: late._attempts(db, rows.Batch(2, 1, 1, 0, schema.PENDING, 1, 1, 1), ()), "batch_family"),
        (lambda db: db.execute(late._TOLD, ("+932", "order 42")), "call_callee"),
    ],
    ids=[
        "a campaign",
        "when the next is due",
        "what is due",
        "doubts",
        "who was under way",
        "who was phoned",
        "attempts before",
        "who was told of",
    ],
)
def test_nothing_is_walked_through(
    look: Callable[[sqlite3.Connection], Any], index: str, db: sqlite3.Connection
) -> None:
    watched = Mock(wraps=db)
    look(watched)
    ((query, values),) = (call.args for call in watched.execute.call_args_list)
    plan = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    assert any(f" INDEX {index} (" in step for step in plan), plan
    assert not any(step.startswith("SCAN") for step in plan), plan


def test_nothing_written_needs_a_table_of_its_own(db: sqlite3.Connection) -> None:
    """A condition of an index can make SQLite build one for every row, which took longer than all other work."""
    db.execute("INSERT INTO batch (id, campaign, place, state, n) VALUES (1, 1, 0, 0, 2)")
    watched = Mock(wraps=db)
    batch = batches.next_due(watched, "c", 1.0)
    assert batch is not None
    claim = Claim(1, batches.claim(watched, batch, "alerts", 1.0), ("+93700000001", "+93700000002"))
    batches.settle(watched, claim, Columns.bare("aa"), now=2.0, not_before=0.0, why=None)
    asked = [call.args for call in watched.execute.call_args_list]
    assert len(asked) == 6
    for query, values in asked:
        steps = [step[1] for step in db.execute(f"EXPLAIN {query}", values)]
        assert not {"OpenEphemeral", "SorterOpen"}.intersection(steps), query
