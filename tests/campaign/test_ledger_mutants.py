"""The exam of ledgers is itself examined: bugs are planted in one that keeps the contract, and each is caught."""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase

from tests.campaign import ledgers
from voicehub.campaign import CalleeState, CampaignState, Doubt, Result, SqliteLedger
from voicehub.campaign._sqlite import batches, draft, evidence, hearing, late, reading, resolving, rows, schema, sweeps
from voicehub.campaign._sqlite.packing import OPEN
from voicehub.errors import LedgerError
from voicehub.testing import LEDGER_LAWS
from voicehub.testing._ledger.stand import Stand

QUICK = hypothesis.settings(database=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
Plant = Callable[[pytest.MonkeyPatch], None]
MUTANTS: list[tuple[Plant, str]] = []


def caught_by(law: str) -> Callable[[Plant], Plant]:
    def enter(plant: Plant) -> Plant:
        MUTANTS.append((plant, law))
        return plant

    return enter


class Everything(set[tuple[int, int]]):
    def remove(self, element: tuple[int, int]) -> None:
        """Whoever settles is believed."""


@caught_by("a_claim_is_settled_once")
def settle_without_looking_whether_it_is_submitting(monkeypatch: pytest.MonkeyPatch) -> None:
    real = SqliteLedger.own

    def own(ledger: SqliteLedger) -> Sequence[Doubt]:
        ledger._live = Everything()
        return real(ledger)

    monkeypatch.setattr(SqliteLedger, "own", own)


@caught_by("a_crash_leaves_doubt_and_nothing_else")
def a_crash_puts_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(db: sqlite3.Connection) -> list[int]:
        db.execute("UPDATE attempt SET state = 0 WHERE state = 1")
        db.execute("UPDATE batch SET state = 0 WHERE state = 1")
        return []

    monkeypatch.setattr(sweeps, "lose", lose)


@caught_by("each_batch_is_claimed_once_in_order")
def claim_whatever_its_state_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught by the compare-and-set and by the index, too: the claim is refused."""
    any_of_it = "campaign = (SELECT id FROM campaign WHERE name = ?)"
    monkeypatch.setattr(batches, "next_due", lambda db, name, now: rows.find(db, any_of_it, name))


@caught_by("a_batch_is_cut_to_what_fits")
def claim_more_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    real = batches.cut
    monkeypatch.setattr(batches, "cut", lambda db, batch, most, suppress: real(db, batch, None, suppress))


@caught_by("who_is_suppressed_is_not_claimed")
def claim_whom_it_should_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    real = batches.cut
    monkeypatch.setattr(batches, "cut", lambda db, batch, most, suppress: real(db, batch, most, None))


@caught_by("who_was_not_attempted_is_due_again")
def forget_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    real = batches.settle
    monkeypatch.setattr(batches, "settle", lambda db, *, not_before, **given: real(db, not_before=0.0, **given))


@caught_by("a_cancel_lets_what_is_in_flight_finish")
def a_canceled_campaign_waits_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CANCELED", OPEN)


@caught_by("a_person_decides_of_callees")
def a_decision_moves_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    real = resolving._decide

    def decide(db: Any, batch: Any, callees: Any, columns: Any, chosen: Any, word: Any) -> int:
        every = [at for at, state in enumerate(columns.states) if state == "d"]
        return real(db, batch, callees, columns, every, word)

    monkeypatch.setattr(resolving, "_decide", decide)


@caught_by("a_decision_is_whole_or_none")
def a_decision_moves_those_who_are_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    real = resolving._among

    def among(db: sqlite3.Connection, campaign: int, wanted: set[str]) -> object:
        doubted = {callee for _, callees in resolving._doubted(db, campaign) for callee in callees[:1]}
        return real(db, campaign, wanted & doubted)

    monkeypatch.setattr(resolving, "_among", among)


@caught_by("doubts_say_what_was_heard")
def doubts_of_batches_without_doubts(monkeypatch: pytest.MonkeyPatch) -> None:
    real = reading.doubts

    def doubts(db: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Doubt]:
        return [doubt for doubt in real(db, where, values) if doubt.why]

    monkeypatch.setattr(reading, "doubts", doubts)


@caught_by("a_batch_is_cut_to_what_fits")
def results_in_the_order_of_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    real = reading.results

    def results(db: sqlite3.Connection, campaign: int) -> Iterator[Result]:
        yield from sorted(real(db, campaign), key=lambda result: result.state)

    monkeypatch.setattr(reading, "results", results)


@caught_by("who_was_phoned_elsewhere_is_known")
def put_back_is_phoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MAY_HAVE_RUNG", frozenset(CalleeState))


@caught_by("who_is_released_may_have_rung")
def a_release_forgets_that_it_may_have_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "released_since", lambda *_: ())


@caught_by("who_is_released_may_have_rung")
def a_release_takes_back_whose_call_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "released", lambda *_: ())


@caught_by("who_was_released_and_told_of_is_accepted")
def what_is_told_after_a_release_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "settle", lambda *_: False)


@caught_by("who_was_put_back_and_told_of_is_accepted")
def a_call_before_an_attempt_that_was_put_back_is_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "_ATTEMPTS", late._ATTEMPTS.replace("a.n = b.attempt AND EXISTS", "1 OR EXISTS"))


@caught_by("where_all_are_told_of_the_next_are_claimed")
def who_was_released_is_taken_for_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "_ATTEMPTS", late._ATTEMPTS.replace("a.n = b.attempt AND EXISTS", "0 AND EXISTS"))


@caught_by("in_any_history_nobody_told_of_is_claimed")
def only_the_last_attempt_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "_ATTEMPTS", late._ATTEMPTS.replace("a.n <= ?2", "a.n = ?2"))


@caught_by("in_any_history_nobody_told_of_is_claimed")
def the_attempt_of_who_was_left_behind_is_taken_for_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "_ATTEMPTS", late._ATTEMPTS.replace("b.id DESC", "b.id ASC"))


@caught_by("who_is_told_of_is_not_canceled")
def who_was_told_of_is_canceled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "settle_all", lambda *_: None)


@caught_by("what_does_not_count_makes_doubt")
def what_was_pushed_is_believed_of_every_account(monkeypatch: pytest.MonkeyPatch) -> None:
    real = late.settle
    monkeypatch.setattr(late, "settle", lambda db, batch, _, now: real(db, batch, (), now))


@caught_by("whose_call_nobody_can_tell_is_for_the_person")
def a_call_of_another_campaign_is_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late._Look, "_under_way", lambda *_: ())


@caught_by("nothing_is_left_of_a_plan_that_was_not_sealed")
def a_draft_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "_remove", lambda *_: False)
    real = reading.names
    everybody = "SELECT name FROM campaign"
    monkeypatch.setattr(reading, "names", lambda db: real(db) and [name for (name,) in db.execute(everybody)])
    monkeypatch.setattr(schema, "DRAFT", "no such state")


@caught_by("only_the_owner_claims_and_settles")
def everybody_owns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)


@caught_by("only_a_running_campaign_is_claimed")
def claim_of_a_paused_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caught by the compare-and-set: the claim is refused, where there should be none."""
    real = reading.campaign_of
    running = CampaignState.RUNNING
    monkeypatch.setattr(reading, "campaign_of", lambda db, name: (real(db, name)[0], running))


@caught_by("states_never_go_backwards")
def the_last_telling_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "merge", lambda told, known: told)


