"""Control of harm: the breaker, the drain, a pause, a cancellation, each beside a vendor that counts."""

import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.chaos.drive import NAME
from tests.chaos.judge import entries
from tests.chaos.kills import Finding, until
from tests.chaos.stage import PATIENCE, Stage
from voicehub.campaign import Campaign, SqliteLedger

SLOTS = 8
_INTERRUPTED = 130


def breaker(folder: Path) -> Finding:
    """A gateway answers 502 after the vendor accepted: the account has to stop by itself, and soon."""
    with Stage(folder, 10_000, most=100, slots=SLOTS, latency=0.02, faults={"error-after": 1.0}) as stage:
        stage.plan()
        _, status, _ = stage.whole()
        with closing(SqliteLedger(stage.ledger)) as ledger:
            doubts = len(ledger.doubts(NAME))
        _, ramped, _ = stage.whole(ramp=True)
        stage.vendor.play()
        stage.resume()
        verdict = stage.judge()
    more = ramped["callees"]["in_doubt"] - status["callees"]["in_doubt"]
    told = f"{doubts} of 100 batches in doubt with {SLOTS} slots, {more} callees more with a ramp; {verdict}"
    passed = 3 <= doubts <= SLOTS + 2 and more <= 3 and status["state"] == "paused" and verdict.clean
    return Finding("breaker: 502 after accepting", passed, told)


def drain(folder: Path, restarts: int) -> Finding:
    """SIGTERM, again and again: what is in flight ends and is recorded."""
    in_flight, broken = 0, []
    with Stage(folder, 200 * restarts * SLOTS, most=20, slots=SLOTS, latency=0.1) as stage:
        stage.plan()
        for _ in range(restarts):
            before = sum(1 for _ in entries(stage.vendor.log))
            life = stage.command()
            _until_asked(stage, before)
            life.send_signal(signal.SIGTERM)
            _, err = life.communicate(timeout=PATIENCE)
            if life.returncode != _INTERRUPTED or f"campaign resume {NAME}" not in err:
                broken.append(f"a life ended with {life.returncode}: {err[-300:]}")
            in_flight += sum(1 for _ in entries(stage.vendor.log)) > before
        with closing(SqliteLedger(stage.ledger)) as ledger:
            counts = ledger.record(NAME).counts
        verdict = stage.judge(ended=False)
        stage.vendor.play()
    told = f"{restarts} restarts, {in_flight} of them with requests out: {counts.in_doubt} callees in doubt; {verdict}"
    passed = not counts.in_doubt and not counts.submitting and in_flight == restarts and verdict.clean and not broken
    return Finding("drain: SIGTERM", passed, "; ".join([told, *broken]))


def pause(folder: Path, pauses: int) -> Finding:
    """Pause from another process: from the moment it returned, no batch begins."""
    return _stop_from_outside(folder, pauses, "pause", lambda campaign: campaign.pause())


def cancel(folder: Path) -> Finding:
    """Cancel from another process: nobody is pending, and nobody who is canceled is ever phoned."""
    return _stop_from_outside(folder, 1, "cancel", lambda campaign: campaign.cancel())


def _stop_from_outside(folder: Path, times: int, word: str, stop: Callable[[Campaign], object]) -> Finding:
    late = begun = 0
    states = []
    with Stage(folder, 400 * times * SLOTS, most=10, slots=SLOTS, latency=0.01) as stage:
        stage.plan()
        for number in range(times):
            claims = stage.folder / f"claims-{number}"
            before = sum(1 for _ in entries(stage.vendor.log))
            life = stage.live(claims=str(claims))
            _until_asked(stage, before)
            with Campaign.open(stage.ledger, NAME, configuration=stage.config) as campaign:
                stop(campaign)
                returned = time.monotonic()
            life.communicate(timeout=PATIENCE)
            for line in claims.read_text().splitlines():
                asked, found = line.split()
                begun += int(found)
                late += float(asked) > returned and found == "1"
            with closing(SqliteLedger(stage.ledger)) as ledger:
                states.append(ledger.record(NAME).counts)
        verdict = stage.judge(ended=word == "cancel")
    left = states[-1].canceled if word == "cancel" else states[-1].pending
    told = (
        f"{times} times; {begun} batches begun in all, {late} of them after it had returned; {left:,} left; {verdict}"
    )
    passed = not late and begun > times and left > 0 and not states[-1].in_doubt and verdict.clean
    return Finding(f"{word} from another process", passed, told)


def _until_asked(stage: Stage, before: int) -> None:
    """Until the vendor has been asked a few times more."""
    until(lambda: sum(1 for _ in entries(stage.vendor.log)) >= before + SLOTS)
