"""Reconciling many: records stream through, whatever their number, and what is held does not grow with it."""

import gc
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.campaign import ledgers
from tests.campaign.support import configuration, plan
from tests.campaign.test_reconcile import REFERENCE, REFERRED, counted
from voicehub.campaign import Campaign, CampaignState, Counts, SqliteLedger
from voicehub.campaign._doubts import reconcile
from voicehub.client import Client
from voicehub.receipt import CallState, Outcome
from voicehub.records import CallRecord
from voicehub.sandbox import SandboxServer

BATCH = 100


def number(at: int) -> str:
    return f"+93200{at:07d}"


def in_doubt(count: int) -> SqliteLedger:
    """So many callees in doubt, in batches."""
    ledger = ledgers.make()

    plan(
        ledger,
        [[number(at) for at in range(start, start + BATCH)] for start in range(0, count, BATCH)],
        "r",
        announcement=REFERRED,
    )
    ledger.own()
    ledger.change("r", CampaignState.RUNNING, now=time.time())
    while claim := ledger.claim("r", "alerts", most=None, now=time.time()):
        ledger.settle(claim, [Outcome(callee, "in_doubt") for callee in claim.callees], now=time.time())
    return ledger


def peak_of(count: int, server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes held at most while so many doubts are settled by as many records, and as many of strangers."""

    def records(client: Client, since: datetime, until: datetime) -> Iterator[CallRecord]:
        del client
        assert since < until
        now = datetime.now(UTC)
        for at in range(count):
            told: dict[str, Any] = {"callee": number(at), "submitted_at": now}
            yield CallRecord(call_id=f"{at:032x}", state=CallState.RINGING, reference=REFERENCE, **told)
            yield CallRecord(call_id=f"s{at:032x}", state=CallState.RINGING, reference="a stranger's", **told)

    monkeypatch.setattr(Client, "records", records)
    with in_doubt(count) as ledger:
        gc.collect()
        tracemalloc.start()
        try:
            found = Campaign.open(ledger, "r", configuration=configuration(server)).reconcile()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert counted(found) == (count, 0, 0, 0)
        assert ledger.record("r").counts == Counts(accepted=count)
        last = list(ledger.results("r"))[-1]
        assert (last.callee, last.call_id) == (number(count - 1), f"{count - 1:032x}")
    return peak


def test_memory_does_not_grow_with_records_or_doubts(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "_LOOKED_AT", 500)  # a tenth of everything, for tracing makes it slow
    monkeypatch.setattr(reconcile, "_AT_ONCE", 50)
    peak_of(BATCH, server, monkeypatch)  # what is imported and made once
    few, many = (peak_of(count, server, monkeypatch) for count in (8 * BATCH, 40 * BATCH))
    assert many < 1.25 * few + 50_000, (few, many)
