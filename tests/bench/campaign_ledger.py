"""T20 to T24: what a ledger weighs, what it costs at ten times the size, how fast it recovers, and memory."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.campaign_ground import REPOSITORY, Ground, process
from tests.bench.campaign_ours import NAME, peak_mib
from tests.bench.measure import Row

_BATCH = 1000
_FLYING = 16


def rows(ground: Ground, wanted: Callable[[str], bool]) -> Iterator[Row]:
    if any(map(wanted, ("T20", "T21", "T22"))):
        yield from _ledger_alone(ground, wanted)
    if wanted("T23"):
        yield from _run_memory(ground)
    if wanted("T24"):
        config = ground.config(0, batch=_BATCH, slots=16)
        planned = ground.ours(ground.ledger(), config, "--plan", str(ground.clean(10_000_000)))
        note = f"{planned.seconds:.0f} s for the plan"
        what = "peak memory: a plan of 10 M with exact de-duplication"
        yield Row("T24", what, "a script: 4.5 GiB", 200, 80, planned.told["mib"], note, "MiB", 1)


def _ledger_alone(ground: Ground, wanted: Callable[[str], bool]) -> Iterator[Row]:
    small, large = (10_000_000 // ground.scale // share for share in (10, 1))
    paths = {count: ground.ledger() for count in (small, large)}
    took = {
        count: process("tests.bench.campaign_ledger", "work", str(path), str(count)).told
        for count, path in paths.items()
    }
    if wanted("T20"):
        size = sum(file.stat().st_size for file in paths[small].parent.iterdir()) / small
        yield Row("T20", f"ledger with results, {small:,} callees", "a callee", 40, 20, size, "", "bytes", 1)
    if wanted("T21"):
        ratio = took[large]["cpu"] / large / (took[small]["cpu"] / small)
        note = f"{took[large]['cpu'] / large * 1e6:.2f} against {took[small]['cpu'] / small * 1e6:.2f} us a callee"
        yield Row("T21", "cost of the ledger a callee: 10 M", "1 M", 1.3, 1.1, ratio, note)
    if wanted("T22"):
        path = ground.ledger()
        command = [sys.executable, "-m", "tests.bench.campaign_ledger", "die", str(path), str(large)]
        dead = subprocess.run(command, cwd=REPOSITORY, check=False).returncode
        assert dead == -signal.SIGKILL, f"it ended with {dead}"
        found = process("tests.bench.campaign_ledger", "recover", str(path)).told
        exact = found["batches"] == _FLYING and found["callees"] == _FLYING * _BATCH
        note = f"{found['batches']} of {_FLYING} batches in flight, {'exactly those' if exact else 'NOT those'}"
        what = f"after kill -9 in {large:,}: open, recover, list"
        yield Row("T22", what, "wall", 250, 50, found["ms"] if exact else float("inf"), note, "ms")


def _run_memory(ground: Ground) -> Iterator[Row]:
    config = ground.config(0, batch=_BATCH, slots=16)
    found = []
    for count in (100_000, 1_000_000, 10_000_000):
        ledger = ground.ledger()
        ground.ours(ledger, config, "--plan", str(ground.clean(count)))
        run = ground.ours(ledger, config, "--run")
        found.append(run.told["mib"])
        what = f"peak memory of a run, 16 slots: {count // ground.scale:,} callees"
        yield Row("T23", what, "constant", 80, 64, found[-1], f"{run.seconds:.1f} s", "MiB", 1)
    yield Row("T23", "its growth from the least to the most", "constant", 8, 3, max(found) - found[0], "", "MiB", 1)


def _draft(path: Path, count: int) -> None:
    from voicehub.campaign import CampaignState, SqliteLedger

    with SqliteLedger(path) as ledger:
        with ledger.draft(NAME, now=1.0) as draft:
            for start in range(0, count, _BATCH):
                draft.add([f"+{93_200_000_000 + number * 7}" for number in range(start, start + _BATCH)])
            draft.seal({})
        ledger.change(NAME, CampaignState.RUNNING, now=2.0)


def work(path: Path, count: int) -> dict[str, float]:
    """Everything a campaign asks of its ledger, and nothing else. ``cpu``: seconds of this process."""
    from voicehub import Outcome
    from voicehub.campaign import SqliteLedger

    begun = time.process_time()
    _draft(path, count)
    with SqliteLedger(path) as ledger:
        ledger.own()
        spent = 0.0
        while (claim := ledger.claim(NAME, "a", most=None, now=3.0)) is not None:
            busy = time.process_time()
            ids = os.urandom(16 * _BATCH).hex()
            told = [
                Outcome(callee, "accepted", ids[32 * at : 32 * at + 32], "0", "success")
                for at, callee in enumerate(claim.callees)
            ]
            spent += time.process_time() - busy
            ledger.settle(claim, told, now=4.0)
    return {"cpu": time.process_time() - begun - spent, "mib": peak_mib()}


def die(path: Path, count: int) -> dict[str, float]:
    """Be killed with batches in flight."""
    from voicehub.campaign import SqliteLedger

    _draft(path, count)
    ledger = SqliteLedger(path)
    ledger.own()
    for _ in range(_FLYING):
        ledger.claim(NAME, "a", most=None, now=3.0)
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def recover(path: Path) -> dict[str, float]:
    from voicehub.campaign import SqliteLedger

    begun = time.perf_counter()
    with closing(SqliteLedger(path)) as ledger:
        unknown = ledger.own()
        ms = (time.perf_counter() - begun) * 1000
        return {"ms": ms, "batches": len(unknown), "callees": sum(doubt.callees for doubt in unknown)}


def main() -> None:
    what, path, *count = sys.argv[1:]
    found = recover(Path(path)) if what == "recover" else {"work": work, "die": die}[what](Path(path), int(count[0]))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
