"""Writes reports to the ledger before the vendor gets 200; those that come during a write form the next lot."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from voicehub.campaign import Call


class Hears(Protocol):
    """The part of a ledger that is needed here; every `voicehub.campaign.Ledger` has it."""

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        """Store these calls; durable on return. Raises `LedgerError`."""


class _Lot:
    """Calls that are written together; ``written`` ends when they are durable, or raises why they are not."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.written: asyncio.Task[int]


class Keeper:
    """Writes lots one after another, each in one call of the ledger, so there is one wait for the disk per lot."""

    def __init__(self, ledger: Hears, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._gathering: _Lot | None = None
        self._turn = asyncio.Lock()

    async def keep(self, calls: Sequence[Call]) -> None:
        """Return when these are durable. Raises what the ledger raises."""
        lot = self._gathering
        if lot is None:
            lot = self._gathering = _Lot()
            lot.written = asyncio.create_task(self._write(lot))
        lot.calls += calls
        await asyncio.shield(lot.written)  # a cancelled request must not cancel the others

    async def _write(self, lot: _Lot) -> int:
        async with self._turn:
            self._gathering = None
            return await asyncio.to_thread(self._ledger.hear, lot.calls, now=self._clock())
