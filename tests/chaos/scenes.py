"""All scenes, whole: what `python -m tests.chaos` plays. The suite plays their short forms (``test_chaos.py``)."""

from collections.abc import Callable
from pathlib import Path

from tests.chaos import bugs, harm, kills, power, trouble
from tests.chaos.kills import Finding
from tests.chaos.stage import why_no_strace

SEEDS = (1, 2, 3, 4)
KILLS, CALLEES = 30, 100_000
PASSAGES = 10
SYSCALLS = {"pwrite64": range(1, 41), "fdatasync": range(1, 11), "sendto": range(1, 12), "recvfrom": range(1, 15)}
NORMAL = "synchronous NORMAL"
Scene = Callable[[Path], Finding]


def normal_is_caught(folder: Path) -> Finding:
    """The replay must condemn a ledger that does not wait for the disk."""
    found = power.loss_of_power(folder, plant=NORMAL)
    return Finding(f"planted bug: {NORMAL}, by the replay", not found.passed, found.told)


def _random(seed: int) -> Scene:
    return lambda folder: kills.random_kills(folder, seed, kills=KILLS, count=CALLEES)


def _bug(plant: str) -> Scene:
    return lambda folder: bugs.planted(folder, plant)


def _traced(scene: Scene) -> Scene:
    """Without a tracer the scene is red here, never left out."""

    def played(folder: Path) -> Finding:
        why = why_no_strace()
        return Finding("a scene that needs strace", False, why) if why else scene(folder)

    return played


SCENES: dict[str, Scene] = {
    **{f"1 random kills, seed {seed}": _random(seed) for seed in SEEDS},
    "2 kills at points of a run": lambda folder: kills.at_points(folder, PASSAGES),
    "2 kills at points of planning": lambda folder: kills.at_drafting_points(folder, PASSAGES),
    "3 kills at system calls": _traced(lambda folder: kills.at_syscalls(folder, SYSCALLS)),
    "4 loss of power": _traced(power.loss_of_power),
    "4 loss of power, NORMAL": _traced(normal_is_caught),
    **{f"5 {plant}": _bug(plant) for plant in bugs.OCCASIONS},
    "10 breaker": harm.breaker,
    "10 drain": lambda folder: harm.drain(folder, 10),
    "10 pause": lambda folder: harm.pause(folder, 12),
    "10 cancel": harm.cancel,
    "12 disk full": _traced(lambda folder: trouble.disk_full(folder, strace=True)),
    "12 file too large": lambda folder: trouble.disk_full(folder, strace=False),
    "12 read-only": trouble.read_only,
    "12 locked for a moment": lambda folder: trouble.locked(folder, seconds=1.5, gives_up=False),
    "12 locked beyond patience": lambda folder: trouble.locked(folder, seconds=40, gives_up=True),
    "12 second runner": trouble.second_runner,
    "12 restored backup": trouble.restored_backup,
    "12 clock jumps": trouble.clock_jumps,
}
