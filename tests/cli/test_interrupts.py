"""Signals against a vendor that takes its time: what is in flight, what is given up, what is printed."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.cli.conftest import Vendor, has_traceback, start
from voicehub import Outcome, UploadedAudio, VoiceMessage
from voicehub.cli._interrupts import Interrupts
from voicehub.client import Tally

HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

NUMBERS = [f"+93211111{n:04d}" for n in range(2000, 2004)]  # two requests of two callees
SEND = ("--audio-file-id", "x", *(word for number in NUMBERS for word in ("--to", number)))


class Sending:
    """A send in a process of its own, whose first request has just arrived."""

    def __init__(self, vendor: Vendor, config: str, *more: str) -> None:
        vendor.gate.clear()
        self.vendor = vendor
        self.process = start("send", "--config", config, *SEND, *more)
        assert vendor.asked.acquire(timeout=30)

    def signal(self, number: signal.Signals) -> str:
        """Send a signal, and wait for what it makes the process say."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def end(self) -> tuple[int, str, str]:
        self.vendor.gate.set()
        out, err = self.process.communicate(timeout=30)
        assert not has_traceback(out + err)
        return self.process.returncode, out, err


def of(tally: Tally) -> Interrupts:
    return Interrupts(tally.stop, "finishing", in_doubt=lambda: tally.receipt().in_doubt)


@pytest.fixture
def handlers() -> Iterator[None]:
    """What a test does to the handlers of this process ends with it."""
    before = {number: signal.getsignal(number) for number in HEARD}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def sending(rude: Vendor, rude_config: str) -> Iterator[Sending]:
    one = Sending(rude, rude_config, "--json")
    yield one
    one.process.kill()
    one.process.communicate()


def statuses(out: str) -> list[str]:
    return [row["status"] for row in json.loads(out)["outcomes"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_finishes_the_request_in_flight(number: signal.Signals, sending: Sending) -> None:
    assert "waiting for the request in flight" in sending.signal(number)
    code, out, err = sending.end()
    assert code == 130
    assert statuses(out) == ["accepted", "accepted", "not_attempted", "not_attempted"]
    assert json.loads(out)["error"]["type"] == "Incomplete"
    assert "not all were sent (4 callees: 2 accepted, 2 not_attempted)" in err
    assert len(sending.vendor.requests) == 1


def test_the_second_ctrl_c_gives_up_and_leaves_that_request_in_doubt(sending: Sending) -> None:
    sending.signal(signal.SIGINT)
    said = sending.signal(signal.SIGINT)
    code, out, _ = sending.end()
    assert code == 5
    assert statuses(out) == ["in_doubt", "in_doubt", "not_attempted", "not_attempted"]
    assert json.loads(out)["error"]["type"] == "Interrupted"
    assert "interrupted; 2 in doubt: their phones may have rung" in said
    assert len(sending.vendor.requests) == 1


def test_a_second_sigterm_changes_nothing(sending: Sending) -> None:
    sending.signal(signal.SIGTERM)
    sending.process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        sending.process.wait(0.3)
    code, out, _ = sending.end()
    assert code == 130
    assert statuses(out) == ["accepted", "accepted", "not_attempted", "not_attempted"]


def test_people_read_the_receipt_too(rude: Vendor, rude_config: str) -> None:
    sending = Sending(rude, rude_config)
    sending.signal(signal.SIGINT)
    sending.signal(signal.SIGINT)
    code, out, _ = sending.end()
    assert code == 5
    assert "2 in doubt, 2 not attempted by account alerts" in out


def test_an_interruption_that_stopped_nothing_is_still_one(rude: Vendor, rude_config: str) -> None:
    rude.gate.clear()
    process = start("send", "--config", rude_config, "--to", NUMBERS[0], "--audio-file-id", "x", "--json")
    assert rude.asked.acquire(timeout=30)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    process.stderr.readline()
    rude.gate.set()
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert statuses(out) == ["accepted"]
    assert "error" not in json.loads(out)


@pytest.mark.parametrize("words", [(), ("--json",)])
@pytest.mark.parametrize("more", [1, 30])
def test_a_ctrl_c_that_is_held_down_hides_no_doubt(
    more: int, words: tuple[str, ...], rude: Vendor, rude_config: str
) -> None:
    sending = Sending(rude, rude_config, *words)
    sending.signal(signal.SIGINT)
    for _ in range(1 + more):
        sending.process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    code, out, _ = sending.end()
    assert code == 5
    assert "in_doubt" in out if words else "2 in doubt, 2 not attempted" in out


def test_under_nohup_a_hangup_stays_ignored(handlers: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with of(Tally()):
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_where_nothing_happened_the_handlers_go_back(handlers: None) -> None:
    before = [signal.getsignal(number) for number in HEARD]
    with of(Tally()):
        assert not set(before) & {signal.getsignal(number) for number in HEARD}
    assert [signal.getsignal(number) for number in HEARD] == before


@pytest.mark.parametrize("doubt", [True, False])
def test_signals_do_nothing_from_the_end_of_the_send_to_the_end_of_the_process(
    doubt: bool, handlers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving: list[Callable[[], None]] = []
    monkeypatch.setattr("atexit.register", lambda function, *given: leaving.append(partial(function, *given)))
    tally = Tally()
    tally.begin(VoiceMessage(to=("+932111111111",), content=UploadedAudio("x")), None, "acme")
    with of(tally) as interrupts:
        if doubt:
            tally.settle([Outcome("+932111111111", "in_doubt")])
        else:
            with interrupts.armed():
                signal.raise_signal(signal.SIGTERM)
    for number in HEARD:
        signal.raise_signal(number)
    (ended,) = leaving
    ended()
    assert {signal.getsignal(number) for number in HEARD} == {signal.SIG_IGN}


def test_signals_after_the_send_do_nothing(handlers: None) -> None:
    tally = Tally()
    with of(tally) as interrupts:
        signal.raise_signal(signal.SIGINT)
        stopped_before = tally.stopping
        with interrupts.armed():
            signal.raise_signal(signal.SIGINT)
            assert (stopped_before, tally.stopping) == (False, True)
            signal.raise_signal(signal.SIGTERM)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
