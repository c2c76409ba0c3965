"""The judge: whom the vendor dialled, by its log, against who stands where by the ledger; never the ledger alone."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from voicehub.campaign import CalleeState, SqliteLedger

DIALLED = {CalleeState.ACCEPTED, CalleeState.IN_DOUBT, CalleeState.SUBMITTING}  # states that own up to a call


@dataclass
class Verdict:
    """What was found. ``callees`` of each kind are positions in the input, for numbers are not for reports."""

    twice: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    misrecorded: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  #: laws of the ledger itself: counts, order, integrity
    dialled: int = 0
    requests: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        return not (self.twice or self.lost or self.misrecorded or self.broken)

    def __str__(self) -> str:
        states = ", ".join(f"{state} {count:,}" for state, count in sorted(self.states.items()))
        told = f"phoned twice {len(self.twice):,}, lost {len(self.lost):,}, mis-recorded {len(self.misrecorded):,}"
        return "; ".join([told, f"{self.dialled:,} dialled in {self.requests:,} requests", states, *self.broken])


def entries(log: Path) -> Iterator[tuple[float, str, list[str]]]:
    """The vendor's log: when a request arrived, which fault struck it, who was accepted."""
    for line in log.read_text().splitlines():
        arrived, fault, callees = line.split("\t")
        yield float(arrived), fault, callees.split(",") if callees else []


def judge(
    ledger: Path, name: str, log: Path, callees: Sequence[str], *, ended: bool, released: Collection[str] = ()
) -> Verdict:
    """Compare. ``ended``: nobody may be pending any more; ``released``: whom a person let go again, by our own list."""
    found = Verdict()
    calls: Counter[str] = Counter()
    for _, _, accepted in entries(log):
        calls.update(accepted)
        found.requests += 1
    found.dialled = calls.total()
    found.broken += laws(ledger, name, len(callees))
    with closing(SqliteLedger(ledger)) as opened:
        rows = [(row.callee, row.state) for row in opened.results(name)]
    if [callee for callee, _ in rows] != list(callees):
        found.broken.append("the results are not the input, once each and in its order")
    states = dict(rows)
    found.states.update(state.value for state in states.values())
    for at, callee in enumerate(callees):
        state, count = states.get(callee), calls[callee]
        if count > 1 and callee not in released:
            found.twice.append(at)
        if state is None or (ended and state in (CalleeState.PENDING, CalleeState.SUBMITTING)):
            found.lost.append(at)
        elif callee in released and state is CalleeState.PENDING:
            continue
        elif (count and state not in DIALLED) or (not count and state is CalleeState.ACCEPTED):
            found.misrecorded.append(at)
    if strangers := calls.keys() - set(callees):
        found.broken.append(f"{len(strangers)} were dialled whom nobody asked for")
    return found


def laws(ledger: Path, name: str, total: int) -> list[str]:
    """What holds at every moment, also right after a death: the seven counts add up, and the file is whole."""
    broken = []
    with closing(SqliteLedger(ledger)) as opened:
        counts = opened.record(name).counts
        if counts.total != total:
            broken.append(f"the counts add up to {counts.total}, not {total}: {counts}")
        seen = Counter(row.state.value for row in opened.results(name))
        if dict(seen) != {state: count for state, count in counts._asdict().items() if count}:
            broken.append(f"the counts say {counts}, the results {dict(seen)}")
    with closing(sqlite3.connect(ledger)) as file:
        ((found,),) = file.execute("PRAGMA integrity_check").fetchall()[:1]
    if found != "ok":
        broken.append(f"integrity_check: {found}")
    return broken
