"""What a run is made of besides its slots: who drives them, the accounts, who must not be phoned, the clocks."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from voicehub.campaign._events import Event
from voicehub.campaign._ledger.contract import Suppress
from voicehub.campaign._run.governor import Governor, Ticket


class Driver(Protocol):
    """What runs the slots. None of these may wait."""

    def start(self, number: int) -> None:
        """Begin a slot of this number."""

    def ring(self, number: int) -> None:
        """Let this slot go on if it waits, or not begin to wait."""

    def tell(self, event: Event) -> None:
        """Pass an event on."""


class Account(NamedTuple):
    """One account of the chain, in this run."""

    name: str
    governor: Governor


class Turn(NamedTuple):
    """A slot's leave to submit one batch."""

    account: str
    governor: Governor
    ticket: Ticket


class Screen(Protocol):
    """Who must not be phoned."""

    def refresh(self) -> Suppress | None:
        """The list as of now; ``None``: nobody is on one. Raises `ConfigError` if it cannot be read."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """``monotonic`` for waiting and pace, ``wall`` (Unix seconds) for records and ``until``: that one may jump."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]


def counting(suppress: Suppress, found: list[int]) -> Suppress:
    """The same; ``found`` gets how many it named."""

    def counted(callees: Sequence[str]) -> Collection[int]:
        positions = suppress(callees)
        found.append(len(positions))
        return positions

    return counted


def more_slots(slots: int, governor: Governor, batches: float) -> range:
    """Those that one begins which has claimed: two, so that many are soon there, while there are batches for them.

    With a pace to keep one at a time, for it may need few of them.
    """
    most = min(1 if governor.paced else 2, math.ceil(batches), governor.slots - slots)
    return range(slots, slots + max(0, most))
