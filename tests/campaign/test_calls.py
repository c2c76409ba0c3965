"""What is told of a call, and how tellings become one whatever their order."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub.campaign import Call, CalleeState, CampaignState, Counts, merge
from voicehub.campaign._ledger.contract import Attempted, Placed, Record, Result
from voicehub.receipt import CallState
from voicehub.records import CallRecord
from voicehub.testing._ledger.calls import _TELLINGS

AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
OVER = [CallState.CANCELED, CallState.FAILED, CallState.REJECTED, CallState.NO_ANSWER, CallState.BUSY]
STEPS = [CallState.UNKNOWN, CallState.QUEUED, CallState.RINGING, CallState.ANSWERED, *OVER, CallState.COMPLETED]


def told(state: CallState = CallState.COMPLETED, **others: Any) -> Call:
    return Call("vendor", "one", state)._replace(**others)


@given(_TELLINGS, _TELLINGS, _TELLINGS)
def test_it_is_a_join(one: Call, two: Call, three: Call) -> None:
    assert merge(one, one) == one
    assert repr(tuple(merge(one, two))) == repr(tuple(merge(two, one)))
    assert repr(tuple(merge(merge(one, two), three))) == repr(tuple(merge(one, merge(two, three))))


@given(_TELLINGS, _TELLINGS)
def test_nothing_goes_backwards_and_what_was_told_stays_told(one: Call, two: Call) -> None:
    both = merge(one, two)
    assert STEPS.index(both.state) >= min(STEPS.index(one.state), STEPS.index(two.state))
    assert merge(both, one) == both
    for name in ("callee", "reference", "submitted", "answered", "call_seconds", "cost", "pressed_key"):
        known = {getattr(each, name) for each in (one, two)}
        assert getattr(both, name) in (known - {None} or {None})


@given(st.lists(_TELLINGS, min_size=2, max_size=4))
def test_a_call_that_is_over_is_over(all_told: list[Call]) -> None:
    over = any(each.state in STEPS[4:] for each in all_told)
    for order in permutations(all_told):
        known = order[0]
        for each in order[1:]:
            known = merge(known, each)
        assert (known.state in STEPS[4:]) is over


def test_states_go_forwards_in_one_order() -> None:
    for earlier, later in pairwise(STEPS):
        assert merge(told(later), told(earlier)).state is later
    assert set(STEPS) == set(CallState)


def test_the_later_hang_up_wins_over_the_further_state() -> None:
    """A vendor that calls again hangs up again: not answered then, or answered at last."""
    first, again = told(ended=10.0, code="200"), told(CallState.NO_ANSWER, ended=20.0, code="487")
    assert merge(first, again) == again == merge(again, first)
    assert merge(first, told(CallState.RINGING, ended=99.0)) == first, "nobody hangs up while it rings"


def test_what_one_telling_lacks_the_other_fills_in() -> None:
    early = told(CallState.RINGING, callee="+93200000001", submitted=1.0)
    late = told(call_seconds=9, cost=Decimal("0.10"), currency="EUR", ended=9.0)
    both = merge(early, late)
    assert both == late._replace(callee="+93200000001", submitted=1.0)
    assert merge(both, told(cost=Decimal("0.20"), currency="USD")).currency == "USD", "an amount keeps its currency"


def test_verified_is_only_what_is_so_wholly() -> None:
    asked = told(verified=True)
    assert merge(asked, asked).verified
    assert not merge(asked, told(CallState.RINGING)).verified
    assert not merge(told(CallState.RINGING), asked).verified


def test_two_calls_are_not_one() -> None:
    for other in (told(call_id="two"), told(account="other")):
        with pytest.raises(ValueError, match="two calls do not merge"):
            merge(told(), other)


def test_of_a_record() -> None:
    record = CallRecord(
        call_id="one",
        state=CallState.COMPLETED,
        callee="+93200000001",
        submitted_at=AT,
        ended_at=AT,
        call_seconds=7,
        cost=Decimal("0.05"),
        currency="EUR",
        reference="order 42",
    )
    call = Call.of("vendor", record, verified=True)
    seconds = AT.timestamp()
    assert call == told(
        callee="+93200000001",
        reference="order 42",
        submitted=seconds,
        ended=seconds,
        call_seconds=7,
        cost=Decimal("0.05"),
        currency="EUR",
        verified=True,
    )
    assert "93200000001" not in repr(call)
    assert "order" not in repr(call)


def test_no_record_of_a_ledger_shows_a_number_or_what_was_said() -> None:
    result = Result("+93200000001", CalleeState.ACCEPTED, "id-93200000001", "0", "to 93200000001", "a", 1, 2.0)
    record = Record(
        "c", CampaignState.PLANNED, Counts(), {"announcement": {"reference": "order 42"}}, b"93200000001", 1
    )
    for shown in map(
        repr, (result, Attempted("c", 1, None, [result]), Placed(0, "+93200000001", "p", "id", 1), record)
    ):
        assert "9320000" not in shown
        assert "order" not in shown
    assert "+*********01" in repr(result)


@pytest.mark.parametrize("seconds", [-1, 2**63])
@pytest.mark.parametrize("cost", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
def test_what_no_ledger_could_keep_is_left_out(seconds: int, cost: Decimal) -> None:
    record = CallRecord(call_id="\ud800", state=CallState.BUSY, call_seconds=seconds, cost=cost, reason="\udc00!")
    assert Call.of("vendor", record, verified=False) == told(CallState.BUSY, call_id="?", reason="?!")
