"""Measuring: two things in turns within one run, and instruction counts, which repeat to under 1 %."""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

ROUNDS = 7
SLACK = 1.2  # a machine that others use drifts; instruction counts need none
_COLLECTED = re.compile(r"Collected\s*:\s*([0-9]+)")


@dataclass(frozen=True)
class Row:
    """One target. ``measured`` is a ratio or in ``unit``; ``None``: not measured, ``note`` says why.

    ``must`` and ``goal`` are the most it may be, or the least with ``at_least``.
    """

    target: str
    what: str
    versus: str
    must: float
    goal: float
    measured: float | None
    note: str = ""
    unit: str = "x"
    slack: float = SLACK
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """``goal``, ``must``, ``slack`` (within what a busy machine is allowed), ``MISSED``, or ``not measured``."""
        if self.measured is None:
            return "not measured"
        steps = {"goal": self.goal, "must": self.must, "slack": self.must * self.slack}
        if self.at_least:
            steps["slack"] = self.must / self.slack
            return next((word for word, bound in steps.items() if self.measured >= bound), "MISSED")
        return next((word for word, bound in steps.items() if self.measured <= bound), "MISSED")


def in_turns(*things: Callable[[], object], seconds: float = 0.2) -> list[list[float]]:
    """Seconds a call of each thing, for each round; the things take turns, so that drift strikes all alike."""
    counts = [_calls_within(thing, seconds) for thing in things]
    rounds: list[list[float]] = [[] for _ in things]
    for _ in range(ROUNDS):
        for thing, count, times in zip(things, counts, rounds, strict=True):
            started = time.perf_counter()
            for _ in range(count):
                thing()
            times.append((time.perf_counter() - started) / count)
    return rounds


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios round by round: both halves of a round saw the same machine."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def _calls_within(thing: Callable[[], object], seconds: float) -> int:
    thing()
    started = time.perf_counter()
    thing()
    return max(1, round(seconds / (time.perf_counter() - started)))


def why_not_countable() -> str:
    """Why no instructions can be counted here; empty: they can."""
    return (
        "" if shutil.which("valgrind") else "valgrind is not installed, and instructions are counted by its callgrind"
    )


@cache
def instructions(*arguments: str) -> int:
    """Instructions of one Python process with these arguments, all of start and end included."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, *arguments]
    environment: dict[str, Any] = {"PYTHONHASHSEED": "0", "PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    subprocess.run(command[-1 - len(arguments) :], env=environment, capture_output=True, check=False, timeout=600)
    # The first run compiles what has changed since the last, and whatever it leaves is not counted.
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    found = _COLLECTED.search(done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(f"callgrind of {arguments} failed: {done.stderr[-2000:]}")
    return int(found.group(1))
