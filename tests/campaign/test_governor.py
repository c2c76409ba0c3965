"""The governor of an account, alone and on a clock of the test's."""

from typing import Any, cast

import pytest

from voicehub.campaign._run.caps import Caps, Go, Halt, Hold
from voicehub.campaign._run.governor import Ending, Governor, Ticket


def governor(**options: Any) -> Governor:
    return Governor(**{"most": 1000, "ramp": False, **options})


def admitted(one: Governor, now: float = 0.0) -> Ticket:
    ticket = one.admit(now)
    assert isinstance(ticket, Ticket), ticket
    return ticket


def went(one: Governor, ending: Ending = Ending.ANSWERED, now: float = 0.0, callees: int = 1, **what: Any) -> float:
    """One batch from its admission to its end, in no time."""
    ticket = admitted(one, now)
    one.begin(ticket, callees)
    return one.end(ticket, ending, now, **what)


def test_an_account_begins_with_1_then_10_then_50_then_what_the_vendor_takes() -> None:
    one = governor(ramp=True)
    sizes = []
    for _ in range(5):
        ticket = admitted(one)
        sizes.append(ticket.most)
        one.begin(ticket, 1)
        one.end(ticket, Ending.ANSWERED, 0.0)
    assert sizes == [1, 10, 50, 1000, 1000]


def test_the_ramp_never_goes_beyond_the_vendors_limit_and_ends_without_one() -> None:
    small, boundless = governor(ramp=True, most=5), governor(ramp=True, most=None)
    sizes = []
    for one in (small, boundless):
        for _ in range(4):
            sizes.append(admitted(one).most)
            one.end(Ticket(0.0, None), Ending.ANSWERED, 0.0)
            one.flying = 0
    assert sizes == [1, 5, 5, 5, 1, 10, 50, None]


@pytest.mark.parametrize("ending", [Ending.DOUBT, Ending.THROTTLED, Ending.UNSENT])
def test_a_step_of_the_ramp_counts_only_if_it_was_answered(ending: Ending) -> None:
    one = governor(ramp=True)
    went(one, ending)
    assert admitted(one, 60.0).most == 1


def test_in_the_ramp_one_request_is_in_flight() -> None:
    one = governor(ramp=True)
    ticket = admitted(one)
    one.begin(ticket, 1)
    assert one.admit(100.0) == Hold(None)
    one.end(ticket, Ending.ANSWERED, 100.0)
    assert admitted(one, 100.0).most == 10


def test_so_many_are_in_flight_as_there_are_slots() -> None:
    one = governor(slots=2)
    first, _ = admitted(one), admitted(one)
    assert one.admit(0.0) == Hold(None)
    one.give_back(first)
    admitted(one)


def test_three_doubts_in_a_row_stop_the_account() -> None:
    one = governor()
    for ending in (Ending.DOUBT, Ending.DOUBT, Ending.ANSWERED, Ending.DOUBT, Ending.DOUBT):
        went(one, ending)
    assert isinstance(one.admit(0.0), Ticket)
    went(one, Ending.DOUBT, why="HTTP 502")
    assert one.admit(1e9) == Halt("3 batches in doubt in a row; the last: HTTP 502")


def begun(one: Governor, count: int) -> list[Ticket]:
    """So many batches in flight, in the order of their beginning."""
    tickets = [admitted(one) for _ in range(count)]
    for ticket in tickets:
        one.begin(ticket, 50)
    return tickets


@pytest.mark.parametrize("answer", [Ending.ANSWERED, Ending.REFUSED])
def test_an_answer_to_an_earlier_request_hides_no_doubt(answer: Ending) -> None:
    """Earlier than one of the doubts, in whatever order these are heard of."""
    one = governor(slots=4)
    first, between, second, third = begun(one, 4)
    one.end(second, Ending.DOUBT, 1.0)
    one.end(first, Ending.DOUBT, 1.0)
    one.end(between, answer, 1.0, called=50)
    assert one.why is None
    one.end(third, Ending.DOUBT, 1.0)
    assert one.why is not None


@pytest.mark.parametrize("answer", [Ending.ANSWERED, Ending.REFUSED])
def test_an_answer_to_a_later_request_ends_the_row_though_it_began_before_the_doubts_were_heard_of(
    answer: Ending,
) -> None:
    one = governor(slots=4)
    first, second, third, later = begun(one, 4)
    one.end(second, Ending.DOUBT, 1.0)
    one.end(first, Ending.DOUBT, 1.0)
    one.end(later, answer, 1.0, called=50)
    one.end(third, Ending.DOUBT, 1.0)
    assert one.why is None


