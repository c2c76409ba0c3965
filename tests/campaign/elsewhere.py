"""What another process does with a ledger, for the tests: `python -m tests.campaign.elsewhere WHAT PATH ...`."""

import os
import resource
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.campaign.ledgers import numbers, running, said, take
from voicehub.campaign import CampaignState, Claim, SqliteLedger
from voicehub.campaign._sqlite import batches, lock
from voicehub.errors import LedgerError


def tell(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def own(path: str) -> None:
    """Hold the ledger until the input ends."""
    SqliteLedger(path).own()
    tell("owned")
    sys.stdin.read()


def opened(path: str) -> None:
    """Open it, plan and read, as soon as the input ends."""
    tell("ready")
    sys.stdin.read()
    with SqliteLedger(path) as ledger:
        running_name = f"p{os.getpid()}"
        with ledger.draft(running_name, now=0.0) as draft:
            draft.add(numbers(3))
            draft.seal({})
        tell(ledger.record(running_name).counts.pending)


def work(path: str, threads: str) -> None:
    """Claim and settle until killed; tells each claim after it is durable and before it would be sent."""
    ledger = SqliteLedger(path)
    tell(f"doubts {len(ledger.own())}")
    ledger.change("a", CampaignState.RUNNING, now=1.0)

    def slot() -> None:
        while claim := ledger.claim("a", "alerts", most=1 + len(threading.enumerate()) % 3, now=2.0):
            os.write(1, f"claimed {' '.join(claim.callees)}\n".encode())
            ledger.settle(claim, said(claim), now=3.0)

    slots = [threading.Thread(target=slot) for _ in range(int(threads))]
    for one in slots:
        one.start()
    for one in slots:
        one.join()
    ledger.close()
    tell("done")


def full(path: str, limit: str) -> None:
    """Work with files that may not grow beyond so many bytes, until that is told; then try every verb."""
    ledger = running(SqliteLedger(path), batches=400, size=100)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    try:
        while True:
            claim = take(ledger)
            tell(f"claimed {claim.batch}")
            ledger.settle(claim, said(claim), now=3.0)
    except LedgerError as error:
        tell(f"error {error}")
    for verb in (lambda: take(ledger), lambda: ledger.record("a"), ledger.names, ledger.flush):
        try:
            verb()
        except LedgerError as error:
            tell(f"refused {error}")
    ledger.close()


def cut_off(path: str, limit: str) -> None:
    """The same with five in flight, who are answered when nothing can be kept any more; then die."""
    ledger = running(SqliteLedger(path), batches=400, size=100)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    flying: deque[Claim] = deque()
    with suppress(LedgerError):
        while True:
            flying.append(take(ledger))
            tell("claimed")
            if len(flying) == 5:
                claim = flying.popleft()
                ledger.settle(claim, said(claim), now=3.0)
    for claim in flying:
        with suppress(LedgerError):
            ledger.settle(claim, said(claim), now=3.0)
    os._exit(9)


def unprivileged(path: str) -> None:
    """Open it as somebody who may only read it."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        with SqliteLedger(path) as ledger:
            ledger.own()
            tell("owned")
    except LedgerError as error:
        tell(error)


def forked(path: str) -> None:
    """Use in a child what the parent opened."""
    ledger = running(SqliteLedger(path), batches=1)
    if (child := os.fork()) == 0:
        try:
            take(ledger)
        except LedgerError as error:
            tell(error)
        ledger.close()
        os._exit(0)
    os.waitpid(child, 0)
    tell(len(take(ledger).callees))
    try:
        SqliteLedger(path).own()
    except LedgerError:
        tell("held still")
    ledger.close()


def dying(path: str, where: str, passage: str) -> None:
    """Die at a named point, when it is passed for the n-th time."""
    ledger = running(SqliteLedger(path), batches=20)
    owner, name = POINTS[where](ledger)
    real: Callable[..., object] = getattr(owner, name)
    left = int(passage)

    def die_or_go_on(*given: object) -> object:
        nonlocal left
        left -= 1
        if left < 0 and where.startswith("before"):
            os._exit(9)
        found = real(*given)
        if left < 0:
            os._exit(9)
        return found

    setattr(owner, name, die_or_go_on)
    while True:
        claim = take(ledger)
        tell(f"claimed {claim.batch}")
        ledger.settle(claim, said(claim), now=3.0)


#: Where a run may die between a claim that was asked for and one that is given, in their order.
POINTS: dict[str, Callable[[SqliteLedger], tuple[Any, str]]] = {
    "before the claim": lambda _: (batches, "claim"),
    "after the claim": lambda _: (batches, "claim"),
    "before the counter": lambda ledger: (ledger._counter, "write"),
    "before the counter is on the disk": lambda _: (lock, "sync"),
    "after the counter is on the disk": lambda _: (lock, "sync"),
    "after the counter": lambda ledger: (ledger._counter, "write"),
}


def drafting(path: str) -> None:
    """Plan, and never come to an end."""
    ledger = SqliteLedger(path)
    draft = ledger.draft("a", now=0.0)
    at = 0
    while True:
        draft.add(numbers(1000, at))
        at += 1000
        if at == 300_000:
            tell("written")
            time.sleep(60)


if __name__ == "__main__":
    what, where, *others = sys.argv[1:]
    globals()[what](str(Path(where)), *others)
