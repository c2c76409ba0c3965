"""Asks the vendor for the record of each reported call, in the background and with a bounded queue."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from voicehub.campaign import Call
from voicehub.client import Client
from voicehub.errors import LedgerError, VoicehubError
from voicehub.records import CallRecord
from voicehub.webhooks._accounts import Listener, Verify
from voicehub.webhooks._keeping import Hears

_log = logging.getLogger(__name__)
_MOST = 1000  # calls that wait: a flood of reports, true or false, becomes no flood of questions
_STOP_SECONDS = 5
#: The thread ends, and its connections with it, after this idle time: a mounted application may never be closed.
_IDLE_SECONDS = 60.0


class Verifier:
    """One thread that asks for one record at a time. What does not fit, or cannot be had yet, is left to reconcile."""

    def __init__(self, ledger: Hears, verify: Verify | None, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._verify = verify
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: dict[tuple[str, str], Listener] = {}  # by account and call id, first come first
        self._thread: threading.Thread | None = None

    def ask(self, listener: Listener, calls: Sequence[Call]) -> None:
        """Queue those of these calls that are over; the cost of a call under way is not known yet."""
        with self._changed:
            for call in calls:
                if call.is_over and len(self._waiting) < _MOST:
                    self._waiting.setdefault((listener.account, call.call_id), listener)
            if self._waiting and self._thread is None:
                thread = threading.Thread(target=self._work, name="voicehub-verify", daemon=True)
                thread.start()
                self._thread = thread
            self._changed.notify_all()

    def close(self) -> None:
        """Ask for nothing more, and wait a short time for the question under way."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._waiting.clear()
            self._changed.notify_all()
        if thread is not None:
            thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        with ExitStack() as leaving:
            clients: dict[str, Client] = {}
            while (asked := self._next()) is not None:
                listener, call_id = asked
                try:
                    if self._verify is not None:
                        record = self._verify(listener.account, call_id)
                    else:
                        if listener.account not in clients:
                            client = Client(listener.provider, account=listener.account, clock=self._clock)
                            clients[listener.account] = leaving.enter_context(client)
                        record = clients[listener.account].record(call_id)
                    self._keep(listener, record)
                except LedgerError as error:
                    _log.error("what was verified could not be kept: %s", error)
                except VoicehubError as error:
                    _log.warning("a report of account %s could not be verified: %s", listener.account, error)
                except BaseException as error:  # foreign code; its error text may hold its input
                    told = type(error).__name__
                    _log.error("a report of account %s could not be verified: %s", listener.account, told)

    def _next(self) -> tuple[Listener, str] | None:
        """The next call to ask for; ``None``: none came for a while, or this is closed, so the thread ends."""
        me = threading.current_thread()
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._thread is not me, _IDLE_SECONDS)
            if self._thread is not me:
                return None
            if not self._waiting:
                self._thread = None
                return None
            key = next(iter(self._waiting))
            return self._waiting.pop(key), key[1]

    def _keep(self, listener: Listener, record: CallRecord | None) -> None:
        if record is not None:
            self._ledger.hear([Call.of(listener.account, record, verified=True)], now=self._clock())