def test_doubts_from_before_a_request_that_was_answered_stop_nothing_when_they_come_at_last() -> None:
    one = governor(slots=9)
    late, (answered,) = begun(one, 3), begun(one, 1)
    one.end(answered, Ending.ANSWERED, 1.0, called=50)
    for ticket in late:
        one.end(ticket, Ending.DOUBT, 60.0)
    assert one.why is None
    for ticket in begun(one, 3):
        one.end(ticket, Ending.DOUBT, 120.0)
    assert one.why is not None


def test_the_order_of_beginning_counts_and_not_that_of_admission() -> None:
    """Between the two the intent goes to the disk, which may take long."""
    one = governor(slots=4)
    slow, first, second, third = [admitted(one) for _ in range(4)]
    for ticket in (first, second, slow, third):
        one.begin(ticket, 1)
    one.end(first, Ending.DOUBT, 1.0)
    one.end(second, Ending.DOUBT, 1.0)
    one.end(slow, Ending.ANSWERED, 1.0)
    one.end(third, Ending.DOUBT, 1.0)
    assert one.why is None


def test_an_answer_to_an_earlier_request_hides_no_refusal() -> None:
    one = governor(slots=4)
    early, *fallen = begun(one, 4)
    one.end(fallen[0], Ending.REFUSED, 1.0, called=50)
    one.end(fallen[1], Ending.REFUSED, 1.0, called=50)
    one.end(early, Ending.ANSWERED, 1.0, called=50)
    one.end(fallen[2], Ending.REFUSED, 1.0, called=50)
    assert one.why is not None


@pytest.mark.parametrize("between", [Ending.THROTTLED, Ending.UNSENT])
def test_what_never_reached_a_phone_does_not_part_doubts(between: Ending) -> None:
    one = governor()
    for turn, ending in enumerate((Ending.DOUBT, between, Ending.DOUBT, between, Ending.DOUBT)):
        went(one, ending, turn * 100.0)
    assert one.why is not None


def refuse(one: Governor, *sizes: int) -> None:
    for size in sizes:
        went(one, Ending.REFUSED, callees=size, called=size, why="request (code -22, no such file)")


def test_whole_requests_refused_in_a_row_stop_the_account_when_the_ramp_is_over() -> None:
    one = governor(ramp=True)
    refuse(one, 1, 10)
    assert admitted(one).most == 50
    one.flying = 0
    refuse(one, 50)
    assert one.why == "3 requests in a row refused whole; the last: request (code -22, no such file)"


def test_a_refusal_of_one_callee_may_be_about_that_one() -> None:
    one = governor(most=1)
    refuse(one, *[1] * 60)
    assert isinstance(admitted(one), Ticket)
    one.flying = 0
    refuse(one, 1)
    assert one.why is not None
    assert one.why.startswith("61 requests in a row refused whole")


def test_two_refusals_are_no_row_however_many_callees_they_have() -> None:
    one = governor()
    refuse(one, 1000, 1000)
    assert one.why is None


def test_an_answer_that_takes_anybody_ends_the_row_of_refusals() -> None:
    one = governor()
    refuse(one, 500, 500)
    went(one, Ending.ANSWERED, callees=500, called=500)
    refuse(one, 500, 500)
    assert one.why is None


@pytest.mark.parametrize("between", [Ending.THROTTLED, Ending.UNSENT, Ending.UNASKED, Ending.DOUBT])
def test_what_takes_nobody_does_not_part_refusals(between: Ending) -> None:
    one = governor()
    for turn, ending in enumerate((Ending.REFUSED, between, Ending.REFUSED, between, Ending.REFUSED)):
        went(one, ending, turn * 100.0, callees=50, called=50 * (ending is Ending.REFUSED))
    assert one.why is not None


def test_what_strikes_the_next_batch_too_stops_at_once_and_the_first_reason_stays() -> None:
    one = governor()
    first, second = admitted(one), admitted(one)
    one.end(first, Ending.STOPPED, 0.0, why="auth (code -1)")
    one.end(second, Ending.STOPPED, 0.0, why="something else")
    assert one.why == "auth (code -1)"


def test_throttled_rests_1_second_and_twice_as_long_each_time_up_to_a_minute() -> None:
    one, now, rests = governor(), 0.0, []
    for _ in range(9):
        rests.append(went(one, Ending.THROTTLED, now))
        assert one.admit(now) == Hold(rests[-1])
        now += rests[-1]
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert one.why is None
    went(one, Ending.ANSWERED, now)
    assert went(one, Ending.THROTTLED, now) == 1


def test_five_times_nothing_left_is_unreachable() -> None:
    one, now, rests = governor(), 0.0, []
    for _ in range(4):
        rests.append(went(one, Ending.UNSENT, now, why="connection refused"))
        now += rests[-1]
    assert rests == [0.5, 1, 2, 4]
    went(one, Ending.UNSENT, now, why="connection refused")
    assert one.why == "unreachable: 5 times in a row nothing could be sent; the last: connection refused"


