"""Matches calls to callees in doubt. Pure; the ledger and the vendors are asked elsewhere."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from voicehub.campaign._ledger.calls import Call, Placed
from voicehub.campaign._ledger.words import Attempted, CalleeState, Doubt, Result

#: Seconds a vendor's clock may be from ours, and its note of a submission from the request: 5 minutes each way.
SLACK = 300.0
#: Seconds a request takes at most (see `voicehub.Client`), for attempts whose end was not recorded.
LONGEST = 90.0
_WHOLE = 1.0  # seconds; some vendors note whole ones
_STEP = 600  # seconds; the times to ask for are rounded to these, so that a long campaign has few


_Name = tuple[str | None, str | None]


class Window(NamedTuple):
    """A time, in Unix seconds."""

    since: float
    until: float

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, float) and self.since <= moment <= self.until

    def meets(self, other: "Window") -> bool:
        """Whether they share a moment."""
        return self.since <= other.until and other.since <= self.until


class Found(NamedTuple):
    """For some doubts: who is placed, and by batch for how many only a call was found that may be another attempt's."""

    placed: Sequence[Placed]
    unclear: Counter[int]


def window_of(began: float, ended: float | None) -> Window:
    """When the vendor may have recorded the submission of an attempt; if the clock was set, it ends before it began."""
    return Window(began - SLACK, (began + LONGEST if ended is None or ended < began else ended) + SLACK)


def spans(windows: Iterable[Window]) -> Iterator[Window]:
    """The fewest windows that cover these; memory grows with the length of the campaign, not with their number."""
    steps: set[int] = set()
    for window in windows:
        steps.update(range(int(window.since // _STEP), int(window.until // _STEP) + 1))
    first: int | None = None
    for step in sorted(steps):
        first = step if first is None else first
        if step + 1 not in steps:
            yield Window(float(first * _STEP), float((step + 1) * _STEP))
            first = None


class Doubted(NamedTuple):
    """One callee in doubt: start and number of their attempt, and the window in which their call may be."""

    batch: int
    callee: str
    window: Window
    began: float
    attempt: int

    def may_be(self, call: Call) -> bool:
        """Whether no earlier attempt fits the call better."""
        return self.attempt == 1 or (call.submitted or 0.0) >= self.began - _WHOLE

    def distance(self, call: Call) -> float:
        """Seconds from the begin of the attempt to the call."""
        return abs((call.submitted or 0.0) - self.began)


def candidates(doubted: Sequence[Doubted], heard: Iterable[Call]) -> dict[str, list[Call]]:
    """The calls in the right window, by callee; callees without one are left out, and calls without callee or time."""
    times = {each.callee: each.window for each in doubted}
    found: dict[str, list[Call]] = {}
    for call in heard:
        if call.callee in times and call.submitted in times[call.callee]:
            found.setdefault(call.callee, []).append(call)
    return found


def judge(
    doubted: Sequence[Doubted],
    heard: Iterable[Call],
    attempted: Callable[[float, float], Iterable[Attempted]],
    is_rival: Callable[[str], bool],
) -> Found:
    """Who was phoned, by the calls heard. ``attempted``, the ledger's, is called only if a call may be theirs."""
    calls = candidates(doubted, heard)
    if not calls:
        return Found((), Counter())
    first, last = min(each.window.since for each in doubted), max(each.window.until for each in doubted)
    # Any other attempt that a call of this time may belong to has a window that overlaps it.
    return decide(doubted, calls, attempted(first - SLACK, last + SLACK), is_rival)


def decide(
    doubted: Sequence[Doubted],
    calls: Mapping[str, Sequence[Call]],
    attempted: Iterable[Attempted],
    is_rival: Callable[[str], bool],
) -> Found:
    """Who was phoned, by calls that can belong to no other attempt.

    ``calls``: `candidates`; ``attempted``: everybody who was under way then, read after these calls were;
    ``is_rival``: whether the calls of another campaign carry the same reference.

    A call that is accepted anywhere is taken. If other attempts may own the rest, in doubt or accepted without
    an id, there must be a call for each of them too; while one is submitting, nothing can be decided. Of several calls
    the one nearest to the start of the attempt counts; one from before a later attempt may belong to an earlier one.
    """
    times = {each.callee: each.window for each in doubted if each.callee in calls}
    ids = {call.call_id for some in calls.values() for call in some}
    taken: set[_Name] = set()
    claims: Counter[str] = Counter()
    unsettled: set[str] = set()
    for batch in attempted:
        window = window_of(batch.began, batch.ended)
        for result in batch.results:
            callee, state, call_id = result[:3]
            if state is CalleeState.ACCEPTED and call_id in ids:
                taken |= _names(result)
            elif callee in times and is_rival(batch.campaign):
                if state is CalleeState.SUBMITTING:
                    unsettled.add(callee)
                elif _may_be_meant(state, call_id) and times[callee].meets(window):
                    claims[callee] += 1
    placed: list[Placed] = []
    unclear: Counter[int] = Counter()
    for each in doubted:
        free = [call for call in calls.get(each.callee, ()) if taken.isdisjoint(_names(call))]
        own = [call for call in free if each.may_be(call)]
        if own and each.callee not in unsettled and len(own) > claims[each.callee]:
            call = min(own, key=each.distance)
            taken |= _names(call)
            placed.append(Placed(each.batch, each.callee, call.account, call.call_id, call.submitted or 0.0))
        elif free:
            unclear[each.batch] += 1
    return Found(placed, unclear)


def _names(one: Call | Result) -> set[_Name]:
    """The keys that identify a call: vendors count from 1, so an id is unique only within its account.

    Two accounts may be one at the vendor, who reports every call to both: the same call if the callee is the same too.
    """
    return {(one.account, one.call_id), (one.callee, one.call_id)}


def _may_be_meant(state: CalleeState, call_id: str | None) -> bool:
    return state is CalleeState.IN_DOUBT or (state is CalleeState.ACCEPTED and call_id is None)


def of_attempt(batch: int, attempt: int, callees: Iterable[str], began: float, ended: float | None) -> list[Doubted]:
    """Callees of an attempt that, as far as proved, placed nothing; only a call from it is evidence against that."""
    window = window_of(began, ended)._replace(since=began - _WHOLE)
    return [Doubted(batch, callee, window, began, attempt) for callee in callees]


def of_doubt(doubt: Doubt, callees: Sequence[str]) -> Iterator[Doubted]:
    """Each callee of a doubt."""
    window = window_of(doubt.began, doubt.ended)
    return (Doubted(doubt.batch, callee, window, doubt.began, doubt.attempt) for callee in callees)
