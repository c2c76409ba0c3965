"""Engines for tests: ways to an account by a function, a campaign of pairs, and an end to wait for."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.campaign.memory import MemoryLedger
from tests.campaign.support import numbers
from voicehub import Outcome, Receipt
from voicehub.campaign import CampaignState, Event, Finished, Status
from voicehub.campaign._ledger.contract import Suppress
from voicehub.campaign._run.engine import Engine
from voicehub.campaign._run.governor import Governor
from voicehub.campaign._run.parts import Account, Clocks, Driver
from voicehub.campaign._run.run import Run

Send = Callable[[tuple[str, ...]], Receipt]


def taken(callees: tuple[str, ...]) -> Receipt:
    return Receipt("a", "plain", tuple(Outcome(callee, "accepted", "id") for callee in callees))


class Lines:
    """Every slot's way to the account, by one function; remembers them, and who was sent to."""

    def __init__(self, send: Send = taken) -> None:
        self._send = send
        self.opened: list[Line] = []
        self.sent: list[str] = []
        self.prepared: list[str] = []

    def prepare(self, account: str) -> None:
        self.prepared.append(account)

    def connect(self, account: str) -> "Line":
        self.opened.append(Line(self))
        return self.opened[-1]

    def send(self, callees: tuple[str, ...]) -> Receipt:
        self.sent += callees
        return self._send(callees)


class Line:
    def __init__(self, lines: Lines) -> None:
        self.lines, self.closed = lines, False

    def send(self, callees: tuple[str, ...]) -> Receipt:
        return self.lines.send(callees)

    def close(self) -> None:
        self.closed = True


class Nobody:
    def refresh(self) -> Suppress | None:
        return None


def planned(batches: int, ledger: MemoryLedger | None = None) -> MemoryLedger:
    ledger = ledger or MemoryLedger()
    callees = numbers(batches * 2)
    with ledger.draft("c", now=1.0) as draft:
        for start in range(0, len(callees), 2):
            draft.add(callees[start : start + 2])
        draft.seal({})
    ledger.own()
    ledger.change("c", CampaignState.RUNNING, now=1.0)
    return ledger


def engine(ledger: MemoryLedger, lines: Lines, *, slots: int = 4, **pace: Any) -> Engine:
    def make(driver: Driver) -> Run:
        chain = [Account("a", Governor(10, slots, ramp=False, **pace))]
        clocks = Clocks(time.monotonic, time.time)
        return Run(ledger, "c", chain, driver, counts=ledger.record("c").counts, clocks=clocks, screen=Nobody())

    return Engine(make, lines)


def whole(one: Engine) -> tuple[Status, Sequence[Event]]:
    events = list(one.events())
    assert isinstance(events[-1], Finished)
    return events[-1].status, events


def idle() -> bool:
    return not any(thread.name.startswith("voicehub-slot") for thread in threading.enumerate())


def settle_down() -> None:
    """Wait until the last thread, which has told its end, is gone."""
    until = time.monotonic() + 10
    while not idle():
        assert time.monotonic() < until, "a slot lives on"
        time.sleep(0.001)
