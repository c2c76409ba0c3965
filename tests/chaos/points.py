"""Where a runner can be made to die: before and after each verb that changes something, and around the sending."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voicehub.campaign import SqliteLedger
from voicehub.client import Client

VERBS = {"own": SqliteLedger, "change": SqliteLedger, "claim": SqliteLedger, "settle": SqliteLedger, "send": Client}
DRAFTING = ("add", "seal")
RUN_POINTS = tuple(f"{verb}.{side}" for verb in VERBS for side in ("before", "after"))
ONCE = ("own", "change")  # verbs that a life passes once or twice: their passages are lives


def end_at(point: str, hits: Path) -> None:
    """Have this process killed the moment it reaches a point for the n-th time, as ``claim.after:3``."""
    place, _, passage = point.partition(":")
    verb, _, side = place.partition(".")
    left, lock = [int(passage)], threading.Lock()

    def reach() -> None:
        with lock:
            left[0] -= 1
            if left[0] == 0:
                hits.write_text(point)
                os.kill(os.getpid(), signal.SIGKILL)

    sides = (reach, _nothing) if side == "before" else (_nothing, reach)
    if verb in DRAFTING:
        _around_drafts(verb, *sides)
    else:
        _around(VERBS[verb], verb, *sides)


def note_claims(log: Path) -> None:
    """Write down when each claim was asked for and whether there was one."""
    real = SqliteLedger.claim
    fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def claim(*args: Any, **options: Any) -> Any:
        asked = time.monotonic()
        found = real(*args, **options)
        os.write(fd, f"{asked:.6f} {int(found is not None)}\n".encode())
        return found

    setattr(SqliteLedger, "claim", claim)  # noqa: B010 - a method, for the length of this process


def _around(cls: type, verb: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    real = getattr(cls, verb)

    def wrapped(*args: Any, **options: Any) -> Any:
        before()
        found = real(*args, **options)
        after()
        return found

    setattr(cls, verb, wrapped)


def _around_drafts(verb: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    real = SqliteLedger.draft
    done: set[type] = set()

    def draft(*args: Any, **options: Any) -> Any:
        made = real(*args, **options)
        if type(made) not in done:
            done.add(type(made))
            _around(type(made), verb, before, after)
        return made

    setattr(SqliteLedger, "draft", draft)  # noqa: B010 - as above


def _nothing() -> None:
    """The other side of a verb."""
