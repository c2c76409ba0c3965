"""What the ledger costs: a campaign against threads with a `Client` each and no ledger, 200 a request, 16 slots."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from tests.bench.campaign_ground import Ground, Took, process
from tests.bench.measure import Row

PAIRS = 5
BATCH, SLOTS = 200, 16
CASES = ((0.0, 400_000, 0.30, 0.36), (100.0, 200_000, 0.88, 0.93))


def rows(ground: Ground, wanted: Callable[[str], bool]) -> Iterator[Row]:
    for latency, callees, must, goal in CASES if wanted("ledger") else ():
        file = ground.clean(callees)
        config = ground.config(latency, batch=BATCH, slots=SLOTS)
        pairs = [(_campaign(ground, file, config), _without(file, config)) for _ in range(PAIRS)]
        ratio = median(other.told["run"] / one.told["run"] for one, other in pairs)
        each = [f"{median(took.told['run'] for took in tooks):.2f} s" for tooks in zip(*pairs, strict=True)]
        what = f"a run with a ledger: callees/s at {latency:g} ms, 200 a request, 16 slots"
        yield Row("ledger", what, "our Client without one", must, goal, ratio, " against ".join(each), at_least=True)


def _campaign(ground: Ground, file: Path, config: Path) -> Took:
    ledger = ground.ledger()
    ground.ours(ledger, config, "--plan", str(file))
    return ground.ours(ledger, config, "--run")


def _without(file: Path, config: Path) -> Took:
    return process("tests.bench.campaign_overhead", str(file), str(config))


def main() -> None:
    """The other side: the batches dealt out to threads, each with a client of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("config", type=Path)
    asked = parser.parse_args()
    from tests.bench.campaign_script import read
    from voicehub import Announcement, Client, UploadedAudio

    announcement = Announcement(content=UploadedAudio("12022022570cc.mp3"), reference="order 42")
    numbers = [f"+{number}" for number in read(asked.file)]
    batches = iter([numbers[at : at + BATCH] for at in range(0, len(numbers), BATCH)])
    lock, accepted = threading.Lock(), [0]

    def work() -> None:
        with Client.from_config(asked.config) as client:
            while True:
                with lock:
                    batch = next(batches, None)
                if batch is None:
                    return
                receipt = client.send(announcement.addressed_to(*batch))
                with lock:
                    accepted[0] += len(receipt.accepted)

    begun = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(SLOTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump({"run": time.perf_counter() - begun, "accepted": accepted[0]}, sys.stdout)


if __name__ == "__main__":
    main()
