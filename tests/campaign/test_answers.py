"""Answers that the ledger could not keep are settled by the next run; whatever is not certain of them is doubt."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign import ledgers
from voicehub.campaign import CampaignState, Claim, Counts, SqliteLedger
from voicehub.campaign._sqlite import batches
from voicehub.campaign._sqlite.packing import Columns
from voicehub.campaign._sqlite.sweeps import LOST
from voicehub.errors import LedgerError
from voicehub.receipt import Outcome, Status

FULL = "the disk or the quota is full"


@pytest.fixture(name="path")
def place() -> Path:
    return ledgers.folder() / "ledger.db"


@pytest.fixture(name="ledger")
def in_use(path: Path) -> Iterator[SqliteLedger]:
    with ledgers.running(SqliteLedger(path), batches=4) as ledger:
        yield ledger


def beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.answers")


def fill(ledger: SqliteLedger) -> None:
    """From now on nothing can be kept."""
    ledger._writer._db.execute("PRAGMA max_page_count = 1")  # SQLite takes the pages there are
    with pytest.raises(LedgerError, match=FULL):
        ledger._writer.do(lambda db: db.execute("INSERT INTO callees VALUES (0, zeroblob(1000000))"))


def answer(ledger: SqliteLedger, claim: Claim, *statuses: Status) -> None:
    """Settle what cannot be settled."""
    said = [Outcome(*each) for each in zip(claim.callees, statuses, strict=True)]
    with pytest.raises(LedgerError, match=FULL):
        ledger.settle(claim, said, now=3.0, why="HTTP 200")


def next_run(path: Path) -> tuple[Counts, int]:
    """How the next run finds the campaign, and how many doubts it is told of."""
    with SqliteLedger(path) as ledger:
        doubts = len(ledger.own())
        return ledger.record("a").counts, doubts


def test_every_kind_of_answer_is_settled_as_it_would_have_been(path: Path, ledger: SqliteLedger) -> None:
    claims = [ledgers.take(ledger) for _ in range(4)]
    fill(ledger)
    answer(ledger, claims[0], "accepted", "refused")
    answer(ledger, claims[1], "in_doubt", "accepted")
    answer(ledger, claims[2], "not_attempted", "not_attempted")
    ledger.close()
    assert next_run(path) == (Counts(pending=2, accepted=2, refused=1, in_doubt=3), 1)
    with SqliteLedger(path) as again:
        told = {doubt.batch: (doubt.why, doubt.ended) for doubt in again.doubts("a")}
        assert told == {claims[1].batch: ("HTTP 200", 3.0), claims[3].batch: (LOST, None)}
        assert [result.time for result in again.results("a")][:3] == [3.0] * 3


def test_answers_that_were_on_their_way_when_it_failed_are_kept(path: Path, ledger: SqliteLedger) -> None:
    """What waits in one transaction fails together."""
    claims = [ledgers.take(ledger) for _ in range(4)]
    ledger._writer._db.execute("PRAGMA max_page_count = 1")
    all_wait = threading.Event()
    ledger._writer.post(lambda _: all_wait.wait(60))
    for claim in claims:
        said = [Outcome(callee, "accepted", None, None, os.urandom(40_000).hex()) for callee in claim.callees]
        ledger.settle(claim, said, now=3.0)
    all_wait.set()
    with pytest.raises(LedgerError, match=FULL):
        ledger.flush()
    ledger.close()
    assert next_run(path) == (Counts(accepted=8), 0)


def test_a_full_disk_does_not_stop_it_and_a_death_does_not_lose_it(path: Path, ledger: SqliteLedger) -> None:
    """It is on the disk, in room that was taken before, when the error is told."""
    claim = ledgers.take(ledger)
    blocks = beside(path).stat().st_blocks
    fill(ledger)
    answer(ledger, claim, "accepted", "accepted")
    assert beside(path).stat().st_blocks == blocks > 0
    died = ledgers.copied(path)
    shutil.copy(beside(path), beside(died))
    assert next_run(died) == (Counts(pending=6, accepted=2), 0)


@pytest.mark.parametrize("limit", [1_000_000, 1_200_000])
def test_a_run_that_dies_of_a_full_disk_leaves_nobody_in_doubt_who_was_answered(path: Path, limit: int) -> None:
    told, _ = ledgers.started("cut_off", path, limit).communicate()
    claimed = 100 * told.count("claimed")
    assert 500 < claimed < 40_000
    assert next_run(path) == (Counts(pending=40_000 - claimed, accepted=claimed), 0)


def test_half_a_line_is_doubt(path: Path, ledger: SqliteLedger) -> None:
    claim = ledgers.take(ledger)
    fill(ledger)
    answer(ledger, claim, "not_attempted", "not_attempted")
    written = beside(path).read_bytes().rstrip(b"\0")
    for end in range(0, len(written), 7):
        for left in (written[:end], written[:end] + b"\0" * 500, written[:end] + b"\n" + written[:9]):
            died = ledgers.copied(path)
            beside(died).write_bytes(left)
            assert next_run(died) == (Counts(pending=6, in_doubt=2), 1), end


@pytest.mark.parametrize("change", [(b"[1, 1", b"[1, 2"), (b"3.0", b"4.0"), (b"[1, 1", b"[2, 1")])
def test_a_line_that_was_changed_is_doubt(path: Path, ledger: SqliteLedger, change: tuple[bytes, bytes]) -> None:
    claim = ledgers.take(ledger)
    fill(ledger)
    answer(ledger, claim, "not_attempted", "not_attempted")
    died = ledgers.copied(path)
    beside(died).write_bytes(beside(path).read_bytes().replace(*change))
    assert beside(died).read_bytes() != beside(path).read_bytes()
    assert next_run(died) == (Counts(pending=6, in_doubt=2), 1)


def test_what_was_said_in_another_ledger_is_doubt(path: Path, ledger: SqliteLedger) -> None:
    claim, elsewhere = ledgers.take(ledger), ledgers.folder() / "ledger.db"
    with ledgers.running(SqliteLedger(elsewhere), batches=4) as other:
        same = ledgers.take(other)
        assert same == claim
        fill(other)
        answer(other, same, "not_attempted", "not_attempted")
    died = ledgers.copied(path)
    shutil.copy(beside(elsewhere), beside(died))
    assert next_run(died) == (Counts(pending=6, in_doubt=2), 1)


@pytest.mark.parametrize("status", ["not_attempted", "accepted"])
def test_an_answer_to_an_earlier_attempt_says_nothing_of_a_later_one(
    path: Path, ledger: SqliteLedger, status: Status
) -> None:
    first = ledgers.take(ledger)
    ledger.settle(first, ledgers.said(first, "not_attempted"), now=3.0)
    again = ledgers.take(ledger)
    assert (again.batch, again.attempt) == (first.batch, 2)
    kept = Columns.of(first.callees, ledgers.said(first, status))
    ledger._answers.keep(first, kept, now=3.0, not_before=0.0, why=None)
    ledger.close()
    assert next_run(path) == (Counts(pending=6, in_doubt=2), 1)


@pytest.mark.parametrize(
    ("settled", "counts"), [("accepted", Counts(pending=6, accepted=2)), ("not_attempted", Counts(pending=8))]
)
def test_what_was_settled_all_the_same_stays_as_it_is(
    path: Path, ledger: SqliteLedger, settled: Status, counts: Counts
) -> None:
    """An error of a commit does not say that nothing is on the disk."""
    claim = ledgers.take(ledger)
    ledger.settle(claim, ledgers.said(claim, settled), now=3.0)
    ledger.flush()
    kept = Columns.of(claim.callees, ledgers.said(claim, "refused"))
    ledger._answers.keep(claim, kept, now=3.0, not_before=0.0, why=None)
    ledger.close()
    assert next_run(path) == (counts, 0)


def test_of_a_canceled_campaign_nobody_is_pending_again(path: Path, ledger: SqliteLedger) -> None:
    claim = ledgers.take(ledger)
    ledger.change("a", CampaignState.CANCELED, now=2.5)
    fill(ledger)
    answer(ledger, claim, "not_attempted", "accepted")
    ledger.close()
    assert next_run(path) == (Counts(accepted=1, canceled=7), 0)


def test_it_is_emptied_before_the_first_claim_and_gone_when_nothing_stands_in_it(
    path: Path, ledger: SqliteLedger
) -> None:
    claim = ledgers.take(ledger)
    fill(ledger)
    answer(ledger, claim, "accepted", "accepted")
    ledger.close()
    assert beside(path).read_bytes().strip(b"\0")
    with SqliteLedger(path) as again:
        assert beside(path).exists()
        again.own()
        assert not beside(path).read_bytes().strip(b"\0")
    assert not beside(path).exists()


def test_what_stands_behind_a_page_that_was_lost_is_forgotten_too(path: Path, ledger: SqliteLedger) -> None:
    claim = ledgers.take(ledger)
    fill(ledger)
    answer(ledger, claim, "accepted", "accepted")
    died = ledgers.copied(path)
    beside(died).write_bytes(b"\0" * 4096 + b"\n" + beside(path).read_bytes())
    with SqliteLedger(died) as again:
        again.own()
        assert not beside(died).read_bytes().strip(b"\0")


def test_what_cannot_be_settled_yet_stays(path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = ledgers.take(ledger)
    fill(ledger)
    answer(ledger, claim, "accepted", "accepted")
    ledger.close()

    def unwell(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with SqliteLedger(path) as again, monkeypatch.context() as patch:
        patch.setattr(batches, "settle", unwell)
        with pytest.raises(LedgerError, match="disk I/O error"):
            again.own()
    assert next_run(path) == (Counts(pending=6, accepted=2), 0)


def test_a_file_that_cannot_be_emptied_lets_nobody_be_claimed(
    path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = ledgers.take(ledger)
    fill(ledger)
    answer(ledger, claim, "accepted", "accepted")
    ledger.close()

    def unwell(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with SqliteLedger(path) as again, monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", unwell)
        with pytest.raises(LedgerError, match="Input/output error"):
            again.own()
        with pytest.raises(LedgerError, match="own"):
            ledgers.take(again)
    assert beside(path).read_bytes().strip(b"\0")
    assert next_run(path) == (Counts(pending=6, accepted=2), 0)


def test_who_is_refused_the_ledger_leaves_it_alone(path: Path, ledger: SqliteLedger) -> None:
    path.with_name(f"{path.name}.lock").unlink()
    with SqliteLedger(path) as other, pytest.raises(LedgerError, match="though its"):
        other.own()
    assert beside(path).exists()


def test_a_disk_on_which_nothing_can_be_set_down_leaves_doubt(
    path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [ledgers.take(ledger) for _ in range(2)]
    fill(ledger)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda fd, data, at: 0)
        answer(ledger, claims[0], "accepted", "accepted")
    answer(ledger, claims[1], "accepted", "accepted")
    ledger.close()
    assert next_run(path) == (Counts(pending=4, accepted=2, in_doubt=2), 1)


def test_the_child_of_a_fork_sets_nothing_down_and_takes_nothing_away(path: Path, ledger: SqliteLedger) -> None:
    claim = ledgers.take(ledger)
    if (child := os.fork()) == 0:
        try:
            ledger.settle(claim, ledgers.said(claim), now=3.0)
        except LedgerError:
            ledger.close()
            os._exit(3)
        os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert beside(path).exists()
    assert not beside(path).read_bytes().strip(b"\0")


def test_after_the_end_nothing_is_set_down(ledger: SqliteLedger) -> None:
    claim = ledgers.take(ledger)
    ledger.close()
    kept = Columns.of(claim.callees, ledgers.said(claim))
    ledger._answers.keep(claim, kept, now=3.0)
    ledger._answers.close()
