"""One whole process of a campaign: ``python -m tests.bench.campaign_ours LEDGER CONFIG [--plan FILE] [--run]``.

Prints as JSON how it ended, the seconds of each phase, and the most memory it ever held.
"""

import argparse
import json
import sys
import time
from pathlib import Path

NAME = "bench"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ledger", type=Path)
    parser.add_argument("config", type=Path)
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--run", action="store_true")
    asked = parser.parse_args()
    from voicehub import Announcement, UploadedAudio, config
    from voicehub.campaign import Campaign, SqliteLedger, plan

    told: dict[str, object] = {}
    configuration = config.load(asked.config)
    with SqliteLedger(asked.ledger) as ledger:
        if asked.plan is not None:
            begun = time.perf_counter()
            announcement = Announcement(content=UploadedAudio("12022022570cc.mp3"), reference="order 42")
            plan(ledger, NAME, asked.plan, announcement, configuration=configuration)
            told["plan"] = time.perf_counter() - begun
        if asked.run:
            begun = time.perf_counter()
            status = Campaign.open(ledger, NAME, configuration=configuration).run(ramp=False)
            told["run"] = time.perf_counter() - begun
            told["state"], told["callees"] = status.state, status.counts._asdict()
    told["mib"] = peak_mib()
    json.dump(told, sys.stdout)


def peak_mib() -> float:
    """The most resident memory of this process (`getrusage` would count that of whoever started it)."""
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
