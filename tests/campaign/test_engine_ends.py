"""Whatever ends a run: what is in flight comes back, is recorded, and nothing begins after it."""

import threading
import time
from typing import Any
from unittest.mock import Mock

import pytest

from tests.campaign.engines import Line, Lines, engine, planned, settle_down, taken, whole
from voicehub import LedgerError, Receipt
from voicehub.campaign import CampaignState


@pytest.mark.parametrize("verb", ["claim", "settle", "record", "flush", "change"])
def test_a_ledger_that_fails_ends_it_all(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, lines = planned(40), Lines()
    one = engine(ledger, lines)
    calls = []

    def fail(*_: Any, **__: Any) -> None:
        calls.append(verb)
        raise LedgerError("the disk is full")

    monkeypatch.setattr(ledger, verb, fail)
    with pytest.raises(LedgerError, match="the disk is full"):
        whole(one)
    settle_down()
    assert len(calls) <= 4  # one a slot at most; nothing is claimed after it


def test_what_the_ledger_cannot_keep_is_told_rather_than_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = planned(1)

    def interrupt(callees: tuple[str, ...]) -> Receipt:
        raise SystemExit

    def fail(*_: Any, **__: Any) -> None:
        raise LedgerError("the disk is full")

    monkeypatch.setattr(ledger, "flush", fail)
    with pytest.raises(LedgerError):
        whole(engine(ledger, Lines(interrupt)))


def test_an_exit_in_a_plugin_is_doubt_and_goes_on() -> None:
    def leave(callees: tuple[str, ...]) -> Receipt:
        raise SystemExit(3)

    ledger = planned(2)
    with pytest.raises(SystemExit):
        whole(engine(ledger, Lines(leave), slots=1))
    record = ledger.record("c")
    assert (record.counts.in_doubt, record.counts.pending, record.state) == (2, 2, CampaignState.PAUSED)


def test_nobody_is_in_doubt_where_no_way_could_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicehub.campaign._run.governor._UNSENT_SECONDS", 0.001)

    class NoWay(Lines):
        def connect(self, account: str) -> Line:
            raise OSError("too many open files")

    status, _ = whole(engine(planned(1), NoWay()))
    assert (status.counts.pending, status.counts.total) == (2, 2)
    assert "no line to account a could be opened: OSError: too many open files" in str(status.reason)


@pytest.mark.parametrize("error", [OSError("shut down already"), SystemExit(3)])
def test_a_connection_that_cannot_be_closed_keeps_nobody(error: BaseException) -> None:
    """All that it carried is settled, so the campaign is whole."""
    close = Mock(side_effect=error)

    class Stuck(Lines):
        def connect(self, account: str) -> Line:
            line = super().connect(account)
            line.close = close  # type: ignore[method-assign]
            return line

    events: list[Any] = []
    ending = threading.Thread(target=lambda: events.extend(whole(engine(planned(2), Stuck(), slots=1))), daemon=True)
    ending.start()
    ending.join(20)
    assert events
    assert (events[0].counts.accepted, events[0].state, close.call_count) == (4, CampaignState.COMPLETED, 1)


def test_who_stops_listening_ends_it_gently() -> None:
    sending, go_on = threading.Event(), threading.Event()

    def send(callees: tuple[str, ...]) -> Receipt:
        sending.set()
        go_on.wait(10)
        return taken(callees)

    ledger = planned(50)
    events = engine(ledger, Lines(send), slots=2).events()
    next(events)
    sending.wait(10)
    threading.Timer(0.05, go_on.set).start()
    events.close()
    record = ledger.record("c")
    assert record.state is CampaignState.PAUSED
    assert 2 <= record.counts.accepted <= 4
    assert record.counts.submitting == 0
    settle_down()


def test_a_failure_is_told_to_who_stops_listening_too() -> None:
    def leave(callees: tuple[str, ...]) -> Receipt:
        raise SystemExit(3)

    events = engine(planned(2), Lines(leave)).events()
    next(events)
    with pytest.raises(SystemExit):
        events.close()


def test_a_stop_lets_what_is_in_flight_end() -> None:
    holder: list[Any] = []

    def send(callees: tuple[str, ...]) -> Receipt:
        holder[0].run.stop()
        return taken(callees)

    ledger = planned(5)
    holder.append(engine(ledger, Lines(send), slots=1))
    status, _ = whole(holder[0])
    assert (status.state, status.reason) == (CampaignState.PAUSED, "it was stopped")
    assert status.counts[:3] == (8, 0, 2)


def test_a_stop_is_heard_while_every_slot_waits() -> None:
    one = engine(planned(5), Lines(), slots=2, requests_per_second=0.001)
    threading.Timer(0.3, one.run.stop).start()
    began = time.monotonic()
    assert whole(one)[0].reason == "it was stopped"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.CANCELED])
def test_another_process_is_heard_while_every_slot_waits(state: CampaignState) -> None:
    ledger = planned(5)
    beside = ledger.another()
    one = engine(ledger, Lines(), slots=2, requests_per_second=0.001)
    threading.Timer(0.2, beside.change, ("c", state), {"now": 1.0}).start()
    status, _ = whole(one)
    assert (status.state, status.reason) == (state, f"the campaign was {state.value}")


def test_a_system_without_threads_left_goes_on_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def once(thread: threading.Thread) -> None:
        if thread.name.startswith("voicehub-slot") and not thread.name.endswith("-0"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", once)
    assert whole(engine(planned(10), Lines()))[0].counts.accepted == 20


def test_without_a_single_thread_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    ledger = planned(1)
    one = engine(ledger, Lines())
    monkeypatch.setattr(threading.Thread, "start", never)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        whole(one)
    assert ledger.record("c").state is CampaignState.PAUSED


def test_an_interruption_ends_what_is_in_flight_first() -> None:
    ledger, sending = planned(20), threading.Event()

    def send(callees: tuple[str, ...]) -> Receipt:
        sending.set()
        time.sleep(0.05)
        return taken(callees)

    events = engine(ledger, Lines(send), slots=2).events()
    next(events)
    sending.wait(10)
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt())
    record = ledger.record("c")
    assert record.state is CampaignState.PAUSED
    assert record.counts.submitting == 0


def test_the_first_of_two_failures_is_told() -> None:
    together = threading.Barrier(2)

    def leave(callees: tuple[str, ...]) -> Receipt:
        together.wait(10)
        raise SystemExit

    ledger = planned(2)
    with pytest.raises(SystemExit):
        whole(engine(ledger, Lines(leave), slots=2))
    assert ledger.record("c").counts.in_doubt == 4
