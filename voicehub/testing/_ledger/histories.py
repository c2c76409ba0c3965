"""Law of a ledger: any history of its verbs, with crashes in it, stands where a simple model says."""

from dataclasses import dataclass
from typing import get_args

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from voicehub.campaign import CalleeState, CampaignState, Claim, Counts, Decision, Placed
from voicehub.errors import LedgerError
from voicehub.receipt import Status
from voicehub.testing._checked import claim
from voicehub.testing._ledger.plans import MOVES
from voicehub.testing._ledger.stand import ACCOUNT, Stand, maybe, numbers, settle

_NAMES = ("a", "b")
_AFTER: dict[Status, CalleeState] = {
    "accepted": CalleeState.ACCEPTED,
    "refused": CalleeState.REFUSED,
    "in_doubt": CalleeState.IN_DOUBT,
    "not_attempted": CalleeState.PENDING,
}
_DECIDED = {"placed": CalleeState.ACCEPTED, "held": CalleeState.IN_DOUBT, "released": CalleeState.PENDING}
_HEARD = {CalleeState.ACCEPTED, CalleeState.REFUSED, CalleeState.IN_DOUBT, CalleeState.SUBMITTING}
_UNLIKELY = st.integers(0, 9).map(lambda drawn: drawn == 7)  # what ends a history is not to end most of them
_SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=4)
_PLACES = st.sets(st.integers(0, 12), max_size=4)
_MOST = st.none() | st.integers(1, 4)
_SAID = st.lists(st.sampled_from(list(_AFTER)), min_size=1, max_size=6)
_DECISIONS: st.SearchStrategy[Decision] = st.sampled_from(get_args(Decision))


@dataclass
class Callee:
    """What the model knows of one callee."""

    state: CalleeState = CalleeState.PENDING
    attempts: int = 0
    due: float = 0.0
    time: float | None = None


