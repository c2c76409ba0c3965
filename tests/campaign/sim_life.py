"""One process of the simulation: the scheduler that interleaves its slots, and what must hold for each of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tests.campaign.sim_ledger import SimLedger
from tests.campaign.sim_vendor import ANNOUNCEMENT
from voicehub import InDoubt, NotSent, Receipt, Refused, SendError
from voicehub.campaign import CampaignState, Event
from voicehub.campaign._ledger.contract import Suppress
from voicehub.campaign._run import slot as slots
from voicehub.campaign._run.caps import Caps
from voicehub.campaign._run.governor import Governor
from voicehub.campaign._run.parts import Account, Clocks
from voicehub.campaign._run.run import Run
from voicehub.campaign._run.slot import Came, Send, Steps, Wait
from voicehub.errors import LedgerError, MessageError, RefusalKind

if TYPE_CHECKING:
    from tests.campaign.simulation import History

NAME = "c"
_ENDLESS = 20_000  # steps
_IN_A_ROW = 3  # batches in doubt, or refused whole, that stop an account
REFUSED = 6  #: callees refused in a row that do, in these small campaigns, if they are of so many requests


@dataclass
class Seat:
    """A slot as the simulator sees it: it goes on at ``at`` (``None``: when it is rung for) and is handed ``came``."""

    steps: Steps
    at: float | None = 0.0
    came: Came = None
    account: str = ""  # while it sends
    begun: int = 0  # the how manieth batch this is
    rung: bool = False


@dataclass
class Alike:
    """Batches of one account that ended alike, of those that began after the last one that ended otherwise.

    Nothing depends on the order in which they ended, for the simulator hears of it before the governor does.
    """

    parted: int = 0
    sizes: dict[int, int] = field(default_factory=dict)

    def add(self, begun: int, callees: int) -> None:
        if begun > self.parted:
            self.sizes[begun] = callees

    def part(self, begun: int) -> None:
        self.parted = max(self.parted, begun)
        self.sizes = {batch: size for batch, size in self.sizes.items() if batch > self.parted}

    def without(self, slots: int) -> list[int]:
        """The sizes of those that had ended before the account stopped, at least: the others were in flight then."""
        return sorted(self.sizes.values())[: max(0, len(self.sizes) - slots)]


class Life:
    """One process that runs the campaign, and the scheduler that interleaves its slots."""

    def __init__(self, history: "History", ledger: SimLedger, *, hostile: bool) -> None:
        self.history, self.ledger, self.hostile = history, ledger, hostile
        self.seats: dict[int, Seat] = {}
        self.told: list[Event] = []
        self.meddled = bool(history.told)  # the run sees only later who of them was not claimed
        self.failure: LedgerError | None = None
        roll = history.random
        self.slots = roll.randint(1, 4)
        calls, requests, doubts = (roll.randint(1, 30) if hostile and roll.random() < 0.2 else None for _ in range(3))
        self.caps = Caps(calls, requests, doubts)
        pace = roll.choice((None, None, 2.0)), roll.choice((None, None, 5.0))
        ramp = roll.random() < 0.5
        self.chain = [
            Account(
                name,
                Governor(
                    int(provider.limits[type(ANNOUNCEMENT.content)].callees.high or 0),
                    self.slots,
                    *pace,
                    ramp,
                    self.caps,
                ),
            )
            for name, provider in list(history.vendors.accounts.items())[: roll.choice((1, 2, 2))]
        ]
        self.begun = 0
        self.doubted: defaultdict[str, Alike] = defaultdict(Alike)  # of each account
        self.refused: defaultdict[str, Alike] = defaultdict(Alike)
        self.requests, self.calls, self.doubts = 0, 0, 0
        if hostile and roll.random() < 0.2:
            history.until = history.wall() + roll.choice((-1.0, 0.5, 3.0, 20.0))
        elif not hostile:
            history.until = None

    def run(self) -> None:
        history = self.history
        history.own(self.ledger)
        history.slots = self.slots
        self.ledger.change(NAME, CampaignState.RUNNING, now=history.wall())
        clocks = Clocks(lambda: history.now, history.wall)
        counts, until = self.ledger.counts(NAME), history.until
        self.owner = Run(self.ledger, NAME, self.chain, self, counts=counts, clocks=clocks, screen=self, until=until)
        self.start(0)
        for _ in range(_ENDLESS):
            if not self.seats:
                break
            if self.hostile and history.random.random() < 0.02:
                self._meddle()
            self._go_on()
        else:
            raise AssertionError("it does not come to an end")
        if self.failure is not None:
            raise self.failure
        self.status = self.owner.conclude()

    def refresh(self) -> Suppress | None:
        """See `Screen`."""
        unwanted = self.history.unwanted

        def suppress(callees: Sequence[str]) -> Collection[int]:
            return [position for position, callee in enumerate(callees) if callee in unwanted]

        return suppress if unwanted else None

    def start(self, number: int) -> None:
        """See `Driver`."""
        self.seats[number] = Seat(slots.slot(self.owner, number), self.history.now)

    def ring(self, number: int) -> None:
        """See `Driver`."""
        if (seat := self.seats.get(number)) is not None:
            seat.rung = True

    def tell(self, event: Event) -> None:
        """See `Driver`."""
        self.told.append(event)

    def _go_on(self) -> None:
        """One step of one slot; if none can go on, time does."""
        if not self.interleave():
            times = [seat.at for seat in self.seats.values() if seat.at is not None]
            assert times, "every slot waits to be rung for, and nobody is left to ring"
            self.history.now = max(self.history.now, min(times))

    def interleave(self) -> bool:
        """One step of a slot that is not amid one; whether there was such a slot."""
        history = self.history
        for seat in self.seats.values():
            if not seat.account and seat.rung:
                seat.at, seat.rung = history.now, False
        ready = [number for number, seat in self.seats.items() if seat.at is not None and seat.at <= history.now]
        ready = [number for number in ready if not cast("Any", self.seats[number].steps).gi_running]
        if not ready:
            return False
        self._step(ready)
        return True

    def _step(self, ready: Sequence[int]) -> None:
        history = self.history
        number = history.random.choice(ready)
        seat = self.seats[number]
        came, seat.came = seat.came, None
        if seat.account:
            self._heard(seat, came)
            seat.account = ""
        try:
            wish = seat.steps.send(came)
        except StopIteration:
            del self.seats[number]
            return
        except LedgerError as error:
            del self.seats[number]
            self.failure = error
            self.owner.end("it failed")
            return
        if isinstance(wish, Send):
            if not isinstance(came, MessageError) or came.position is None:  # else it is what is left of the same one
                self.begun = seat.begun = self.begun + 1
            self._submit(seat, wish)
        else:
            assert isinstance(wish, Wait), "these accounts need nothing"
            seat.at = None if wish.seconds is None else history.now + wish.seconds

    def _submit(self, seat: Seat, wish: Send) -> None:
        history = self.history
        assert not history.unwanted.intersection(wish.callees), "somebody on the do-not-call list was phoned"
        assert history.until is None or history.wall() < history.until, "somebody was phoned too late"
        dialled = history.vendors.dialled.total()
        seat.account, (seat.came, ending) = wish.account, history.vendors.send(wish.account, wish.callees)
        seat.at = history.now + (50.0 if ending == "slow" else history.random.choice((0.0, 0.01, 0.1)))
        self.calls += history.vendors.dialled.total() - dialled
        self.requests += not isinstance(seat.came, NotSent | MessageError)
        assert self.calls <= (self.caps.calls or self.calls), "the cap on calls was exceeded"
        assert self.requests <= (self.caps.requests or self.requests), "the cap on requests was exceeded"

    def _heard(self, seat: Seat, came: Came) -> None:
        """What a slot is told now. Nothing that is told of doubts is taken from the engine."""
        doubted, refused = self.doubted[seat.account], self.refused[seat.account]
        if isinstance(came, InDoubt):
            self.doubts += len(came.receipt.in_doubt)
        if isinstance(came, Receipt):
            doubted.part(seat.begun)
            refused.part(seat.begun)
        elif isinstance(came, Refused) and came.kind is RefusalKind.REQUEST:
            doubted.part(seat.begun)
            refused.add(seat.begun, len(came.receipt))
        elif isinstance(came, InDoubt) or not isinstance(came, SendError | MessageError):
            doubted.add(seat.begun, 1)
        assert len(doubted.without(self.slots)) < _IN_A_ROW, "the breaker let too many batches into doubt"
        before = refused.without(self.slots)
        assert len(before) < _IN_A_ROW or sum(before) < REFUSED, "the breaker let too many be refused"
        assert self.doubts <= (self.caps.doubts or self.doubts), "the cap on doubts was exceeded"

    def _meddle(self) -> None:
        """Another process looks in, beside the run; or the person stops it, or the clock is set."""
        history = self.history
        beside = SimLedger(history.disk, lambda _: None, len(history.callees))
        self.meddled = True
        match history.random.randrange(5):
            case 0:
                if beside.record(NAME).state is CampaignState.RUNNING:
                    beside.change(NAME, CampaignState.PAUSED, now=history.wall())
            case 1:
                history.cancel(beside) if history.random.random() < 0.2 else None
            case 2:
                self.owner.stop()
            case 3 if history.until is None:
                history.drift += history.random.choice((-3600.0, 3600.0))
            case _:
                if doubts := [row.callee for row in beside.results(NAME) if row.state == "in_doubt"]:
                    history.decide(beside, doubts[:1])

    def judge(self) -> None:
        """What holds for a process that came to its end."""
        record = self.ledger.record(NAME)
        assert record.state is not CampaignState.RUNNING
        assert self.status.counts == record.counts
        assert not record.counts.submitting
        if not self.meddled:
            assert self.owner.counts == record.counts, "the counts in memory are not those of the ledger"
            assert (record.state is CampaignState.COMPLETED) == (not record.counts.pending)
        if record.counts.pending and record.state is CampaignState.PAUSED:
            assert self.status.reason
