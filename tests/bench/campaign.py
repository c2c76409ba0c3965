"""T1 to T7 and T9: whole campaigns, from a file to the last result on disk, against what is written without them.

Ours plans (checks, removes duplicates exactly), waits for the disk before each request, and records every answer; the
scripts keep their answers in memory. Whole processes, in turns.
"""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import NamedTuple

from tests.bench.campaign_ground import Ground, Took, rounds
from tests.bench.measure import Row

ROUNDS = 3
MILLION = 1_000_000


class Match(NamedTuple):
    """Our campaign and the other side; ratios of callees a second, the higher the better."""

    target: str
    what: str
    versus: str
    must: float
    goal: float
    ours: Callable[[], Took]
    theirs: Callable[[], Took]
    share: float = 1.0  # of the callees that the other side is given, where all of them would take minutes


def rows(ground: Ground, wanted: Callable[[str], bool]) -> Iterator[Row]:
    for match in _matches(ground):
        if wanted(match.target):
            yield _play(match)
    if wanted("T7"):
        yield _ideal(ground)
    if wanted("T9"):
        yield _more_slots(ground)


def _matches(ground: Ground) -> Iterator[Match]:
    clean, dirty = partial(ground.clean, MILLION), partial(ground.dirty, MILLION)
    some = partial(ground.clean, MILLION // 2)
    few = partial(ground.clean, MILLION // 20)
    yield Match(
        *("T1", "1 M callees, 0 ms, 1000 a request", "httpx AsyncClient + semaphore(16), no ledger", 3, 4),
        lambda: ground.campaign(clean(), 0, batch=1000, slots=16),
        lambda: ground.script("httpx", clean(), 0, batch=1000, slots=16),
    )
    yield Match(
        *("T2", "1 M callees, 0 ms, 200 a request, dirty CSV", "the same script", 2.5, 4),
        lambda: ground.campaign(dirty(), 0, batch=200, slots=16),
        lambda: ground.script("httpx", dirty(), 0, batch=200, slots=16),
    )
    yield Match(
        *("T3", "1 M callees, 50 ms, 64 slots, 1000 a request", "the same script, semaphore(64)", 2, 3),
        lambda: ground.campaign(clean(), 50, batch=1000, slots=64),
        lambda: ground.script("httpx", clean(), 50, batch=1000, slots=64),
    )
    yield Match(
        *("T4", "0.5 M callees, 50 ms, 64 slots, 200 a request", "the same script, pool of 64", 5, 9),
        lambda: ground.campaign(some(), 50, batch=200, slots=64),
        lambda: ground.script("httpx", some(), 50, batch=200, slots=64, pool=64),
    )
    yield Match(
        *("T5", "1 M callees, 0 ms, 1000 a request", "aiohttp + semaphore(16), no ledger", 1.5, 2.5),
        lambda: ground.campaign(clean(), 0, batch=1000, slots=16),
        lambda: ground.script("aiohttp", clean(), 0, batch=1000, slots=16),
    )
    yield Match(
        *("T6", "1 M callees, 50 ms, 64 slots, 200 a request", "httpx.post, one after another", 60, 100),
        lambda: ground.campaign(clean(), 50, batch=200, slots=64),
        lambda: ground.script("one", few(), 50, batch=200),
        1 / 20,
    )


def _play(match: Match) -> Row:
    ours, theirs = rounds(ROUNDS, match.ours, match.theirs)
    pairs = [other.seconds / match.share / one.seconds for one, other in zip(ours, theirs, strict=True)]
    note = (
        f"{median(took.seconds for took in ours):.1f} s against {median(took.seconds for took in theirs):.1f} s"
        f"{f' for {match.share:.0%} of them' if match.share < 1 else ''}; {_mib(ours)} against {_mib(theirs)} MiB; "
        f"{median(took.cpu for took in ours):.1f} s cpu against {median(took.cpu for took in theirs):.1f}"
    )
    return Row(match.target, match.what, match.versus, match.must, match.goal, median(pairs), note, at_least=True)


def _ideal(ground: Ground) -> Row:
    file, batch, slots, latency = ground.clean(MILLION), 1000, 16, 50
    (ours,) = rounds(ROUNDS, lambda: ground.campaign(file, latency, batch=batch, slots=slots))
    ideal = MILLION / ground.scale / batch * latency / 1000 / slots
    seconds = median(took.seconds for took in ours)
    phases = (
        f"plan {median(took.told['plan'] for took in ours):.1f} s, run {median(took.told['run'] for took in ours):.1f}"
    )
    what = "wall: 1 M callees, 50 ms, 16 slots, 1000 a request"
    return Row(
        "T7",
        what,
        "requests x latency / slots",
        1.6,
        1.25,
        seconds / ideal,
        f"{seconds:.1f} against {ideal:.1f} s ({phases})",
    )


def _more_slots(ground: Ground) -> Row:
    file = ground.clean(MILLION)
    some, many = rounds(
        ROUNDS,
        lambda: ground.campaign(file, 50, batch=1000, slots=16),
        lambda: ground.campaign(file, 50, batch=1000, slots=100),
    )
    ratio = median(one.seconds / other.seconds for one, other in zip(some, many, strict=True))
    note = f"{median(took.seconds for took in some):.1f} s and {median(took.seconds for took in many):.1f} s"
    return Row("T9", "100 slots, 1 M callees, 50 ms, 1000 a request", "16 slots", 1.5, 2, ratio, note, at_least=True)


def _mib(tooks: list[Took]) -> str:
    return f"{median(took.told['mib'] for took in tooks):.0f}"