class Histories(RuleBasedStateMachine):
    """Every verb, at random, against a dict of callees; `Stand` is set by the law."""

    stand: Stand

    def __init__(self) -> None:
        super().__init__()
        self.stand.close()  # of the history before
        self.ledger = self.stand.fresh()
        self.ledger.own()
        self.model: dict[str, dict[str, Callee]] = {}
        self.states: dict[str, CampaignState] = {}
        self.claims: list[tuple[str, Claim]] = []
        self.now = 1.0

    @initialize(sizes=st.tuples(_SIZES, _SIZES))
    def planned(self, sizes: tuple[list[int], list[int]]) -> None:
        for first, name, some in zip((0, 100), _NAMES, sizes, strict=True):
            self.stand.running(*some, ledger=self.ledger, name=name, first=first)
            self.model[name] = {callee: Callee() for callee in numbers(sum(some), first)}
            self.states[name] = CampaignState.RUNNING

    @rule(name=st.sampled_from(_NAMES), state=st.sampled_from(CampaignState), unlikely=_UNLIKELY)
    def changed(self, name: str, state: CampaignState, unlikely: bool) -> None:
        state = state if unlikely else CampaignState.RUNNING  # most histories are those of running campaigns
        before = self.states[name]
        waiting = state is CampaignState.COMPLETED and self._in(name, CalleeState.PENDING, CalleeState.SUBMITTING)
        allowed = before is state or ((before, state) in MOVES and not waiting)
        try:
            found = self.ledger.change(name, state, now=self.now)
        except LedgerError:
            claim(not allowed, f"{before} did not become {state}")
            return
        claim(allowed and found is state, f"{before} became {found}")
        self.states[name] = state
        if state is CampaignState.CANCELED and before is not state:
            self._cancel(name)

    @rule(name=st.sampled_from(_NAMES), most=_MOST, spared=_PLACES, said=_SAID, wait=st.integers(0, 3))
    def claimed_and_settled(self, name: str, most: int | None, spared: set[int], said: list[Status], wait: int) -> None:
        before = len(self.claims)
        self.claimed(name, most, spared)
        if len(self.claims) > before:
            self.settled(before, said, wait)

    @rule(name=st.sampled_from(_NAMES), most=_MOST, spared=_PLACES)
    def claimed(self, name: str, most: int | None, spared: set[int]) -> None:
        spare = {callee for at, callee in enumerate(self.model[name]) if at in spared}
        running = self.states[name] is CampaignState.RUNNING
        pending = self._in(name, CalleeState.PENDING) if running else []
        due = [callee for callee in pending if self.model[name][callee].due <= self.now]
        found = maybe(self.ledger, now=self.now, most=most, spare=spare, name=name)
        for result in self.ledger.results(name):  # which of them it looked at is the ledger's to choose
            if result.state is CalleeState.SUPPRESSED and result.callee in due:
                claim(result.callee in spare, "somebody was suppressed whom nobody named")
                self.model[name][result.callee].state = CalleeState.SUPPRESSED
        left = [callee for callee in due if callee not in spare]
        if found is None:
            claim(not left, "nothing was claimed, though somebody was due")
            return
        claim(0 < len(found.callees) <= (most or 99), f"claimed were {len(found.callees)} callees of at most {most}")
        ordered = [callee for callee in left if callee in found.callees]
        claim(ordered == list(found.callees), "claimed were others, or out of order")
        for callee in found.callees:
            one = self.model[name][callee]
            claim(found.attempt == one.attempts + 1, f"attempt {found.attempt} follows attempt {one.attempts}")
            one.state, one.attempts, one.time = CalleeState.SUBMITTING, found.attempt, self.now
        self.claims.append((name, found))

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 99), said=_SAID, wait=st.integers(0, 3))
    def settled(self, which: int, said: list[Status], wait: int) -> None:
        name, claimed = self.claims.pop(which % len(self.claims))
        due = self.now + wait
        settle(self.ledger, claimed, *said, now=self.now, not_before=due)
        each = [*said, *[said[-1]] * len(claimed.callees)]
        for callee, status in zip(claimed.callees, each, strict=False):
            one = self.model[name][callee]
            one.state, one.time = _AFTER[status], self.now
            if one.state is CalleeState.PENDING:
                one.due = due
                if self.states[name] is CampaignState.CANCELED:
                    one.state = CalleeState.CANCELED

    @rule(name=st.sampled_from(_NAMES), unlikely=_UNLIKELY)
    def expired(self, name: str, unlikely: bool) -> None:
        if not unlikely:
            return
        claim(self.ledger.expire(name, now=self.now) == self._cancel(name), "others expired than were pending")

    @rule(name=st.sampled_from(_NAMES), decision=_DECISIONS, chosen=_PLACES, stray=st.booleans())
    def decided(self, name: str, decision: Decision, chosen: set[int], stray: bool) -> None:
        doubted = self._in(name, CalleeState.IN_DOUBT)
        picked = [callee for at, callee in enumerate(doubted) if at in chosen]
        others = [callee for callee in self.model[name] if callee not in doubted]
        asked = picked + (others[:1] if stray else [])
        if not asked:
            return
        allowed = asked == picked and (decision != "released" or self.states[name] is not CampaignState.CANCELED)
        try:
            moved = self.ledger.resolve(name, decision, callees=asked, who="w", why="y", now=self.now)
        except LedgerError:
            claim(not allowed, f"{decision} was refused")
            return
        claim(allowed, f"{decision} was done to who is not in doubt, or of a canceled campaign")
        claim(moved == (0 if decision == "held" else len(picked)), f"{decision} moved {moved}")
        self._decided(name, decision, picked)

    @rule(name=st.sampled_from(_NAMES), decision=_DECISIONS, which=st.integers(0, 9))
    def decided_of_a_batch(self, name: str, decision: Decision, which: int) -> None:
        doubts = self.ledger.doubts(name)
        if not doubts or (decision == "released" and self.states[name] is CampaignState.CANCELED):
            return
        doubt = doubts[which % len(doubts)]
        before = set(self._in(name, CalleeState.IN_DOUBT))
        moved = self.ledger.resolve(name, decision, batch=doubt.batch, who="w", why="y", now=self.now)
        claim(moved == (0 if decision == "held" else doubt.callees), f"{decision} moved {moved}")
        left = {result.callee for result in self.ledger.results(name) if result.state is CalleeState.IN_DOUBT}
        claim(left <= before, "somebody is in doubt who was not")
        self._decided(name, decision, sorted(before - left))

    @rule(name=st.sampled_from(_NAMES), chosen=_PLACES)
    def found(self, name: str, chosen: set[int]) -> None:
        told = [(doubt.batch, callee) for doubt, some in self.ledger.doubted(name) for callee in some]
        picked = [each for at, each in enumerate(told) if at in chosen]
        evidence = [Placed(batch, callee, "vendor", name + callee, self.now) for batch, callee in picked]
        claim(self.ledger.place(name, evidence, now=self.now) == len(picked), "others were placed than were found")
        self._decided(name, "placed", [callee for _, callee in picked])

    @rule(seconds=st.integers(0, 3))
    def waited(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def crashed(self) -> None:
        self.ledger.flush()  # what is not durable may be in doubt as well; that is no history with one outcome
        self.ledger = self.stand.crashed(self.ledger)
        lost = self.ledger.own()
        self.claims.clear()
        submitting = sum(len(self._in(name, CalleeState.SUBMITTING)) for name in self.model)
        left = sum(doubt.callees for doubt in lost)
        claim(left == submitting, f"the crash left {left} in doubt, and {submitting} were submitting")
        for callees in self.model.values():
            for one in callees.values():
                if one.state is CalleeState.SUBMITTING:
                    one.state = CalleeState.IN_DOUBT

    @invariant()
    def stands_as_the_model_says(self) -> None:
        claim(set(self.ledger.names()) == self.model.keys(), "there are other campaigns than were planned")
        for name, callees in self.model.items():
            record = self.ledger.record(name)
            claim(record.state is self.states[name], f"the campaign is {record.state}, not {self.states[name]}")
            states = [one.state.value for one in callees.values()]
            expected = Counts(*map(states.count, Counts._fields))
            claim(record.counts == expected, f"the counts are {record.counts}, not {expected}")
            self._is_told(name, callees)
            due = [one.due for one in callees.values() if one.state is CalleeState.PENDING]
            claim(self.ledger.next_due(name) == min(due, default=None), f"due is {self.ledger.next_due(name)} of {due}")
            doubted = sum(doubt.callees for doubt in self.ledger.doubts(name))
            claim(doubted == expected.in_doubt, f"{doubted} callees are told to be in doubt")

    def _is_told(self, name: str, callees: "dict[str, Callee]") -> None:
        results = list(self.ledger.results(name))
        claim([one.callee for one in results] == list(callees), "the results are not each callee once, in order")
        for result in results:
            one = callees[result.callee]
            heard = (ACCOUNT, one.attempts, one.time) if one.state in _HEARD else (None, 0, None)
            claim((result.state, *result[5:]) == (one.state, *heard), f"{tuple(result)} is told of {one}")

    def _in(self, name: str, *states: CalleeState) -> list[str]:
        return [callee for callee, one in self.model[name].items() if one.state in states]

    def _cancel(self, name: str) -> int:
        waiting = self._in(name, CalleeState.PENDING)
        for callee in waiting:
            self.model[name][callee].state = CalleeState.CANCELED
        return len(waiting)

    def _decided(self, name: str, decision: Decision, picked: list[str]) -> None:
        for callee in picked:
            one = self.model[name][callee]
            one.state = _DECIDED[decision]
            if decision == "released":
                one.due = 0.0
                if self.states[name] is CampaignState.COMPLETED:
                    self.states[name] = CampaignState.PAUSED


def any_history_stands_where_the_model_says(stand: Stand) -> None:
    """Plan, move, claim, settle, expire, decide and crash in any order: each count, each result, nobody twice."""
    machine = type("Histories", (Histories,), {"stand": stand})
    try:
        run_state_machine_as_test(machine, settings=stand.patient(share=5))
    finally:
        stand.close()


LAWS = (any_history_stands_where_the_model_says,)
