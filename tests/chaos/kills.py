"""Runners that are killed: at random moments, at every named point, at every n-th system call that matters."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tests.chaos.drive import NAME
from tests.chaos.judge import laws
from tests.chaos.points import ONCE, RUN_POINTS
from tests.chaos.stage import ALL_FAULTS, PATIENCE, Stage, was_killed
from voicehub.campaign import SqliteLedger

LIFE_SECONDS = 0.25  # from "ready" to the kill, at most
PLANNING_SECONDS = 0.15
_SLOTS = 4
SYSCALLS = ("pwrite64", "fdatasync", "sendto", "recvfrom")


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    what: str
    passed: bool
    told: str


def random_kills(folder: Path, seed: int, *, kills: int, count: int, most: int = 200) -> Finding:
    """Kill planning, then the run, again and again at random moments, with all faults on; then let it end in peace."""
    lots = random.Random(seed)
    made, broken = 0, []
    with Stage(folder, count, most=most, latency=0.05, seed=seed, faults=ALL_FAULTS) as stage:
        while not _planned(stage):
            life = stage.live(file=str(stage.file), run=False)
            _ready(life)
            if made < 2:
                time.sleep(lots.uniform(0, PLANNING_SECONDS))
                life.kill()
            life.wait(PATIENCE)
            made += was_killed(life.returncode)
        for _ in range(10 * kills):
            life = stage.live(ramp=lots.random() < 0.3)
            _ready(life)
            time.sleep(lots.uniform(0, LIFE_SECONDS))
            life.kill()
            life.wait(PATIENCE)
            made += was_killed(life.returncode)
            broken += laws(stage.ledger, NAME, count)
            if made >= kills or not _pending(stage):
                break
        lives = stage.resume()
        verdict = stage.judge()
    verdict.broken += broken
    told = f"{made} kills, then {lives} lives to the end: {verdict}"
    return Finding(f"random kill -9, seed {seed}, {count:,} callees, all faults", verdict.clean and made >= kills, told)


def at_points(folder: Path, passages: int) -> Finding:
    """Kill a run at each point, at its first, second ... passage; of what a life passes once, in so many lives."""
    missed: list[str] = []
    batches = len(RUN_POINTS) * sum(passage + 2 * _SLOTS for passage in range(1, passages + 1))  # more than can fall
    with Stage(folder, 10 * batches, most=10, slots=_SLOTS, faults={"partly": 0.1, "throttled": 0.01}) as stage:
        stage.plan()
        for point in RUN_POINTS:
            for passage in range(1, passages + 1):
                nth = 1 if point.partition(".")[0] in ONCE else passage
                missed += _kill_at(stage, f"{point}:{nth}")
        stage.resume()
        verdict = stage.judge()
    verdict.broken += missed
    told = f"{len(RUN_POINTS)} points x {passages} passages: {verdict}"
    return Finding("kills at every point of a run", verdict.clean, told)


def at_drafting_points(folder: Path, passages: int) -> Finding:
    """Kill planning at each of its points; whatever is left of it must not stand in the way, nor be phoned."""
    broken: list[str] = []
    with Stage(folder, 20 * passages + 40, most=20) as stage:
        draft = {"file": str(stage.file), "run": False}
        places = [f"add.{side}:{passage}" for side in ("before", "after") for passage in range(1, passages + 1)]
        places += ["seal.before:1"] * passages
        for place in places:
            broken += _kill_at(stage, place, **draft)
            if _planned(stage):
                broken.append(f"{place}: a draft that was never sealed is a campaign")
        broken += _kill_at(stage, "seal.after:1", **draft)
        if not _planned(stage):
            broken.append("a campaign that was sealed is none")
        stage.resume()
        verdict = stage.judge()
    verdict.broken += broken
    return Finding("kills at every point of planning", verdict.clean, f"{len(places) + 1} kills: {verdict}")


def at_syscalls(folder: Path, passages: Mapping[str, Sequence[int]]) -> Finding:
    """Kill at the n-th system call of a thread, by strace."""
    broken, kills = [], 0
    lives = sum(map(len, passages.values()))
    with Stage(folder, 500 * lives, most=10, slots=2, faults={"close": 0.5, "partly": 0.1}) as stage:
        stage.plan()
        for syscall, numbers in passages.items():
            for number in numbers:
                inject = f"inject={syscall}:signal=KILL:when={number}"
                tracer = (
                    "strace",
                    "-f",
                    "-qq",
                    "-o",
                    "/dev/null",
                    "-e",
                    f"trace={syscall}",
                    "-e",
                    inject,
                )
                code, _, err = stage.whole(*tracer)
                kills += was_killed(code)
                if not was_killed(code):
                    broken.append(f"{syscall} {number} was never reached (ended with {code}: {err[-300:]})")
                broken += laws(stage.ledger, NAME, len(stage.callees))
        stage.resume()
        verdict = stage.judge()
    verdict.broken += broken
    shown = ", ".join(f"{syscall} {min(numbers)} to {max(numbers)}" for syscall, numbers in passages.items())
    return Finding("kills at the n-th system call", verdict.clean, f"{kills} kills ({shown}): {verdict}")


def _kill_at(stage: Stage, point: str, **orders: object) -> Iterator[str]:
    hits = stage.folder / "hits"
    hits.unlink(missing_ok=True)
    code, _, err = stage.whole(point=point, hits=str(hits), **orders)
    if not (was_killed(code) and hits.exists() and hits.read_text() == point):
        yield f"{point} was never reached (ended with {code}: {err[-300:]})"
    if _planned(stage):
        yield from laws(stage.ledger, NAME, len(stage.callees))


def _planned(stage: Stage) -> bool:
    with contextlib.closing(SqliteLedger(stage.ledger)) as ledger:
        return NAME in ledger.names()


def _pending(stage: Stage) -> int:
    with contextlib.closing(SqliteLedger(stage.ledger)) as ledger:
        counts = ledger.record(NAME).counts
    return counts.pending + counts.submitting


def until(happened: Callable[[], bool]) -> None:
    """Look again and again, for as long as a life may take."""
    given_up = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < given_up, "what was waited for never happened"
        time.sleep(0.005)


def _ready(life: Popen[str]) -> None:
    """Read until the life says that it is ready, or is dead."""
    assert life.stdout is not None
    while (line := life.stdout.readline()) and line.strip() != "ready":
        pass
