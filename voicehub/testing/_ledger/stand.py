"""`Stand`: what the laws of a ledger are tried on, and the short words they are written in."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from voicehub.campaign import CampaignState, Claim, Counts, Decision, Ledger, Result
from voicehub.errors import LedgerError
from voicehub.receipt import Outcome, Status
from voicehub.testing._checked import LawBroken, claim

NAME = "a"
ACCOUNT = "alerts"


class Stand:
    """Ledgers to try a law on, all closed at its end.

    ``make`` gives a new, empty ledger. ``beside`` opens what this one keeps a second time, as another process would
    while the first goes on. ``crashed`` opens what this one keeps after its process died on the spot.
    """

    def __init__(
        self,
        make: Callable[[], Ledger],
        beside: Callable[[Ledger], Ledger],
        crashed: Callable[[Ledger], Ledger],
        effort: hypothesis.settings | None = None,
    ) -> None:
        self._make, self._beside, self._crashed = make, beside, crashed
        self._opened: list[Ledger] = []
        self.effort = effort or hypothesis.settings()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""
        while self._opened:
            self._opened.pop().close()

    def fresh(self) -> Ledger:
        """An empty ledger."""
        return self._kept(self._make())

    def beside(self, ledger: Ledger) -> Ledger:
        """The same, open a second time."""
        return self._kept(self._beside(ledger))

    def crashed(self, ledger: Ledger) -> Ledger:
        """The same, as the next process finds it."""
        return self._kept(self._crashed(ledger))

    def planned(self, *sizes: int, ledger: Ledger | None = None, name: str = NAME, first: int = 0) -> Ledger:
        """A ledger with a campaign of batches of these sizes, numbered from ``first``."""
        ledger = ledger or self.fresh()
        plan(ledger, name, batches(sizes, first))
        return ledger

    def running(self, *sizes: int, ledger: Ledger | None = None, name: str = NAME, first: int = 0) -> Ledger:
        """The same, owned and running."""
        ledger = self.planned(*sizes, ledger=ledger, name=name, first=first)
        ledger.own()
        ledger.change(name, CampaignState.RUNNING, now=1.0)
        return ledger

    def for_all(self, check: Callable[..., None], *strategies: st.SearchStrategy[Any], share: int = 1) -> None:
        """Run the check on many examples; ``share`` divides their number where each does the work of several."""
        self.patient(share)(given(*strategies)(check))()

    def patient(self, share: int = 1) -> hypothesis.settings:
        """The effort, without the clock of the machine: how long it takes proves nothing."""
        return hypothesis.settings(
            self.effort,
            deadline=None,
            max_examples=max(1, self.effort.max_examples // share),
            phases=[phase for phase in self.effort.phases if phase is not Phase.explain],
            suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
        )

    def _kept(self, ledger: Ledger) -> Ledger:
        self._opened.append(ledger)
        return ledger


def number(position: int) -> str:
    """The callee at this position of a list."""
    return f"+93200{position:06d}"


def numbers(count: int, first: int = 0) -> tuple[str, ...]:
    """So many callees."""
    return tuple(number(first + at) for at in range(count))


def batches(sizes: Sequence[int], first: int = 0) -> Iterator[tuple[str, ...]]:
    """Callees in batches of these sizes."""
    for size in sizes:
        yield numbers(size, first)
        first += size


def plan(ledger: Ledger, name: str, callees: Iterator[tuple[str, ...]], now: float = 0.0) -> None:
    """Plan a campaign of these batches."""
    with ledger.draft(name, now=now) as draft:
        for batch in callees:
            draft.add(batch)
        draft.seal({"name": name}, name.encode())


def take(
    ledger: Ledger, *, now: float = 2.0, most: int | None = None, spare: Collection[str] = (), name: str = NAME
) -> Claim:
    """A claim, which there must be."""
    found = maybe(ledger, now=now, most=most, spare=spare, name=name)
    claim(found is not None, f"claim gave nothing, with {ledger.record(name).counts}")
    assert found is not None  # noqa: S101 - claimed above; this tells the type checker
    return found


def maybe(
    ledger: Ledger, *, now: float = 2.0, most: int | None = None, spare: Collection[str] = (), name: str = NAME
) -> Claim | None:
    """A claim, if there is one; ``spare`` are suppressed."""

    def suppress(callees: Sequence[str]) -> Collection[int]:
        return [at for at, callee in enumerate(callees) if callee in spare]

    return ledger.claim(name, ACCOUNT, most=most, now=now, suppress=suppress if spare else None)


def said(claimed: Claim, *statuses: Status) -> list[Outcome]:
    """Outcomes of a claim: these, the last of them for all that are left."""
    each = [*statuses, *[statuses[-1]] * len(claimed.callees)]
    return [Outcome(callee, status) for callee, status in zip(claimed.callees, each, strict=False)]


def settle(ledger: Ledger, claimed: Claim, *statuses: Status, now: float = 3.0, not_before: float = 0.0) -> None:
    """Settle a claim with outcomes that are but a status."""
    ledger.settle(claimed, said(claimed, *statuses), now=now, not_before=not_before)


def decide(ledger: Ledger, decision: Decision, callees: Iterable[str] | None = None, batch: int | None = None) -> int:
    """A person's word; returns how many it moved."""
    why = "the vendor's records say so"
    return ledger.resolve(NAME, decision, callees=callees, batch=batch, who="Ann", why=why, now=9.0)


def stands(ledger: Ledger, counts: Counts, name: str = NAME) -> None:
    """Claim that so many stand where, in the sums and one by one."""
    found = ledger.record(name).counts
    claim(found == counts, f"the counts are {found}, and should be {counts}")
    states = [result.state.value for result in ledger.results(name)]
    each = Counts(*map(states.count, Counts._fields))
    claim(each == counts, f"one by one they are {each}, and should be {counts}")


def rows(ledger: Ledger, name: str = NAME) -> dict[str, Result]:
    """The results by callee."""
    return {result.callee: result for result in ledger.results(name)}


@contextmanager
def refused(what: str, kind: type[Exception] = LedgerError) -> Iterator[None]:
    """Claim that this raises an error with words and without numbers."""
    try:
        yield
    except kind as error:
        claim(str(error).strip(), f"{what}: the error has no words")
        claim(number(0)[:-2] not in str(error), f"{what}: the error shows a number: {error}")
        return
    raise LawBroken(f"{what}: it was not refused")
