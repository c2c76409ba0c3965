"""What is evidence: the callee, the reference and the time, and a call that can be nobody else's."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub.campaign import Attempted, Call, CalleeState, Doubt, Result
from voicehub.campaign._doubts.matching import (
    LONGEST,
    SLACK,
    Doubted,
    Found,
    Window,
    candidates,
    decide,
    of_doubt,
    spans,
    window_of,
)
from voicehub.receipt import CallState

ANN, BEN = "+93200000001", "+93200000002"
BEGAN, ENDED = 10_000.0, 10_030.0
IN_DOUBT, ACCEPTED, SUBMITTING = CalleeState.IN_DOUBT, CalleeState.ACCEPTED, CalleeState.SUBMITTING


def doubted(*callees: str, ended: float | None = ENDED, attempt: int = 1) -> list[Doubted]:
    return list(of_doubt(Doubt(7, attempt, "alerts", BEGAN, len(callees), None, ended), callees))


def call(call_id: str = "one", callee: str | None = ANN, submitted: float | None = 10_001.0) -> Call:
    return Call("alerts", call_id, CallState.BUSY, callee=callee, reference="order 42", submitted=submitted)


def attempted(
    state: CalleeState, call_id: str | None = None, campaign: str = "other", callee: str = ANN, **times: Any
) -> Attempted:
    result = Result(callee, state, call_id, None, None, times.get("account", "alerts"), 1, BEGAN)
    return Attempted(campaign, times.get("began", BEGAN), times.get("ended", ENDED), [result])


def found(calls: Sequence[Call], *others: Attempted, doubts: Sequence[Doubted] = ()) -> Found:
    doubts = doubts or doubted(ANN)
    return decide(doubts, candidates(doubts, calls), [attempted(IN_DOUBT, campaign="own"), *others], "other".__eq__)


def test_a_call_of_the_right_callee_and_time_is_found() -> None:
    (placed,) = found([call()]).placed
    assert placed == (7, ANN, "alerts", "one", 10_001.0)


@pytest.mark.parametrize(
    "strange",
    [
        call(callee=BEN),
        call(callee=None),
        call(submitted=None),
        call(submitted=BEGAN - SLACK - 1),
        call(submitted=ENDED + SLACK + 1),
    ],
    ids=["another callee", "no callee", "no time", "too early", "too late"],
)
def test_what_does_not_fit_is_no_evidence(strange: Call) -> None:
    """Callee alone is none: they may have been phoned yesterday, or by somebody else."""
    assert found([strange]) == ([], {})


def test_the_times_are_those_of_the_attempt_and_five_minutes() -> None:
    assert window_of(BEGAN, ENDED) == (BEGAN - 300, ENDED + 300)
    assert window_of(BEGAN, None) == (BEGAN - 300, BEGAN + LONGEST + 300), "a run that died had one request's time"
    assert window_of(BEGAN, BEGAN - 3600) == window_of(BEGAN, None), "the clock was set back meanwhile"
    for moment in window_of(BEGAN, ENDED):
        assert found([call(submitted=moment)]).placed


def test_a_call_that_is_accepted_anywhere_is_no_evidence() -> None:
    for campaign in ("own", "other", "a third"):
        taken = attempted(ACCEPTED, "one", campaign=campaign, callee=BEN)
        assert found([call()], taken) == ([], {})
        assert [one.call_id for one in found([call(), call("two")], taken).placed] == ["two"]


def test_an_id_is_of_one_call_in_its_account_alone() -> None:
    """Vendors whose ids are serial count alike in each account; only the same callee's is one call at both."""
    elsewhere = {"account": "backup", "campaign": "a third"}
    assert found([call()], attempted(ACCEPTED, "one", callee=BEN, **elsewhere)).placed, "another account's first call"
    assert found([call()], attempted(ACCEPTED, "one", **elsewhere)) == ([], {}), "one vendor's account by two names"


@pytest.mark.parametrize("rival", [attempted(IN_DOUBT), attempted(ACCEPTED), attempted(IN_DOUBT, ended=None)])
def test_fewer_calls_than_doubts_move_nobody(rival: Attempted) -> None:
    """Another campaign, the same callee and reference, the same time: one call may be of either."""
    assert found([call()], rival) == ([], {7: 1})
    assert len(found([call(), call("two")], rival).placed) == 1
    assert found([call(), call("two")], rival, attempted(IN_DOUBT)) == ([], {7: 1})
    assert found([], rival) == ([], {}), "of whom nothing is told, nothing is unclear"


@pytest.mark.parametrize(
    "other",
    [
        attempted(IN_DOUBT, campaign="a third"),
        attempted(IN_DOUBT, callee=BEN),
        attempted(IN_DOUBT, began=BEGAN + 2 * SLACK + 31, ended=ENDED + 2 * SLACK + 31),
        attempted(IN_DOUBT, began=BEGAN - 2 * SLACK - 31, ended=ENDED - 2 * SLACK - 31),
        attempted(ACCEPTED, "elsewhere"),
    ],
    ids=["another reference", "another callee", "later", "earlier", "has its call"],
)
def test_who_cannot_be_meant_is_no_rival(other: Attempted) -> None:
    assert len(found([call()], other).placed) == 1


def test_while_somebody_is_submitting_nobody_can_tell() -> None:
    """However many calls there are, and whenever it began: its own call is not known yet."""
    submitting = attempted(SUBMITTING, began=BEGAN - 9999, ended=None)
    assert found([call("one"), call("two"), call("three")], submitting) == ([], {7: 1})


def test_one_call_settles_one_doubt() -> None:
    """Of vendors whose id is that of a request, not of a call, nobody can tell whose it is."""
    doubts = doubted(ANN, BEN)
    placed = found([call(), call(callee=BEN)], doubts=doubts).placed
    assert [one.callee for one in placed] == [ANN]


@pytest.mark.parametrize("attempt", [1, 2])
def test_of_several_calls_it_is_the_nearest(attempt: int) -> None:
    """Released and phoned again: the call of the first attempt fits the window of the second one, too."""
    calls = [call("far", submitted=BEGAN - 69), call("near", submitted=BEGAN + 2), call("late", submitted=BEGAN + 40)]
    for order in (calls, calls[::-1]):
        assert [one.call_id for one in found(order, doubts=doubted(ANN, attempt=attempt)).placed] == ["near"]


def test_a_call_before_a_later_attempt_may_be_of_an_earlier_one() -> None:
    early, near, again = call("early", submitted=BEGAN - 69), call("near"), doubted(ANN, attempt=2)
    assert [one.call_id for one in found([early]).placed] == ["early"]
    assert found([early], doubts=again) == ([], {7: 1})
    assert found([early, near], attempted(IN_DOUBT), doubts=again) == ([], {7: 1}), "one call, and two it may be of"
    assert len(found([early, near, call("two")], attempted(IN_DOUBT), doubts=again).placed) == 1
    assert found([call(submitted=BEGAN - 1)], doubts=again).placed, "vendors that note whole seconds"


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 5000)), max_size=20))
def test_spans_hold_every_window_in_order_and_apart(pairs: list[tuple[int, int]]) -> None:
    windows = [Window(float(since), float(since + length)) for since, length in pairs]
    held = list(spans(windows))
    assert all(any(one.since <= each.since and each.until <= one.until for one in held) for each in windows)
    assert all(one.until < other.since for one, other in pairwise(held))
    assert all(any(each.meets(one) for each in windows) for one in held)
