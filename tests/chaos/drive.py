"""One life of a runner, in a process that may be killed: ``python -m tests.chaos.drive JSON``.

Says ``ready`` before it takes the ledger, and in the end where the campaign stands. Nothing in the product knows of
this: points of death and planted bugs are wrapped around its classes from here.
"""

import faulthandler
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicehub.campaign import SqliteLedger

NAME = "drill"
AUDIO = "12022022570cc.mp3"


@dataclass(frozen=True)
class Orders:
    """What this life is to do. ``point``: where it ends, as ``claim.after:3``; ``plant``: the bug it runs with."""

    ledger: str
    config: str
    file: str = ""  #: plan this file first; empty: the campaign is planned
    run: bool = True
    ramp: bool = False
    point: str = ""
    hits: str = ""  #: a file that tells that the point was reached
    plant: str = ""
    jump: float = 0.0  #: seconds the clock jumps by
    jump_after: float = 0.0  #: seconds from the start
    most_bytes: int = 0  #: no file may grow beyond this
    claims: str = ""  #: a file that tells when each claim was asked for, and whether there was one

    def argument(self) -> str:
        return json.dumps(asdict(self))


def main(argument: str) -> int:
    faulthandler.enable()  # who waits too long for this life ends it with SIGABRT, and reads where it stood
    orders = Orders(**json.loads(argument))
    if orders.jump:
        _jump(orders.jump, orders.jump_after)
    from tests.chaos import plants, points  # after the clock, which defaults of the product take up when imported

    if orders.plant:
        plants.PLANTS[orders.plant]()
    if orders.point:
        points.end_at(orders.point, Path(orders.hits))
    if orders.claims:
        points.note_claims(Path(orders.claims))
    return _live(orders)


def _live(orders: Orders) -> int:
    from voicehub import config
    from voicehub.campaign import Campaign, SqliteLedger
    from voicehub.errors import VoicehubError

    say("ready")
    try:
        with SqliteLedger(Path(orders.ledger)) as ledger:
            if orders.file:
                draw_up(ledger, orders)
            if orders.run:
                if orders.most_bytes:
                    _limit(orders.most_bytes)
                campaign = Campaign.open(ledger, NAME, configuration=config.load(Path(orders.config)))
                signal.signal(signal.SIGTERM, lambda *_: campaign.stop())
                say(json.dumps(campaign.run(ramp=orders.ramp).as_dict()))
    except VoicehubError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 6
    return 0


def draw_up(ledger: "SqliteLedger", orders: Orders) -> None:
    """Plan the campaign of these orders."""
    from voicehub import Announcement, UploadedAudio, config
    from voicehub.campaign import plan

    announcement = Announcement(content=UploadedAudio(AUDIO))
    plan(ledger, NAME, Path(orders.file), announcement, configuration=config.load(Path(orders.config)))


def say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


def _jump(seconds: float, after: float) -> None:
    real: Any = time.time
    begin = time.monotonic()
    time.time = lambda: real() + (seconds if time.monotonic() - begin >= after else 0.0)


def _limit(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