@pytest.mark.parametrize("ending", [Ending.ANSWERED, Ending.DOUBT])
def test_whatever_left_shows_that_the_account_can_be_reached(ending: Ending) -> None:
    one = governor()
    for turn in range(4):
        went(one, Ending.UNSENT, turn * 100.0)
    went(one, ending, 400.0)
    assert went(one, Ending.UNSENT, 500.0) == 0.5


@pytest.mark.parametrize("ending", [Ending.THROTTLED, Ending.UNSENT])
def test_of_those_that_flew_together_one_counts(ending: Ending) -> None:
    one = governor()
    tickets = [admitted(one) for _ in range(16)]
    rests = [one.end(ticket, ending, 0.1) for ticket in tickets]
    assert sorted(map(bool, rests)) == [False] * 15 + [True]
    assert one.why is None


@pytest.mark.parametrize("ending", [Ending.THROTTLED, Ending.UNSENT])
def test_after_a_rest_one_request_shows_the_way(ending: Ending) -> None:
    one = governor()
    went(one, ending)
    ticket = admitted(one, 10.0)
    assert one.admit(10.0) == Hold(None)
    one.end(ticket, Ending.ANSWERED, 10.0)
    admitted(one, 10.0)
    admitted(one, 10.0)


def test_a_pace_keeps_requests_and_calls_apart() -> None:
    one = governor(requests_per_second=10.0, calls_per_second=1000.0)
    ticket = admitted(one)
    assert one.admit(5.0) == Hold(None)  # what is admitted and not begun has no size yet
    one.begin(ticket, 500)
    assert one.admit(0.0) == Hold(0.5)
    ticket = admitted(one, 0.5)
    one.begin(ticket, 1)
    held = one.admit(0.5)
    assert isinstance(held, Hold)
    assert held.seconds == pytest.approx(0.1)


def test_a_ticket_given_back_costs_nothing() -> None:
    caps = Caps(calls=10, requests=1, doubts=10)
    one = governor(requests_per_second=1.0, caps=caps)
    one.give_back(admitted(one))
    assert admitted(one).most == 10
    assert (caps.called, caps.requested, caps.doubted) == (0, 0, 0)


def test_an_account_that_was_asked_nothing_is_as_it_was() -> None:
    caps = Caps(requests=1)
    one = governor(ramp=True, caps=caps)
    went(one, Ending.UNASKED)
    assert admitted(one).most == 1
    assert caps.requested == 0


def test_a_cap_on_calls_cuts_the_last_batch() -> None:
    caps = Caps(calls=15)
    one = governor(most=10, caps=caps)
    first, second = admitted(one), admitted(one)
    assert (first.most, second.most) == (10, 5)
    one.begin(first, 10)
    one.begin(second, 5)
    assert one.admit(0.0) == Hold(None)
    one.end(first, Ending.ANSWERED, 0.0, called=10)
    one.end(second, Ending.THROTTLED, 0.0, called=0)
    assert admitted(one, 1.0).most == 5
    caps = Caps(calls=1)
    one = governor(caps=caps)
    went(one, called=1)
    assert one.admit(0.0) == Halt("the cap of 1 calls is reached")
    assert one.why is None


def test_a_cap_on_requests_counts_what_left() -> None:
    one = governor(caps=Caps(requests=2))
    went(one, Ending.UNSENT)
    went(one, Ending.THROTTLED, 100.0)
    ticket = admitted(one, 200.0)
    assert one.admit(200.0) == Hold(None)
    one.end(ticket, Ending.ANSWERED, 200.0)
    assert one.admit(200.0) == Halt("the cap of 2 requests is reached")


def test_a_cap_on_doubts_holds_though_everybody_in_flight_ends_in_doubt() -> None:
    caps = Caps(doubts=25)
    one = governor(most=10, caps=caps)
    tickets = [admitted(one), admitted(one)]
    assert [ticket.most for ticket in tickets] == [10, 10]
    assert one.admit(0.0) == Hold(None)  # 5 are free: a whole batch later instead of a crumb now
    for ticket in tickets:
        one.begin(ticket, 10)
        one.end(ticket, Ending.DOUBT, 0.0, called=10, doubted=10)
    assert admitted(one).most == 5
    one.end(Ticket(0.0, 5, 5), Ending.DOUBT, 0.0, called=5, doubted=5)
    assert governor(caps=caps).admit(0.0) == Halt("the cap of 25 doubts is reached")


@pytest.mark.parametrize("cap", ["calls", "requests", "doubts"])
@pytest.mark.parametrize("value", [0, -1, True, 1.5, "5"])
def test_a_cap_is_a_whole_number_of_at_least_one(cap: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"max_{cap} is a whole number of at least 1"):
        Caps(**cast("Any", {cap: value}))


def test_no_cap_is_no_bound() -> None:
    assert Caps().admit(None) == Go(None)
