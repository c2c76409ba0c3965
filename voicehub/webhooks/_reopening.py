"""A ledger for a receiver that runs for months: after a failure it is opened again, as a full disk may pass."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from voicehub.campaign import Call
from voicehub.errors import LedgerError
from voicehub.webhooks._keeping import Hears


class Closes(Hears, Protocol):
    """A ledger that can be let go."""

    def close(self) -> None:
        """Let go, once what was asked for is durable."""


class Reopening:
    """Passes calls to the ledger that ``opening`` returns, and to a new one after each `LedgerError`.

    A ledger that failed takes nothing more, since what it recorded is unknown; but hearing twice is harmless, and
    the vendor, who got 503, sends it again. Threads may share it. Raises what ``opening`` raises.
    """

    def __init__(self, opening: Callable[[], Closes]) -> None:
        self._opening = opening
        self._swapping = threading.Lock()
        self._closed = False
        self._ledger: Closes | None = opening()

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        """See `voicehub.campaign.Ledger`."""
        with self._swapping:
            if self._closed:
                raise LedgerError("this receiver of reports is closed")
            ledger = self._ledger = self._ledger or self._opening()
        try:
            return ledger.hear(calls, now=now)
        except LedgerError:
            self._drop(ledger)
            raise

    def close(self) -> None:
        """Let go of the ledger, and open it no more."""
        with self._swapping:
            self._closed = True
            if self._ledger is not None:
                self._ledger.close()
                self._ledger = None

    def _drop(self, ledger: Closes) -> None:
        with self._swapping:
            if self._ledger is ledger:
                self._ledger = None
                ledger.close()
