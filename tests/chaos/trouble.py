"""A ledger that cannot be written, is held by others, or is not the newest; and a clock that jumps."""

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.chaos.judge import entries
from tests.chaos.kills import Finding, until
from tests.chaos.stage import PATIENCE, Stage

SLOTS = 4
_ROOM = 600_000  # bytes a file may have: enough for a while
_LEDGER_EXIT = 6


def disk_full(folder: Path, *, strace: bool) -> Finding:
    """No more room in mid-campaign, then there is again: ENOSPC by strace, or a limit on the size of files.

    What is answered then is set down in room that was taken before, so nobody is in doubt.
    """
    how = "ENOSPC" if strace else "file too large"
    tracer: tuple[str, ...] = ()
    with Stage(folder, 10_000, most=50, slots=SLOTS, latency=0.005) as stage:
        if strace:
            grows = ("-P", str(stage.ledger), "-P", f"{stage.ledger}-wal")
            tracer = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", *grows)
            tracer = (*tracer, "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=300+")
        stage.plan()
        code, _, err = stage.whole(*tracer, most_bytes=0 if strace else _ROOM)
        asked = sum(1 for _ in entries(stage.vendor.log))
        stage.resume()
        verdict = stage.judge()
    doubted = verdict.states["in_doubt"] // 50
    told = f"stopped with {code} after {asked} requests ({_line(err)}); {doubted} batches in doubt; {verdict}"
    passed = code == _LEDGER_EXIT and 0 < asked < 200 and not doubted and verdict.clean and _is_one_line(err)
    return Finding(f"disk full in mid-campaign ({how})", passed, told)


def read_only(folder: Path) -> Finding:
    """A ledger this user may not write."""
    dropping = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    with Stage(folder, 100, most=10) as stage:
        stage.ledger = folder / "closed" / "ledger.db"
        stage.plan()
        for path in stage.ledger.parent.iterdir():
            path.chmod(0o400)
        stage.ledger.parent.chmod(0o500)
        code, _, err = stage.whole(*dropping)
        asked = sum(1 for _ in entries(stage.vendor.log)) if stage.vendor.log.exists() else 0
        stage.ledger.parent.chmod(0o700)
        for path in stage.ledger.parent.iterdir():
            path.chmod(0o600)
        stage.resume()
        verdict = stage.judge()
    told = f"ended with {code} ({_line(err)}) after {asked} requests; {verdict}"
    return Finding("read-only ledger", code == _LEDGER_EXIT and not asked and verdict.clean and _is_one_line(err), told)


def locked(folder: Path, *, seconds: float, gives_up: bool) -> Finding:
    """Another program keeps a write lock on the file, for a moment or beyond patience."""
    with Stage(folder, 4_000, most=20, slots=SLOTS, latency=0.005) as stage:
        stage.plan()
        life = stage.live()
        until(lambda: any(True for _ in entries(stage.vendor.log)))
        with closing(sqlite3.connect(stage.ledger, isolation_level=None, timeout=5)) as other:
            other.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            while time.monotonic() - begun < seconds and life.poll() is None:
                time.sleep(0.05)
            other.execute("ROLLBACK")
        _, err = life.communicate(timeout=PATIENCE)
        stage.resume()
        verdict = stage.judge()
    doubted = verdict.states["in_doubt"] // 20
    told = (
        f"locked for {seconds:g} s: ended with {life.returncode} ({_line(err)}), {doubted} batches in doubt; {verdict}"
    )
    passed = life.returncode == (_LEDGER_EXIT if gives_up else 0) and verdict.clean
    return Finding(
        f"locked ledger, {'beyond patience' if gives_up else 'for a moment'}", passed and doubted <= SLOTS, told
    )


def second_runner(folder: Path) -> Finding:
    """A second runner is refused, and is told who runs; both from the command line."""
    with Stage(folder, 4_000, most=20, slots=SLOTS, latency=0.02) as stage:
        stage.plan()
        life = stage.command()
        until(lambda: any(True for _ in entries(stage.vendor.log)))
        second = stage.command()
        _, err = second.communicate(timeout=PATIENCE)
        life.communicate(timeout=PATIENCE)
        verdict = stage.judge()
    named = str(life.pid) in err and os.uname().nodename in err
    told = f"ended with {second.returncode} ({_line(err)}); the first with {life.returncode}; {verdict}"
    passed = second.returncode == _LEDGER_EXIT and named and life.returncode == 0 and not verdict.states["in_doubt"]
    return Finding("second runner", passed and verdict.clean, told)


def restored_backup(folder: Path) -> Finding:
    """The ledger is put back from an older copy: everybody who was attempted since would be phoned twice."""
    with Stage(folder, 2_000, most=20, slots=SLOTS) as stage:
        stage.ledger = folder / "disk" / "ledger.db"
        stage.plan()
        stage.whole(point="settle.after:5", hits=str(folder / "hits"))
        shutil.copytree(stage.ledger.parent, folder / "old")
        stage.whole(point="settle.after:20", hits=str(folder / "hits"))
        shutil.copytree(stage.ledger.parent, folder / "new")
        asked = sum(1 for _ in entries(stage.vendor.log))
        told, refused = [], 0
        for counter in ("kept", "lost"):
            for path in stage.ledger.parent.iterdir():
                if counter == "lost" or not path.name.endswith(".attempts"):
                    path.unlink()
            for path in (folder / "old").iterdir():
                if not path.name.endswith(".attempts"):
                    shutil.copy(path, stage.ledger.parent)
            code, _, err = stage.whole()
            refused += code == _LEDGER_EXIT and _is_one_line(err)
            told.append(f"counter {counter}: ended with {code} ({_line(err)})")
        more = sum(1 for _ in entries(stage.vendor.log)) - asked
        shutil.rmtree(stage.ledger.parent)
        shutil.copytree(folder / "new", stage.ledger.parent)
        stage.resume()
        verdict = stage.judge()
    told.append(f"{more} requests with the old copy; with the newest put back: {verdict}")
    return Finding("backup restored over a newer ledger", refused == 2 and not more and verdict.clean, "; ".join(told))


def clock_jumps(folder: Path) -> Finding:
    """The clock jumps by an hour and back: the vendor refuses stale signatures, nobody is lost."""
    with Stage(folder, 4_000, most=20, slots=SLOTS, latency=0.01, faults={"throttled": 0.02}) as stage:
        stage.plan()
        stops = []
        for jump in (3600.0, -3600.0):
            code, status, err = stage.whole(jump=jump, jump_after=1.0)
            stops.append(f"{jump:+.0f} s: {status.get('state')} ({status.get('reason') or _line(err)}), exit {code}")
        lives = stage.resume()
        verdict = stage.judge()
    told = f"{'; '.join(stops)}; {lives} lives more; {verdict}"
    return Finding("clock jumps by an hour", verdict.clean and not verdict.states["in_doubt"], told)


def _line(err: str) -> str:
    return err.strip().splitlines()[-1][-300:] if err.strip() else "nothing said"


def _is_one_line(err: str) -> bool:
    return len(err.strip().splitlines()) == 1
