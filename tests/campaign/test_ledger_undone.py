"""A claim that fails before it wrote fails alone; one that fails later ends the ledger, and nothing of it stays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import ledgers
from voicehub.campaign import SqliteLedger
from voicehub.campaign._sqlite import batches
from voicehub.errors import LedgerError


def broken(_: Sequence[str]) -> list[int]:
    raise ValueError("no list")


def test_a_claim_that_fails_before_it_wrote_fails_alone(tmp_path: Path) -> None:
    with ledgers.running(SqliteLedger(tmp_path / "ledger.db"), batches=2) as ledger:
        with pytest.raises(ValueError, match="no list"):
            ledger.claim("a", "one", most=None, now=1.0, suppress=broken)
        assert ledgers.take(ledger).attempt == 1


def test_a_claim_that_fails_after_it_wrote_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.db"
    ledger = ledgers.running(SqliteLedger(path), batches=2)
    claim = batches.claim

    def half(*arguments: Any) -> int:
        claim(*arguments)
        raise LedgerError("cut in the middle")

    monkeypatch.setattr(batches, "claim", half)
    for _ in range(2):
        with pytest.raises(LedgerError, match="cut in the middle"):
            ledgers.take(ledger)
    ledger.close()
    monkeypatch.undo()
    with SqliteLedger(path) as again:
        assert list(again.own()) == []
        assert again.record("a").counts.pending == again.record("a").counts.total
