"""The threads of a run: each slot is a thread with its own connections, and drives the generator of `slot`."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Protocol

from voicehub._masking import mask_text, words_of
from voicehub.campaign._events import Event, Finished, Meter, Status
from voicehub.campaign._run.parts import Driver
from voicehub.campaign._run.run import Run
from voicehub.campaign._run.slot import Came, Prepare, Send, Wait, Wish, slot
from voicehub.errors import LedgerError, NotSent
from voicehub.receipt import Outcome, Receipt

_TELL_SECONDS = 0.2  # between two progress events
_KEPT = 1000  # events that wait to be read: a slow reader gets the last ones


class Line(Protocol):
    """A slot's way to one account."""

    def send(self, callees: tuple[str, ...]) -> Receipt:
        """Submit to these callees, in one request. Raises what `Client.send` raises."""

    def close(self) -> None:
        """Close the connection."""


class Ways(Protocol):
    """How accounts are reached."""

    def prepare(self, account: str) -> None:
        """Get the account what its requests need; slots may call this at the same time. Raises what went wrong."""

    def connect(self, account: str) -> Line:
        """Open a line to this account; each slot has its own."""


class Engine:
    """Runs one `Run` to its end."""

    _status: Status  # once it has ended without a failure

    def __init__(self, make: Callable[[Driver], Run], ways: Ways) -> None:
        self._ways = ways
        self._told: deque[Event] = deque(maxlen=_KEPT)
        self._bells: dict[int, threading.Event] = {}
        self._alive = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self.run = make(self)

    def events(self) -> Generator[Event, None, None]:
        """Start the run, and yield its events until it is over; to close the generator stops the run.

        Raises what ended the run, such as `LedgerError`, once no request is in flight.
        """
        meter = Meter(self.run.counts, time.monotonic())
        self.start(0)
        try:
            ended = False
            while True:
                while self._told:
                    yield self._told.popleft()
                if ended:
                    break
                ended = self._ended.wait(_TELL_SECONDS)
                if self.run.stopping:
                    self.run.end("it was stopped")
                yield meter.read(self.run.counts, time.monotonic())
        finally:
            self.run.end("it was stopped")
            self._ended.wait()  # an interruption here abandons the requests in flight: they are in doubt then
            if self._failure is not None:
                raise self._failure
        yield Finished(self._status)

    def start(self, number: int) -> None:
        """Start a slot: a thread that does not keep the process alive."""
        self._bells[number] = threading.Event()
        with self._lock:
            self._alive += 1
        thread = threading.Thread(target=self._live, args=(number,), name=f"voicehub-slot-{number}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left; the slots there are go on
            if number == 0:
                self._failure = error
            self._leave()

    def ring(self, number: int) -> None:
        """Wake a slot."""
        if (bell := self._bells.get(number)) is not None:
            bell.set()

    def tell(self, event: Event) -> None:
        """Queue an event for `events`."""
        self._told.append(event)

    def _live(self, number: int) -> None:
        lines: dict[str, Line] = {}
        steps = slot(self.run, number)
        came: Came = None
        try:
            while True:
                came = self._fulfil(steps.send(came), self._bells[number], lines)
        except StopIteration:
            pass
        except BaseException as error:
            self._fail(error)
        finally:
            for line in lines.values():
                with suppress(BaseException):  # a plugin's code; everything it sent is settled by now
                    line.close()
            self._leave()

    def _fulfil(self, wish: Wish, bell: threading.Event, lines: dict[str, Line]) -> Came:
        if isinstance(wish, Wait):
            bell.wait(wish.seconds)
            bell.clear()
            return None
        try:
            if isinstance(wish, Prepare):
                self._ways.prepare(wish.account)
                return None
            line = lines.get(wish.account)
            if line is None:
                try:
                    line = lines[wish.account] = self._ways.connect(wish.account)
                except Exception as error:
                    return _no_line(wish, error)
            return line.send(wish.callees)
        except BaseException as error:
            return error

    def _fail(self, error: BaseException) -> None:
        # A failure of the ledger is raised rather than one that followed from it.
        if self._failure is None or isinstance(error, LedgerError):
            self._failure = error
        self.run.end("it failed")

    def _leave(self) -> None:
        with self._lock:
            self._alive -= 1
            last = not self._alive
        if not last:
            return
        try:
            if not isinstance(self._failure, LedgerError):
                self._status = self.run.conclude()
        except BaseException as error:
            self._fail(error)
        finally:
            self._ended.set()


def _no_line(wish: Send, error: Exception) -> NotSent:
    """No byte can have left, because no line was open to send it."""
    waiting = tuple(Outcome(callee, "not_attempted") for callee in wish.callees)
    text = f"no line to account {wish.account} could be opened: {type(error).__name__}: {mask_text(words_of(error))}"
    return NotSent(text, Receipt(wish.account, "", waiting))
