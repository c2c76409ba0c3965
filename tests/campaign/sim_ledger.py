"""The ledger of the simulation: what is promised durable outlives a loss of power, and any verb may be the last."""

import pickle
from collections.abc import Callable
from typing import Any

from tests.campaign.memory import MemoryLedger
from tests.campaign.memory_store import Store
from voicehub.campaign import CampaignState, Claim, Counts
from voicehub.errors import LedgerError

_SETTLE = "settle"


class Crash(BaseException):
    """The process is gone: nothing of it runs any more."""


class Disk:
    """One store, what of it is on disk, and what would be lost with the power."""

    def __init__(self) -> None:
        self.store = Store()
        self._durable = self._image()
        self._volatile: list[bytes] = []

    def wrote(self) -> None:
        self._volatile.append(self._image())

    def sync(self) -> None:
        if self._volatile:
            self._durable = self._volatile[-1]
            self._volatile.clear()

    def lose_power(self, choose: Callable[[int], int]) -> None:
        """Everything that was promised is there; of what was written since, a beginning."""
        images = [self._durable, *self._volatile]
        self._durable, self._volatile = images[choose(len(images))], []
        self.store = Store(**pickle.loads(self._durable))

    def _image(self) -> bytes:
        kept = ("campaigns", "calls", "evidence", "keys")
        return pickle.dumps({name: getattr(self.store, name) for name in kept})


class SimLedger:
    """A `Ledger` over a `Disk`. ``step`` is called around every change, and may raise `Crash` or `LedgerError`.

    After every change the seven counts must add up to ``total``.
    """

    def __init__(self, disk: Disk, step: Callable[[str], None], total: int) -> None:
        self._disk, self._step, self._total = disk, step, total
        self._ledger = MemoryLedger(disk.store)
        self._failed = False
        self.begun_after_pause = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)  # what only reads

    def claim(self, name: str, *args: Any, **options: Any) -> Claim | None:
        claim: Claim | None = self._change("claim", name, *args, **options)
        if claim is not None and self._ledger.record(name).state is not CampaignState.RUNNING:
            self.begun_after_pause += 1
        return claim

    def settle(self, *args: Any, **options: Any) -> None:
        self._change(_SETTLE, *args, **options)

    def own(self) -> Any:
        return self._change("own")

    def change(self, *args: Any, **options: Any) -> Any:
        return self._change("change", *args, **options)

    def expire(self, *args: Any, **options: Any) -> Any:
        return self._change("expire", *args, **options)

    def resolve(self, *args: Any, **options: Any) -> Any:
        return self._change("resolve", *args, **options)

    def hear(self, *args: Any, **options: Any) -> Any:
        return self._change("hear", *args, **options)

    def flush(self) -> None:
        self._change("flush")

    def counts(self, name: str) -> Counts:
        return self._ledger.record(name).counts

    def _change(self, verb: str, *args: Any, **options: Any) -> Any:
        if self._failed:
            raise LedgerError("what is recorded is not known")
        try:
            return self._changed(verb, *args, **options)
        except LedgerError:
            self._failed = True
            raise

    def _changed(self, verb: str, *args: Any, **options: Any) -> Any:
        self._step(f"before {verb}")
        result = getattr(self._ledger, verb)(*args, **options)
        for name in self._ledger.names():
            assert self.counts(name).total == self._total, f"the counts do not add up after {verb}"
        self._disk.wrote()
        self._step(f"amid {verb}")  # written, and not promised yet
        if verb != _SETTLE:
            self._disk.sync()
        self._step(f"after {verb}")
        return result
