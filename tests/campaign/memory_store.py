"""What the ledger in memory keeps: callees, batches, campaigns."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from voicehub.campaign._ledger.calls import Call, Placed
from voicehub.campaign._ledger.contract import CalleeState, CampaignState, Counts, Decision, Document, Doubt, Result

PENDING, SUBMITTING, ACCEPTED, REFUSED, IN_DOUBT, SUPPRESSED, CANCELED = CalleeState
_PLANNED, _RUNNING, _PAUSED, _COMPLETED, _CANCELED = CampaignState
MOVES = {
    _PLANNED: {_RUNNING, _CANCELED},
    _RUNNING: {_PAUSED, _COMPLETED, _CANCELED},
    _PAUSED: {_RUNNING, _COMPLETED, _CANCELED},
    _COMPLETED: set[CampaignState](),
    _CANCELED: set[CampaignState](),
}


@dataclass(slots=True)
class Tried:
    """One attempt of one callee; ``doubted``: a person released them of the doubt about it."""

    number: int
    account: str
    began: float
    ended: float | None = None
    doubted: bool = False


@dataclass(slots=True)
class Callee:
    number: str
    state: CalleeState = PENDING
    answer: tuple[str | None, str | None, str | None] = (None, None, None)
    account: str | None = None
    attempt: int = 0
    time: float | None = None
    tried: list[Tried] = field(default_factory=list)

    def result(self) -> Result:
        if self.state in (PENDING, SUPPRESSED, CANCELED):
            return Result(self.number, self.state, None, None, None, None, 0, None)
        return Result(self.number, self.state, *self.answer, self.account, self.attempt, self.time)


@dataclass(slots=True)
class Batch:
    callees: list[Callee]
    key: int = 0
    attempt: int = 0
    not_before: float = 0.0
    account: str = ""
    began: float = 0.0
    ended: float | None = None
    why: str | None = None
    unseen: float | None = None

    def having(self, state: CalleeState) -> list[Callee]:
        return [callee for callee in self.callees if callee.state is state]

    def doubt(self) -> Doubt:
        told = (self.key, self.attempt, self.account, self.began, len(self.having(IN_DOUBT)), self.why)
        return Doubt(*told, self.ended, self.unseen)


@dataclass(slots=True)
class Campaign:
    name: str
    document: Document
    attachment: bytes
    created: float
    batches: list[Batch]
    callees: list[Callee]
    state: CampaignState = _PLANNED
    audit: list[tuple[str, str, Decision, int, float]] = field(default_factory=list)
    released: list[Batch] = field(default_factory=list)  # as they were in doubt

    def counts(self) -> Counts:
        states = [callee.state for callee in self.callees]
        return Counts(*map(states.count, CalleeState))

    def having(self, state: CalleeState) -> list[Batch]:
        return [batch for batch in self.batches if batch.having(state)]

    def part(self, batch: Batch, callees: list[Callee], key: int, not_before: float) -> None:
        """Let these callees of a batch go on as a batch of their own, right after it."""
        gone = set(map(id, callees))
        batch.callees = [callee for callee in batch.callees if id(callee) not in gone]
        new = Batch(callees, key, batch.attempt, not_before, batch.account, batch.began, batch.ended)
        self.batches.insert(self.batches.index(batch) + 1, new)

    def cancel(self) -> int:
        """Cancel everybody who is pending; returns how many."""
        waiting = [callee for callee in self.callees if callee.state is PENDING]
        for callee in waiting:
            callee.state = CANCELED
        return len(waiting)


@dataclass(slots=True)
class Store:
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    drafts: dict[str, object] = field(default_factory=dict)
    calls: dict[tuple[str, str, bool], Call] = field(default_factory=dict)
    evidence: dict[tuple[str, str], Placed] = field(default_factory=dict)
    owner: object = None
    keys: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)


class MemoryDraft:
    """A `Draft`."""

    def __init__(self, keep: Callable[["MemoryDraft", list[tuple[str, ...]], Document, bytes], None]) -> None:
        self._keep = keep
        self._batches: list[tuple[str, ...]] = []

    def add(self, callees: Sequence[str]) -> None:
        if callees:
            self._batches.append(_canonical(callees))

    def seal(self, document: Document, attachment: bytes = b"") -> None:
        self._keep(self, self._batches, document, attachment)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._batches = []


def _canonical(callees: Sequence[str]) -> tuple[str, ...]:
    if not all(re.fullmatch(r"\+[1-9][0-9]{6,14}", callee) for callee in callees):
        raise ValueError("a callee of a ledger is canonical E.164")
    if len(set(callees)) != len(callees):
        raise ValueError("a callee stands in a batch once")
    return tuple(callees)
