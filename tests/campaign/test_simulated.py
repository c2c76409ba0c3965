"""Histories of campaigns, and bugs planted in them: each has to be seen."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.campaign import sim_vendor, simulation
from tests.campaign.memory import MemoryLedger
from tests.campaign.memory_store import PENDING, SUBMITTING, Batch, Callee
from tests.campaign.sim_life import REFUSED
from tests.campaign.sim_vendor import Vendors
from tests.campaign.simulation import History
from voicehub import InDoubt, MessageError
from voicehub.campaign import CalleeState
from voicehub.campaign._run import caps, governor, run, slot
from voicehub.campaign._run.caps import Go
from voicehub.campaign._run.governor import Ending
from voicehub.campaign._run.row import Row
from voicehub.campaign._run.slot import Came, Send, Steps, Verdict, Wait
from voicehub.client import NeverLeft

SEEDS = st.integers(0, 2**32)
HISTORIES = 200
ENOUGH = 600  # histories in which a planted bug must show
HAPPENS = {
    *("crash", "disk full", "loss of power", "doubt found", "placed", "held", "released", "told late"),
    *("AccountStopped", "AccountPaused", "Moved", "Canceled"),
    *("done", "the cap", "it was stopped", "the campaign was pau", "the campaign was can"),
}


@pytest.fixture(autouse=True, scope="module")
def _small_campaigns() -> Iterator[None]:
    """Nobody here has the callees that a ramp has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(governor, "REFUSED_IN_A_ROW", REFUSED)
        yield


@given(seed=SEEDS)
@example(seed=6)  # a pace as long as the time between two looks at the ledger
@example(seed=103545)  # it became too late while a number was refused
@example(seed=147)  # somebody was released while the run ended
@settings(max_examples=HISTORIES, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_whatever_happens_nobody_is_phoned_twice_forgotten_or_recorded_wrong(seed: int) -> None:
    History(seed).play()


@given(seed=SEEDS)
@settings(max_examples=HISTORIES // 4, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_amid_a_run_the_vendors_fall_silent(seed: int) -> None:
    History(seed, outages=True).play()


def test_all_that_can_happen_does_happen() -> None:
    seen: Counter[str] = Counter()
    for seed in range(100):
        history = History(seed)
        history.play()
        seen += history.seen
    assert not HAPPENS - seen.keys()


@pytest.mark.parametrize("status", [400, 302])
def test_what_is_refused_again_and_again_stops_the_account(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _only_refusals(monkeypatch)
    monkeypatch.setitem(sim_vendor._STATUS, "400", status)
    seen: Counter[str] = Counter()
    for seed in range(50):
        history = History(seed)
        history.play()
        seen += history.seen
    assert seen["AccountStopped"] > seen["Moved"] > 0


def _late_intent(run: Any, number: int) -> Steps:
    """The slot with two lines in the wrong order: it sends, and then records that it is going to."""
    while (turn := run.turn(number)) is not None:
        if isinstance(turn, Wait):
            yield turn
            continue
        rows = [row.callee for row in run._ledger.results(run.name) if row.state is CalleeState.PENDING]
        sent = tuple(rows[:1])
        came = (yield Send(turn.account, sent)) if sent else None
        claim = run.claim(turn)
        if claim is not None:
            run.settle(turn, claim, slot.judge(claim.callees, came if claim.callees == sent else None))


def _safe_if(proves: Callable[[str], bool]) -> Callable[..., Verdict]:
    judge = slot.judge

    def mutant(callees: Any, came: Came) -> Verdict:
        verdict = judge(callees, came)
        if isinstance(came, InDoubt) and proves(str(came)):
            return Verdict(slot._put_back(callees), Ending.THROTTLED, verdict.why)
        return verdict

    return mutant


def _recovers_to_pending(ledger: MemoryLedger) -> Any:
    ledger._store.owner = ledger
    for campaign in ledger._store.campaigns.values():
        for callee in campaign.callees:
            callee.state = PENDING if callee.state is SUBMITTING else callee.state
    return []


def _claims_what_is_submitting(batch: Batch, state: CalleeState) -> list[Callee]:
    states = (PENDING, SUBMITTING) if state is PENDING else (state,)
    return [callee for callee in batch.callees if callee.state in states]


def _overlooked(*_: object) -> None:
    """Whoever is released is phoned."""


def _unexpected_is_safe(callees: Any, came: Came) -> Verdict:
    if isinstance(came, ValueError) and not isinstance(came, MessageError):
        return Verdict(slot._put_back(callees), Ending.THROTTLED, "a bug")
    return JUDGE(callees, came)


def _only_refusals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(simulation, "FATES", {"400": False})


def _refusals_are_not_counted(patch: pytest.MonkeyPatch) -> None:
    _only_refusals(patch)
    patch.setattr(governor.Governor, "_count_refusal", lambda governor, ticket, callees, why: None)


def _an_earlier_request_ends_a_row(patch: pytest.MonkeyPatch) -> None:
    def part(row: Row, _: int) -> None:
        row.batches = row.callees = 0

    patch.setattr(Row, "part", part)


JUDGE = slot.judge
TWICE, WRONG, LATE = "phoned twice", "recorded as if not", "phoned too late"
#: Each bug, and what the judge says of it.
MUTANTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "intent after send": (f"{TWICE}|{WRONG}", lambda patch: patch.setattr(slot, "slot", _late_intent)),
    "5xx judged safe": (
        f"{TWICE}|{WRONG}",
        lambda patch: patch.setattr(slot, "judge", _safe_if(lambda told: "HTTP 502" in told)),
    ),
    "reset after write judged safe": (f"{TWICE}|{WRONG}", lambda patch: patch.setattr(Vendors, "reset", NeverLeft)),
    "doubt goes to the next account": (
        f"{TWICE}|{WRONG}",
        lambda patch: patch.setattr(slot, "judge", _safe_if(lambda told: True)),
    ),
    "an unexpected error put back": (
        f"{TWICE}|{WRONG}",
        lambda patch: patch.setattr(slot, "judge", _unexpected_is_safe),
    ),
    "recover to pending": (f"{TWICE}|{WRONG}", lambda patch: patch.setattr(MemoryLedger, "own", _recovers_to_pending)),
    "compare-and-set dropped": (TWICE, lambda patch: patch.setattr(Batch, "having", _claims_what_is_submitting)),
    "a call told of late is overlooked": (TWICE, lambda patch: patch.setattr(MemoryLedger, "_told_late", _overlooked)),
    "breaker off": ("the breaker let too many", lambda patch: patch.setattr(governor, "DOUBTS_IN_A_ROW", 10**9)),
    "an earlier request ends a row": ("the breaker let too many", _an_earlier_request_ends_a_row),
    "refusals are not counted": ("the breaker let too many be refused", _refusals_are_not_counted),
    "a slow disk is not noticed": (
        LATE,
        lambda patch: patch.setattr(run.Run, "objection", lambda run, turn: None),
    ),
    "the caps are forgotten": (
        "the cap on .* was exceeded",
        lambda patch: patch.setattr(caps.Caps, "admit", lambda caps, most: Go(most)),
    ),
}


OUTAGES = {"an earlier request ends a row"}  #: what shows only there, for many have to be in flight when it begins


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verdict, plant = MUTANTS[name]
    plant(monkeypatch)
    for seed in range(ENOUGH):
        try:
            History(seed, outages=name in OUTAGES).play()
        except AssertionError as error:
            if re.search(verdict, str(error)):
                return
    pytest.fail(f"{name}: not seen in {ENOUGH} histories")
