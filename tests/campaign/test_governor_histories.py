"""Properties of a governor over any history: slots, latencies, endings and a clock drawn at random."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.campaign.sim_life import Alike
from voicehub.campaign._run.caps import Caps, Halt, Hold
from voicehub.campaign._run.governor import RAMP, Ending, Governor, Ticket

FEW = 30  # histories each: they are long
SECONDS = st.sampled_from([0.0, 0.001, 0.05, 0.3, 1.0, 7.0])
RATES = st.none() | st.sampled_from([0.5, 3.0, 10.0, 1000.0])
CAPS = st.none() | st.integers(1, 60)


@dataclass
class Flight:
    ticket: Ticket
    lands: float
    ending: Ending
    callees: int
    begun: int  # the how manieth


@dataclass
class Begun:
    at: float
    callees: int


class Flights:
    """Plays a governor: asks whenever it may, lands what is due, and remembers what was begun.

    ``silent``: so many are begun, then none is answered any more.
    """

    def __init__(self, governor: Governor, data: st.DataObject, silent: int = 1000) -> None:
        self.governor, self.data, self.silent = governor, data, silent
        self.now = 0.0
        self.flying: list[Flight] = []
        self.begun: list[Begun] = []
        self.landed: list[Flight] = []

    def play(self, steps: int) -> None:
        for _ in range(steps):
            answer = self.governor.admit(self.now)
            if isinstance(answer, Ticket):
                self._begin(answer)
                continue
            if isinstance(answer, Halt) and not self.flying:
                return
            self._wait(answer.seconds if isinstance(answer, Hold) else None)

    def _begin(self, ticket: Ticket) -> None:
        if self.data.draw(st.integers(0, 9)) == 0:
            self.governor.give_back(ticket)
            self.now += 0.001
            return
        callees = self.data.draw(st.integers(1, ticket.most or 20))
        self.governor.begin(ticket, callees)
        ending = self.data.draw(st.sampled_from(FATES if len(self.begun) < self.silent else SILENCE))
        self.begun.append(Begun(self.now, callees))
        self.flying.append(Flight(ticket, self.now + self.data.draw(SECONDS), ending, callees, len(self.begun)))

    def _wait(self, seconds: float | None) -> None:
        lands = min((flight.lands for flight in self.flying), default=None)
        times = [time for time in (lands, None if seconds is None else self.now + seconds) if time is not None]
        assert times, "it waits for something that never comes"
        self.now = max(self.now, min(times))
        for flight in [flight for flight in self.flying if flight.lands <= self.now]:
            self.flying.remove(flight)
            self.landed.append(flight)
            left = flight.ending in (Ending.ANSWERED, Ending.DOUBT)
            doubted = flight.callees if flight.ending is Ending.DOUBT else 0
            called = flight.callees if left else 0
            self.governor.end(flight.ticket, flight.ending, self.now, called=called, doubted=doubted, why="why")


FATES = [Ending.ANSWERED] * 12 + [Ending.DOUBT] * 2 + [Ending.THROTTLED, Ending.UNSENT]
SILENCE = [Ending.DOUBT] * 6 + [Ending.THROTTLED, Ending.UNSENT]


@settings(max_examples=FEW)
@given(st.data(), RATES, RATES, st.integers(1, 5))
def test_the_pace_is_kept_over_any_time(
    data: st.DataObject, requests: float | None, calls: float | None, slots: int
) -> None:
    governor = Governor(20, slots, requests, calls, ramp=data.draw(st.booleans()))
    flights = Flights(governor, data)
    flights.play(40)
    for first, begin in enumerate(flights.begun):
        for last in range(first, len(flights.begun)):
            within = flights.begun[first : last + 1]
            seconds = within[-1].at - begin.at + 1e-6
            # All but the last are paid for by the time that has passed: mean rate and any window at once.
            assert requests is None or len(within) - 1 <= requests * seconds
            assert calls is None or sum(one.callees for one in within[:-1]) <= calls * seconds


@settings(max_examples=FEW)
@given(st.data(), st.integers(1, 6), st.booleans())
def test_between_answers_at_most_slots_and_2_are_in_doubt(data: st.DataObject, slots: int, ramp: bool) -> None:
    """Of those that began between them, whenever they end."""
    flights = Flights(Governor(20, slots, ramp=ramp), data)
    flights.play(60)
    doubted = Alike()
    for flight in flights.landed:
        if flight.ending is Ending.DOUBT:
            doubted.add(flight.begun, 1)
        elif flight.ending is Ending.ANSWERED:
            doubted.part(flight.begun)
        assert len(doubted.without(slots)) <= 2


@settings(max_examples=FEW)
@given(st.data(), st.integers(1, 6), st.integers(0, 12))
def test_from_the_moment_on_from_which_nothing_is_answered_slots_and_2_are_in_doubt(
    data: st.DataObject, slots: int, silent: int
) -> None:
    flights = Flights(Governor(20, slots, ramp=False), data, silent)
    flights.play(60)
    late = [flight.begun for flight in flights.landed if flight.ending is Ending.DOUBT and flight.begun > silent]
    assert len(late) <= slots + 2


@settings(max_examples=FEW)
@given(st.data(), st.integers(1, 6), CAPS, CAPS, CAPS)
def test_no_cap_is_ever_exceeded(
    data: st.DataObject, slots: int, calls: int | None, requests: int | None, doubts: int | None
) -> None:
    caps = Caps(calls, requests, doubts)
    flights = Flights(Governor(data.draw(st.none() | st.just(20)), slots, ramp=False, caps=caps), data)
    flights.play(60)
    left = [flight for flight in flights.landed + flights.flying if flight.ending in (Ending.ANSWERED, Ending.DOUBT)]
    assert calls is None or sum(flight.callees for flight in left) <= calls
    assert requests is None or len(left) <= requests
    assert doubts is None or sum(one.callees for one in left if one.ending is Ending.DOUBT) <= doubts


@settings(max_examples=FEW)
@given(st.data(), st.integers(1, 6))
def test_never_more_in_flight_than_slots_and_one_in_the_ramp(data: st.DataObject, slots: int) -> None:
    governor = Governor(20, slots)
    flights = Flights(governor, data)
    for _ in range(60):
        careful = governor.careful
        before = len(flights.flying)
        flights.play(1)
        assert len(flights.flying) <= slots
        if len(flights.flying) > before:
            assert not careful or len(flights.flying) == 1
    sizes = [begun.callees for begun in flights.begun]
    answered = 0
    for begun in flights.begun[:1]:
        assert begun.callees <= RAMP[answered]
    assert all(size <= 20 for size in sizes)
