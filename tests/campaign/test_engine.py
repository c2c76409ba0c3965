"""Threads: on demand, at a pace, to the end. The ways to the accounts are the test's."""

import threading
import time
from typing import Any

import pytest

from tests.campaign.engines import Lines, Nobody, engine, planned, settle_down, taken, whole
from tests.campaign.support import numbers
from voicehub import Outcome, Receipt
from voicehub.campaign import CampaignState, Event, Finished, Progress, Status
from voicehub.campaign._run import engine as engine_module
from voicehub.campaign._run.governor import Governor
from voicehub.campaign._run.parts import Account, Clocks, Turn, more_slots
from voicehub.campaign._run.run import Run
from voicehub.campaign._run.slot import Wait


def test_everybody_is_sent_to_once_and_every_line_is_closed() -> None:
    lines = Lines()
    status, events = whole(engine(planned(30), lines))
    assert sorted(lines.sent) == sorted(numbers(60))
    assert (status.state, status.counts.accepted, status.reason) == (CampaignState.COMPLETED, 60, None)
    assert isinstance(events[-2], Progress)
    assert events[-2].counts == status.counts
    settle_down()
    assert all(line.closed for line in lines.opened)


def test_slots_come_on_demand_up_to_their_number() -> None:
    together = threading.Barrier(3)

    def send(callees: tuple[str, ...]) -> Receipt:
        together.wait(10)  # three at once, or this breaks
        return taken(callees)

    lines = Lines(send)
    whole(engine(planned(9), lines, slots=3))
    assert len(lines.opened) == 3


@pytest.mark.parametrize(
    ("slots", "batches", "pace", "more"),
    [
        *((1, 9.0, None, 2), (1, 0.5, None, 1), (1, 0.0, None, 0), (1, -1.0, None, 0), (3, 9.0, None, 1)),
        *((4, 9.0, None, 0), (1, 9.0, 5.0, 1), (1, 0.0, 5.0, 0)),
    ],
)
def test_a_slot_begins_two_others_while_there_is_work_for_them(
    slots: int, batches: float, pace: float | None, more: int
) -> None:
    begun = more_slots(slots, Governor(10, 4, requests_per_second=pace), batches)
    assert [*begun] == [*range(slots, slots + more)]


def test_a_slow_pace_needs_few_slots() -> None:
    lines = Lines()
    whole(engine(planned(8), lines, slots=16, requests_per_second=50.0))
    assert len(lines.opened) <= 2


def test_the_pace_is_kept_by_threads() -> None:
    began = time.monotonic()
    whole(engine(planned(11), Lines(), slots=4, requests_per_second=20.0))
    assert time.monotonic() - began >= 10 / 20


def test_who_listens_slowly_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_KEPT", 3)
    lines = Lines()
    one = engine(planned(20), lines)
    events = one.events()
    next(events)
    for _ in range(10):
        one.tell(Finished(Status("c", CampaignState.PAUSED, None, one.run.counts)))
    settle_down()
    assert len(lines.sent) == 40
    assert len([event for event in events if isinstance(event, Finished)]) == 4


def test_progress_comes_about_five_times_a_second() -> None:
    def send(callees: tuple[str, ...]) -> Receipt:
        time.sleep(0.1)
        return taken(callees)

    _, events = whole(engine(planned(10), Lines(send), slots=1))
    told = [event for event in events if isinstance(event, Progress)]
    assert 4 <= len(told) <= 8
    assert any(event.seconds_left for event in told)


def test_a_bell_nobody_hears_yet_is_no_error() -> None:
    engine(planned(1), Lines()).ring(99)


def test_what_is_not_due_yet_is_waited_for() -> None:
    ledger = planned(2)
    claim = ledger.claim("c", "a", most=None, now=time.time())
    assert claim is not None
    due = time.time() + 0.3
    back = [Outcome(callee, "not_attempted") for callee in claim.callees]
    ledger.settle(claim, back, now=time.time(), not_before=due)
    when: list[float] = []

    def send(callees: tuple[str, ...]) -> Receipt:
        when.append(time.time())
        return taken(callees)

    status, _ = whole(engine(ledger, Lines(send)))
    assert status.counts.accepted == 4
    assert when[0] < due <= when[1]


class Still:
    """A driver that does nothing."""

    def start(self, number: int) -> None: ...

    def ring(self, number: int) -> None: ...

    def tell(self, event: Event) -> None: ...


def test_a_look_during_which_another_slot_took_off_is_repeated_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, now = planned(3), [0.0]
    clocks = Clocks(lambda: now[0], time.time)
    chain = [Account("a", Governor(10, 4, ramp=False))]
    run = Run(ledger, "c", chain, Still(), counts=ledger.record("c").counts, clocks=clocks, screen=Nobody())
    record, turns = ledger.record, [1]

    def looking(name: str) -> Any:
        found = record(name)
        while turns:
            assert isinstance(run.turn(turns.pop()), Turn)
        return found

    now[0] = 10.0
    monkeypatch.setattr(ledger, "record", looking)
    waiting = run.turn(0)
    assert isinstance(waiting, Wait)
    assert waiting.seconds == pytest.approx(0.02)
    now[0] += 0.03
    assert isinstance(run.turn(0), Turn)
