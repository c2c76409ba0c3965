"""Runs that are killed at any moment: who was given is known, the counts add up, and nobody is given twice."""

import random
import signal
import time
from pathlib import Path

from tests.campaign import ledgers
from voicehub.campaign import Counts, SqliteLedger

KILLS = 8


def test_a_run_killed_again_and_again_gives_everybody_once() -> None:
    path = ledgers.folder() / "ledger.db"
    with ledgers.running(SqliteLedger(path), batches=2000, size=3) as ledger:
        total = ledger.record("a").counts.total
    drawn = random.Random(4)
    phoned: list[str] = []
    doubted = 0
    for kill in range(KILLS + 1):
        with ledgers.started("work", path, 4) as other:
            doubts = ledgers.line(other)
            assert doubts.startswith("doubts ")
            doubted += int(doubts.split()[1])
            if kill < KILLS:
                time.sleep(drawn.uniform(0.0, 0.15))
                other.send_signal(signal.SIGKILL)
            assert other.stdout is not None
            told = other.stdout.read()
        whole = told[: told.rfind("\n") + 1]  # a line that was cut off in the middle was not sent
        phoned += [callee for line in whole.splitlines() if line.startswith("claimed ") for callee in line.split()[1:]]
        with SqliteLedger(path) as ledger:
            assert ledger.record("a").counts.total == total
    assert len(phoned) == len(set(phoned)), "somebody was given twice"
    with SqliteLedger(path) as ledger:
        counts = ledger.record("a").counts
        results = {result.callee: result.state.value for result in ledger.results("a")}
        assert list(results) == ledgers.numbers(total)
        assert sum(doubt.callees for doubt in ledger.doubts("a")) == counts.in_doubt
        assert len(ledger.doubts("a")) == doubted
    assert counts == Counts(accepted=counts.accepted, in_doubt=counts.in_doubt)
    assert counts.total == total
    assert {results[callee] for callee in phoned} <= {"accepted", "in_doubt"}
    assert doubted <= KILLS * 4, "more batches in doubt than were in flight"
    assert {callee for callee, state in results.items() if state == "accepted"} <= set(phoned)


def test_a_plan_killed_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with ledgers.started("drafting", path) as other:
        assert ledgers.line(other) == "written"
        other.send_signal(signal.SIGKILL)
    with SqliteLedger(path) as ledger:
        assert list(ledger.names()) == []
        with ledger.draft("a", now=0.0) as draft:
            draft.add(ledgers.numbers(3))
            draft.seal({})
        assert ledger.record("a").counts == Counts(pending=3)
        left = ledger._writer.do(lambda db: db.execute("SELECT count(*) FROM batch").fetchone()[0])
        assert left == 1