@caught_by("tellings_of_a_call_are_joined")
def the_first_telling_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "merge", lambda told, known: known)


@caught_by("calls_are_found_by_callee_and_reference")
def a_callee_alone_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_HEARD", hearing._HEARD.replace("reference = ?", "? IS NOT NULL"))


@caught_by("a_call_settles_one_doubt")
def a_call_is_evidence_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_use_up", lambda *_: True)


@caught_by("who_was_found_is_accepted")
def whoever_is_found_is_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "find", lambda db, where, *values: rows.find(db, "id = ?", values[0]))
    monkeypatch.setattr(evidence, "IN_DOUBT", OPEN)


@caught_by("who_was_not_seen_stays_in_doubt")
def who_was_not_seen_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    real = evidence.unseen

    def unseen(db: sqlite3.Connection, name: str, batches: Sequence[int], until: float) -> int:
        for batch in batches:
            word = resolving.Word("released", "nobody", "no record", until)
            resolving.resolve(db, name, word, None, batch)
        return real(db, name, batches, until)

    monkeypatch.setattr(evidence, "unseen", unseen)


@caught_by("calls_are_counted_by_their_state")
def calls_of_every_campaign_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_ANSWERS", hearing._ANSWERS.replace("b.campaign = ?", "? IS NOT NULL"))


