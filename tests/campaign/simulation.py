"""One history of a campaign from a seed: lives of processes, crashes, losses of power, operators; and its judge.

Time is simulated, so are the network and the ledger's disk; the slots, the governors, the accounting and the vendors'
own readings are the real ones. Between any two steps of a slot another slot, an operator or the end may come.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

from tests.campaign.sim_ledger import Crash, Disk, SimLedger
from tests.campaign.sim_life import NAME, Life
from tests.campaign.sim_vendor import ANNOUNCEMENT, FATES, Vendors, two_accounts
from voicehub.campaign import Call, CampaignState
from voicehub.errors import LedgerError

_OVER = (CampaignState.COMPLETED, CampaignState.CANCELED)
_NOBODY = ("pending", "refused", "canceled", "suppressed")  # no phone of theirs rang
_WAITED = ("pending", "canceled")  # released; that they were phoned is seen when it is their turn
_START = 1_700_000_000.0


class History:
    """Everything that happens, decided by the seed. `play` asserts on the way and in the end.

    ``outages``: amid each hostile life the vendors fall silent; nothing else happens to a request then.
    """

    def __init__(self, seed: int, *, outages: bool = False) -> None:
        self.random, self.outages = Random(seed), outages
        self.now = 0.0
        self.drift = 0.0  # of the wall clock
        self.disk = Disk()
        roll = self.random
        self.vendors = Vendors(two_accounts(roll.randint(1, 6), roll.randint(1, 3)), roll, self.wall)
        self.callees = [
            f"+9321111{number:04d}" for number in roll.sample(range(1, 200), roll.randint(1, 40) * (1 + 3 * outages))
        ]
        self.callees += [
            f"+93211119{number:04d}" for number in range(roll.choice((0, 0, 3)))
        ]  # too long for the second
        self.until: float | None = None
        self.unwanted = set(roll.sample(self.callees, 2)) if roll.random() < 0.3 and len(self.callees) > 2 else set()
        self.placed: set[str] = set()
        self.told: set[str] = set()  # whose call was told of after they were released
        self.crash_in = 0
        self.failed = self.full = False
        self.life: Life | None = None
        self.slots = 0  # of the life before
        self.seen: Counter[str] = Counter()  #: what happened in this history, so that a test can ask whether it does
        self._plan()

    def wall(self) -> float:
        return _START + self.now + self.drift

    def play(self) -> None:
        for _ in range(self.random.randint(1, 5)):
            self._live(hostile=True)
            self._judge()
            self._operate()
        for _ in range(10):  # the last lives are quiet ones, and bring it to its end
            if self._ledger().record(NAME).state in _OVER:
                break
            self._live(hostile=False)
            self._judge()
        counts = self._ledger().counts(NAME)
        assert not counts.pending + counts.submitting, f"somebody was forgotten: {counts}"

    def _plan(self) -> None:
        with self._ledger().draft(NAME, now=self.wall()) as draft:
            left = list(self.callees)
            while left:
                size = self.random.randint(1, 12)
                draft.add(left[:size])
                left = left[size:]
            draft.seal({"announcement": ANNOUNCEMENT.model_dump(mode="json")})
        self.disk.wrote()
        self.disk.sync()

    def _ledger(self) -> SimLedger:
        return SimLedger(self.disk, self._step, len(self.callees))

    def _step(self, step: str) -> None:
        self.crash_in -= 1
        if step == "after claim" and self.random.random() < 0.1:
            self.now += 1.0  # a slow disk
        if not step.startswith("amid") and self.random.random() < 0.2 and self.life is not None:
            self.life.interleave()  # other slots go on while this one waits for the ledger
        if self.crash_in == 0:
            if self.random.random() < 0.3:
                self.seen["disk full"] += 1
                self.full = True
                raise LedgerError("the disk is full")
            raise Crash

    def _live(self, *, hostile: bool) -> None:
        """One process, from its start to its end, whatever that is."""
        roll = self.random
        self.vendors.weights = {"fine": 10}
        if hostile and not self.outages:
            self.vendors.weights |= {ending: roll.choice((0, 0, 1, 3)) for ending in FATES if ending != "fine"}
            if roll.random() < 0.1:
                self.vendors.weights = {roll.choice(list(FATES)): 1}
        self.vendors.lasts = roll.randint(0, 12) if hostile and self.outages else None
        ledger = self._ledger()
        if ledger.record(NAME).state in _OVER:
            return
        self.life = life = Life(self, ledger, hostile=hostile)
        self.crash_in = roll.choice((10, 30, 100)) - roll.randint(0, 9) if hostile and roll.random() < 0.8 else 0
        try:
            life.run()
        except Crash:
            self.seen["crash"] += 1
            if roll.random() < 0.5:
                self.seen["loss of power"] += 1
                self.disk.lose_power(roll.randrange)
            else:
                self.disk.sync()  # the process is gone, the machine is not
        except LedgerError:
            self.disk.sync()
            self.failed = not self.full
        else:
            life.judge()
            self.seen.update([type(event).__name__ for event in life.told])
            self.seen[(life.status.reason or "done").partition(" of ")[0][:20]] += 1
        self.life, self.full = None, False
        self.crash_in = 0
        ledger.close()
        self.disk.store.owner = None
        assert not ledger.begun_after_pause

    def _operate(self) -> None:
        """Between two lives: a named person decides on doubts, or the campaign is canceled."""
        roll, ledger = self.random, self._ledger()
        self.own(ledger)
        doubts = [row.callee for row in ledger.results(NAME) if row.state == "in_doubt"]
        if doubts and roll.random() < 0.7:
            self.decide(ledger, roll.sample(doubts, roll.randint(1, len(doubts))))
        if roll.random() < 0.05:
            self.cancel(ledger)
        self.drift += roll.choice((0, 0, 3600, -3600))
        ledger.close()

    def own(self, ledger: SimLedger) -> None:
        doubts = ledger.own()
        self.seen["doubt found"] += len(doubts)
        assert len(doubts) <= self.slots, "more is in doubt than was in flight"
        self.slots = 0

    def decide(self, ledger: SimLedger, callees: Sequence[str]) -> None:
        canceled = ledger.record(NAME).state is CampaignState.CANCELED  # then nobody is phoned again
        decision = self.random.choice(("placed", "held") if canceled else ("placed", "held", "released"))
        began = {callee: doubt.began for doubt, some in ledger.doubted(NAME) for callee in some}
        moved = ledger.resolve(NAME, decision, callees=callees, who="A. Person", why="asked", now=self.wall())
        assert moved == (0 if decision == "held" else len(callees))
        self.seen[decision] += 1
        if decision == "placed":
            self.placed.update(callees)
        if decision == "released":
            told = [self.vendors.calls[callee] for callee in callees if callee in self.vendors.calls]
            late = [one for one in told if self._fits(one, began[str(one.callee)]) and self.random.random() < 0.5]
            for callee in set(callees).difference(one.callee for one in late):
                self.vendors.dialled[callee] = 0
            if late:
                self.seen["told late"] += ledger.hear(late, now=self.wall())
                self.told.update(str(one.callee) for one in late)

    def _fits(self, call: Call, began: float) -> bool:
        """Whether it is a call of this attempt, and no clock was set meanwhile."""
        return 0.0 <= (call.submitted or 0.0) - began < 60.0

    def cancel(self, ledger: SimLedger) -> None:
        if ledger.record(NAME).state is not CampaignState.COMPLETED:
            ledger.change(NAME, CampaignState.CANCELED, now=self.wall())

    def _judge(self) -> None:
        """The vendors' own log against the ledger."""
        self._weigh()
        assert not self.failed, "the ledger was used wrongly"

    def _weigh(self) -> None:
        dialled = self.vendors.dialled
        twice = [callee for callee, times in dialled.items() if times > 1]
        assert not twice, f"phoned twice: {twice}"
        rows = {row.callee: row.state.value for row in self._ledger().results(NAME)}
        assert list(rows) == self.callees
        wrong = [
            callee
            for callee, state in rows.items()
            if state in _NOBODY and dialled[callee] and not (callee in self.told and state in _WAITED)
        ]
        assert not wrong, f"phoned, and recorded as if not: {wrong}"
        lost = [
            callee
            for callee, state in rows.items()
            if state == "accepted" and not dialled[callee] and callee not in self.placed
        ]
        assert not lost, f"recorded as accepted, and never phoned: {lost}"
