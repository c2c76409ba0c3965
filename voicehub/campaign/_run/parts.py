"""What a run has besides its slots: their driver, the accounts, the do-not-call screen, the clocks."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from voicehub.campaign._events import Event
from voicehub.campaign._ledger.contract import Suppress
from voicehub.campaign._run.governor import Governor, Ticket


class Driver(Protocol):
    """Runs the slots. No method may block."""

    def start(self, number: int) -> None:
        """Start a slot with this number."""

    def ring(self, number: int) -> None:
        """Wake this slot; if it does not wait yet, its next wait ends at once."""

    def tell(self, event: Event) -> None:
        """Pass an event on."""


class Account(NamedTuple):
    """One account of the chain, in this run; ``verified``: of its calls only what the vendor was asked for counts."""

    name: str
    governor: Governor
    verified: bool = False


class Turn(NamedTuple):
    """A slot's permission to submit one batch."""

    account: str
    governor: Governor
    ticket: Ticket


class Screen(Protocol):
    """Who must not be phoned."""

    def refresh(self) -> Suppress | None:
        """The lists as of now; ``None``: they are empty. Raises `ConfigError` if one cannot be read."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """``monotonic`` for waiting and pace; ``wall`` (Unix seconds), which may jump, for records and ``until``."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]


def counting(suppress: Suppress, found: list[int]) -> Suppress:
    """``suppress``, which also appends to ``found`` how many callees it named."""

    def counted(callees: Sequence[str]) -> Collection[int]:
        positions = suppress(callees)
        found.append(len(positions))
        return positions

    return counted


def more_slots(slots: int, governor: Governor, batches: float) -> range:
    """The slots to start after a claim: two, so that they soon are many, while there are batches for them.

    With a pace one at a time, because it may need few of them.
    """
    most = min(1 if governor.paced else 2, math.ceil(batches), governor.slots - slots)
    return range(slots, slots + max(0, most))