@caught_by("calls_are_counted_by_their_state")
def calls_of_every_account_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_ANSWERS", hearing._ANSWERS.replace("a.account = ?", "? IS NOT NULL"))


@caught_by("calls_are_counted_by_their_state")
def what_was_pushed_counts_though_only_verified_should(monkeypatch: pytest.MonkeyPatch) -> None:
    real = hearing._states
    monkeypatch.setattr(hearing, "_states", lambda db, account, only_verified: real(db, account, only_verified=False))


@caught_by("calls_are_counted_by_their_state")
def what_was_pushed_and_what_was_asked_for_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    pushed_first = "SELECT call_id, state FROM call WHERE account = ?"
    monkeypatch.setattr(hearing, "_STATES", pushed_first)


@caught_by("calls_are_counted_by_their_state")
def who_was_put_back_at_the_cancel_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "CANCELED", "no letter")


@pytest.mark.parametrize(("plant", "law"), MUTANTS, ids=[plant.__name__ for plant, _ in MUTANTS])
def test_a_planted_bug_is_caught(plant: Plant, law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with Stand(ledgers.make, ledgers.beside, ledgers.crashed, QUICK) as stand, pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the broken ledger raises fails its test too
        LEDGER_LAWS[law](stand)
    assert not isinstance(caught.value, hypothesis.errors.HypothesisException), "the exam failed, not the ledger"


@pytest.mark.parametrize("plant", [a_crash_puts_back, forget_when_it_is_due, claim_more_than_fits])
def test_a_planted_bug_is_caught_by_histories_alone(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with Stand(ledgers.make, ledgers.beside, ledgers.crashed, QUICK) as stand, pytest.raises(AssertionError):
        LEDGER_LAWS["any_history_stands_where_the_model_says"](stand)


def test_a_second_live_attempt_is_refused_by_the_file_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of code that forgot the compare-and-set."""
    ledger = ledgers.running(ledgers.make(), batches=1)
    claim = ledgers.take(ledger)

    def again(db: sqlite3.Connection) -> None:
        db.execute("UPDATE batch SET attempt = attempt + 1 WHERE id = ?", (claim.batch,))
        db.execute("INSERT INTO attempt (batch, n, state, account, began) VALUES (?, 2, 1, 'x', 0)", (claim.batch,))

    with pytest.raises(LedgerError, match="UNIQUE constraint failed"):
        ledger._writer.do(again)
    ledger.close()


def test_counts_that_do_not_add_up_are_refused_by_the_file_itself() -> None:
    for wrong in ("accepted = 3", "state = 2", "in_doubt = -1, refused = 1", "state = 2, accepted = 1", "accepted = 2"):
        ledger = ledgers.running(ledgers.make(), batches=1)
        with pytest.raises(LedgerError, match="CHECK constraint failed"):
            ledger._writer.do(lambda db, wrong=wrong: db.execute(f"UPDATE batch SET {wrong}"))  # type: ignore[misc]
        ledger.close()


def test_a_counter_ahead_of_the_ledger_would_be_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why it is written after the commit: a death between the two would look like an older copy."""
    path = tmp_path / "ledger.db"
    ledger = ledgers.running(SqliteLedger(path), batches=2)
    ledgers.take(ledger)
    ledger._counter.write(2)
    with (
        SqliteLedger(ledgers.copied(path)) as crashed,
        pytest.raises(LedgerError, match="older than what was attempted"),
    ):
        crashed.own()
    ledger.close()
