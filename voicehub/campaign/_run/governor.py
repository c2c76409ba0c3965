"""The governor of an account: how much it may submit now, and when it has to stop. Pure; times are monotonic seconds.

Ramp-up, pace, back-off, breaker and caps keep a mistake from reaching a million phones. To submit a batch, ask
`Governor.admit`, call `Governor.begin` with what was claimed (or `Governor.give_back`), then `Governor.end` with what
became of it. Nothing here locks: the run does.

Once an account answers no request any more, at most ``slots + 2`` of the batches that begin from then on end in doubt:
the three that stop the account, and the others in flight at that time. Batches begun before may add to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from voicehub.campaign._run.caps import Caps, Go, Halt, Hold
from voicehub.campaign._run.row import Row

#: The most callees of an account's first requests, one after another; after these the vendor's own limit applies.
RAMP: Sequence[int] = (1, 10, 50)
#: The number of batches in doubt in a row (see `Row`) that stops an account.
DOUBTS_IN_A_ROW = 3
#: The numbers of requests refused whole in a row, and of their callees, that together stop an account: those of the
#: ramp. Callees count too, because the refusal of a request with one callee may be about that callee.
REFUSALS_IN_A_ROW, REFUSED_IN_A_ROW = 3, sum(RAMP)
#: An account of which this many requests in a row could not be sent, at growing intervals, cannot be reached.
UNSENT_IN_A_ROW = 5
_THROTTLED_SECONDS, _UNSENT_SECONDS, _LONGEST_SECONDS = 1.0, 0.5, 60.0


class Ending(Enum):
    """How a batch ended, as far as it concerns the account."""

    ANSWERED = auto()  #: the vendor answered for the callees
    REFUSED = auto()  #: it refused the whole request for its content; the next one may be refused, too
    DOUBT = auto()  #: at least one callee is in doubt
    THROTTLED = auto()  #: too fast; no call was placed
    UNSENT = auto()  #: no byte was sent
    UNASKED = auto()  #: the account was not used
    STOPPED = auto()  #: a failure that would repeat with the next batch; no call was placed


@dataclass(slots=True, eq=False)
class Ticket:
    """One admission: its time, its most callees, and its ordinal among the batches begun (0: it has not begun)."""

    at: float
    most: int | None
    aboard: int = 0
    begun: int = 0


@dataclass(slots=True)
class Governor:
    """One account in one run.

    ``most``: callees of a request at most (``None``: no bound); ``slots``: requests in flight at most;
    ``requests_per_second``, ``calls_per_second``: the pace (``None``: unlimited); ``ramp``: begin with small batches.
    """

    most: int | None
    slots: int = 16
    requests_per_second: float | None = None
    calls_per_second: float | None = None
    ramp: bool = True
    caps: Caps = field(default_factory=Caps)
    flying: int = 0
    why: str | None = None  #: why it stopped; ``None``: it did not
    ready: bool = True  #: whether the account has what its requests need, such as a recording
    _step: int = 0
    _gate: Ticket | None = None  # admitted and not begun: with a pace, the next one waits for it
    _next: float = float("-inf")  # when the pace allows the next request
    _rest_from: float = float("-inf")  # the last back-off: its begin and its end
    _rest_until: float = float("-inf")
    _throttled: int = 0
    _unsent: int = 0
    _begun: int = 0
    _doubts: Row = field(default_factory=Row)
    _refusals: Row = field(default_factory=Row)  # of requests refused whole

    @property
    def ramping(self) -> bool:
        """Whether batches are still small."""
        return self.ramp and self._step < len(RAMP)

    @property
    def careful(self) -> bool:
        """Whether one request has to end before the next begins: in the ramp, and while nothing goes through."""
        return self.ramping or bool(self._throttled or self._unsent)

    @property
    def paced(self) -> bool:
        """Whether there is a pace to keep."""
        return self.requests_per_second is not None or self.calls_per_second is not None

    def admit(self, now: float) -> Ticket | Hold | Halt:
        """A ticket for one batch; or when to ask again; or why never."""
        if self.why is not None:
            return Halt(self.why)
        if self.flying >= (1 if self.careful else self.slots) or self._gate is not None:
            return Hold(None)
        if (wait := max(self._next, self._rest_until) - now) > 0:
            return Hold(wait)
        sizes = [size for size in (self.most, RAMP[self._step] if self.ramping else None) if size is not None]
        granted = self.caps.admit(min(sizes, default=None))
        if not isinstance(granted, Go):
            return granted
        ticket = Ticket(now, granted.most)
        self.flying += 1
        self.caps.flying += 1
        self._board(ticket, granted.most or 0)
        if self.paced:
            self._gate = ticket
        return ticket

    def begin(self, ticket: Ticket, callees: int) -> None:
        """``callees`` callees were claimed on this ticket, and are submitted now."""
        self._begun += 1
        ticket.begun = self._begun
        self._board(ticket, callees)
        self._leave_gate(ticket)
        spent = [count / rate for count, rate in self._rates(callees) if rate is not None]
        self._next = ticket.at + max(spent, default=0.0)

    def give_back(self, ticket: Ticket) -> None:
        """Nothing was claimed on this ticket."""
        self._leave_gate(ticket)
        self._land(ticket)

    def give_up(self, ticket: Ticket, why: str) -> bool:
        """Nothing was claimed on this ticket, and never will be: the account stops. Returns whether this stopped it."""
        self.give_back(ticket)
        runs = self.why is None
        self._stop(why)
        return runs

    def end(
        self, ticket: Ticket, ending: Ending, now: float, *, called: int = 0, doubted: int = 0, why: str = ""
    ) -> float:
        """What became of the batch: ``called`` callees were sent, ``doubted`` of them are in doubt.

        Returns the seconds of back-off this begins, 0 for none.
        """
        self._land(ticket)
        self.caps.called += called
        self.caps.doubted += doubted
        self.caps.requested += ending not in (Ending.UNSENT, Ending.UNASKED)
        if ending in (Ending.ANSWERED, Ending.REFUSED):
            self._step += self.ramping
            self._throttled = self._unsent = 0
            self._doubts.part(ticket.begun)
            self._count_refusal(ticket, called if ending is Ending.REFUSED else 0, why)
        elif ending is Ending.DOUBT:
            self._unsent = 0
            self._doubts.add(ticket.begun)
            if self._doubts.batches >= DOUBTS_IN_A_ROW:
                self._stop(f"{DOUBTS_IN_A_ROW} batches in doubt in a row; the last: {why}")
        elif ending is Ending.STOPPED:
            self._stop(why)
        elif ending is not Ending.UNASKED and ticket.at >= self._rest_from:  # of those in flight together one counts
            return self._back_off(ending, now, why)
        return 0.0

    def _count_refusal(self, ticket: Ticket, callees: int, why: str) -> None:
        row = self._refusals
        if not callees:
            row.part(ticket.begun)
            return
        row.add(ticket.begun, callees)
        if row.batches >= REFUSALS_IN_A_ROW and row.callees >= REFUSED_IN_A_ROW:
            self._stop(f"{row.batches} requests in a row refused whole; the last: {why}")

    def _back_off(self, ending: Ending, now: float, why: str) -> float:
        if ending is Ending.THROTTLED:
            self._unsent = 0
            seconds = _THROTTLED_SECONDS * 2.0 ** min(self._throttled, 10)
            self._throttled += 1
        else:
            seconds = _UNSENT_SECONDS * 2.0**self._unsent
            self._unsent += 1
            if self._unsent >= UNSENT_IN_A_ROW:
                self._stop(f"unreachable: {UNSENT_IN_A_ROW} times in a row nothing could be sent; the last: {why}")
        seconds = min(seconds, _LONGEST_SECONDS)
        self._rest_from, self._rest_until = now, now + seconds
        return seconds

    def _stop(self, why: str) -> None:
        self.why = self.why or why

    def _rates(self, callees: int) -> tuple[tuple[int, float | None], ...]:
        return (1, self.requests_per_second), (callees, self.calls_per_second)

    def _leave_gate(self, ticket: Ticket) -> None:
        if self._gate is ticket:
            self._gate = None

    def _board(self, ticket: Ticket, callees: int) -> None:
        self.caps.aboard += callees - ticket.aboard
        ticket.aboard = callees

    def _land(self, ticket: Ticket) -> None:
        self.flying -= 1
        self.caps.flying -= 1
        self._board(ticket, 0)
