"""What a run is refused for: another run of the same ledger, or an event loop that it would block."""

import threading

from voicehub.campaign._ledger.contract import Ledger
from voicehub.errors import LedgerError

_BUSY: dict[int, str] = {}  # by id() of a ledger, which `Alone` keeps alive: not every ledger can be hashed
_LOCK = threading.Lock()


class Alone:
    """One run at a time in a ledger: of two, each would conclude the campaign of the other."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self._ledger = ledger
        self._name = name

    def __enter__(self) -> None:
        with _LOCK:
            if (other := _BUSY.get(id(self._ledger))) is not None:
                raise LedgerError(f"this ledger is busy with campaign {other!r} of this process; one runs at a time")
            _BUSY[id(self._ledger)] = self._name

    def __exit__(self, *_: object) -> None:
        with _LOCK:
            del _BUSY[id(self._ledger)]


def refuse_loop() -> None:
    """Raise ``RuntimeError`` where an event loop runs in this thread."""
    import anyio.lowlevel  # here, because only a run needs it

    try:
        anyio.lowlevel.current_token()
    except RuntimeError:  # no loop runs in this thread
        return
    told = "an event loop runs here, and run() or events() would hold it up; write: await campaign.arun(...)"
    raise RuntimeError(told)
