"""What the slots of one run share: whose turn it is, the counts, the chain of accounts, and why it ends.

Slots are started on demand. One of the waiting slots is the leader: it alone waits with a time limit and reads the
ledger now and then, and it wakes the next slot when it leaves to submit. The others are parked until they are woken.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from operator import add

from voicehub.campaign._events import AccountPaused, AccountStopped, Canceled, Moved, Status
from voicehub.campaign._ledger.contract import CampaignState, Claim, Counts, Ledger
from voicehub.campaign._run.caps import Halt
from voicehub.campaign._run.governor import Ticket
from voicehub.campaign._run.parts import Account, Clocks, Driver, Screen, Turn, counting, more_slots
from voicehub.campaign._run.slot import Verdict, Wait
from voicehub.errors import ConfigError

#: Between two reads of the ledger while nothing is sent: another process may pause or cancel the campaign.
LOOK_SECONDS = 0.5
_BREATH_SECONDS = 0.02  # before asking again for a batch that was due and could not be claimed


class Run:
    """One run of one campaign. Its slots call `turn`, `claim`, `objection` and `settle`; their driver calls the rest.

    ``until``: Unix seconds; callees still pending then are canceled (``None``: no such time).
    """

    def __init__(
        self,
        ledger: Ledger,
        name: str,
        chain: Sequence[Account],
        driver: Driver,
        *,
        counts: Counts,
        clocks: Clocks,
        screen: Screen,
        until: float | None = None,
    ) -> None:
        self.name, self.reason, self.stopping, self.over = name, "", False, False
        self._ledger, self._driver, self._clocks, self._screen, self._until = ledger, driver, clocks, screen, until
        self._chain, self._counts = deque(chain), counts
        self._verified = [account.name for account in chain if account.verified]
        self._lock = threading.Lock()
        self._leader: int | None = None
        self._parked: deque[int] = deque()
        self._slots, self._flying = 1, 0  # the driver starts the first slot, number 0
        self._changes = 0  # how often a request began or ended
        self._look_at = clocks.monotonic() + LOOK_SECONDS
        self._dry, self._dry_until = False, clocks.monotonic()  # no batch could be claimed, and when to ask again

    @property
    def counts(self) -> Counts:
        """The counts as far as this run knows them; the ledger is not read."""
        return self._counts

    def is_late(self) -> bool:
        """Whether ``until`` has come."""
        return self._until is not None and self._clocks.wall() >= self._until

    def stop(self) -> None:
        """Let requests in flight end, and begin none. Never blocks: a signal handler may call it."""
        self.stopping = True

    def end(self, reason: str) -> None:
        """From now on no slot begins a request."""
        with self._lock:
            self._end(reason)

    def turn(self, number: int) -> Turn | Wait | None:
        """What this slot is to do: submit a batch, wait and ask again, or (``None``) leave."""
        if not self.over and not self.stopping:
            if self.is_late() and self._counts.pending > 0:
                self._expire()
            if self._clocks.monotonic() >= self._look_at:
                self._look()
        with self._lock:
            if number in self._parked:
                self._parked.remove(number)
            if self.stopping:
                self._end("it was stopped")
            decided = None if self.over else self._decide(number)
            if self._leader == number and not isinstance(decided, Wait):
                self._leader = None
            if self._leader is None and self._parked:
                self._driver.ring(self._parked[0])
            return decided

    def claim(self, turn: Turn) -> Claim | None:
        """Claim a batch for this turn; its intent is on disk. ``None``: there is none now."""
        suppressed: list[int] = []
        claim = None
        try:
            suppress = self._screen.refresh()
        except ConfigError as error:
            self.end(str(error))
        else:
            counted = None if suppress is None else counting(suppress, suppressed)
            most, now, sure = turn.ticket.most, self._clocks.wall(), self._verified
            claim = self._ledger.claim(self.name, turn.account, most=most, now=now, suppress=counted, verified=sure)
        with self._lock:
            self._move(Counts(pending=-sum(suppressed), suppressed=sum(suppressed)))
            if claim is None:
                turn.governor.give_back(turn.ticket)
                self._look_at, self._dry = self._clocks.monotonic(), True
                self._landed()
                return None
            self._move(Counts(pending=-len(claim.callees), submitting=len(claim.callees)))
            turn.governor.begin(turn.ticket, len(claim.callees))
            self._look_at = self._clocks.monotonic() + LOOK_SECONDS
            self._ring_leader()
            more = range(0)
            if self._leader is None and not self._parked:
                more = more_slots(self._slots, turn.governor, self._counts.pending / len(claim.callees))
                self._slots += len(more)
        for number in more:
            self._driver.start(number)
        return claim

    def objection(self, turn: Turn) -> str | None:
        """Why a claimed batch must not be sent after all; ``None``: it may."""
        if self.is_late():
            return "it became too late"
        if turn.governor.why is not None:
            return "the account has stopped"
        return "the run is ending" if self.over or self.stopping else None

    def give_up(self, turn: Turn, why: str) -> None:
        """Stop the account of this turn, before anything was claimed for it."""
        with self._lock:
            if turn.governor.give_up(turn.ticket, why):
                self._next_account(turn.account, why)
            self._landed()

    def settle(self, turn: Turn, claim: Claim, verdict: Verdict) -> None:
        """Record the verdict on a batch, and apply its consequences for the account."""
        self._ledger.settle(claim, verdict.outcomes, now=self._clocks.wall(), why=verdict.why)
        moved, governor, why = verdict.moves(), turn.governor, verdict.why or ""
        with self._lock:
            now, was_running = self._clocks.monotonic(), governor.why is None
            self._move(moved)
            if moved.pending:
                self._dry_until = now
            called, doubted = moved.accepted + moved.refused + moved.in_doubt, moved.in_doubt
            rest = governor.end(turn.ticket, verdict.ending, now, called=called, doubted=doubted, why=why)
            if was_running and governor.why is not None:
                self._next_account(turn.account, governor.why)
            elif rest:
                self._driver.tell(AccountPaused(turn.account, rest, why))
            self._landed()

    def conclude(self) -> Status:
        """Set the campaign's final state once all slots have left: completed if no callee is left, else paused."""
        self._ledger.flush()
        record = self._ledger.record(self.name)
        left = record.counts.pending or record.counts.submitting
        if record.state is CampaignState.RUNNING:
            state = CampaignState.PAUSED if left else CampaignState.COMPLETED
            record = replace(record, state=self._ledger.change(self.name, state, now=self._clocks.wall()))
        reason = self.reason or "callees became pending while it ended"
        return Status.of(record, reason if left or record.state is CampaignState.CANCELED else None)

    def _decide(self, number: int) -> Turn | Wait | None:
        now, account = self._clocks.monotonic(), self._chain[0]
        wait = min(LOOK_SECONDS, self._look_at - now)
        if now < self._dry_until:
            wait = self._dry_until - now
        elif self._counts.pending > 0:
            granted = account.governor.admit(now)
            if isinstance(granted, Ticket):
                self._flying += 1
                self._changes += 1
                return Turn(account.name, account.governor, granted)
            if isinstance(granted, Halt):
                self._end(granted.why)
                return None
            wait = wait if granted.seconds is None else min(wait, granted.seconds)
        if self._leader not in (None, number):
            self._parked.append(number)
            return Wait(None)
        self._leader = number
        return Wait(max(0.0, wait))

    def _look(self) -> None:
        """Read the campaign's state: another process may have changed it, and only the ledger knows that none is left.

        The counts are used only if no request began or ended in the meantime.
        """
        before = self._changes
        record = self._ledger.record(self.name)
        due = self._ledger.next_due(self.name) if record.counts.pending else None
        with self._lock:
            now = self._clocks.monotonic()
            self._look_at = now + LOOK_SECONDS
            if record.state is not CampaignState.RUNNING:
                self._end(f"the campaign was {record.state.value}")
            elif not self._flying and before == self._changes:
                self._counts = record.counts
                if not record.counts.pending:
                    self._end("")
            if before != self._changes:
                wait = _BREATH_SECONDS
            elif due is None:
                wait = LOOK_SECONDS
            else:
                wait = max(due - self._clocks.wall(), _BREATH_SECONDS if self._dry else 0.0)
            self._dry, self._dry_until = False, now + min(wait, LOOK_SECONDS)

    def _expire(self) -> None:
        canceled = self._ledger.expire(self.name, now=self._clocks.wall())
        with self._lock:
            self._move(Counts(pending=-canceled, canceled=canceled))
            self._look_at = self._clocks.monotonic()
            if canceled:
                self._driver.tell(Canceled(canceled))

    def _landed(self) -> None:
        """A ticket was given back: the leader may have waited for that."""
        self._flying -= 1
        self._changes += 1
        now = self._clocks.monotonic()
        if not self._flying and (self._counts.pending <= 0 or now < self._dry_until):
            self._look_at = now
        self._ring_leader()

    def _next_account(self, stopped: str, why: str) -> None:
        self._driver.tell(AccountStopped(stopped, why))
        self._chain.popleft()
        if self._chain:
            self._driver.tell(Moved(stopped, self._chain[0].name))
        else:
            self._end(f"account {stopped} has stopped: {why}")

    def _move(self, by: Counts) -> None:
        self._counts = Counts(*map(add, self._counts, by))

    def _end(self, reason: str) -> None:
        if not self.over:
            self.over, self.reason = True, reason
            for number in range(self._slots):
                self._driver.ring(number)

    def _ring_leader(self) -> None:
        if self._leader is not None:
            self._driver.ring(self._leader)
