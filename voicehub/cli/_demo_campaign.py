"""The demo's last scene: a campaign whose process is killed in the middle, and what resume makes of it."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from voicehub.cli import _campaign_status, _output

if TYPE_CHECKING:
    from voicehub.campaign import Status
    from voicehub.cli._demo_cast import Actor
    from voicehub.sandbox import SandboxServer

CALLEES = 600
_A_REQUEST, _KILLED_AFTER = 10, 200  # callees
_PACE = {"requests_per_second": 60, "slots": 4}
TITLE = "A campaign that is killed, and resumed"


class Ended(NamedTuple):
    """``rang`` phones had rung when it was killed; ``states`` is the ledger's last word on every callee."""

    account: str
    rang: int
    status: "Status"
    states: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The status, and how many phones had rung when it was killed."""
        return {**self.status.as_dict(), "rang_before_the_kill": self.rang}


def play(folder: Path, server: "SandboxServer", account: str, actor: "Actor", numbers: Iterator[str]) -> Ended:
    """Plan it, run it in a process of its own, kill that, resume here."""
    from voicehub.campaign import Campaign, SqliteLedger, plan
    from voicehub.config import load

    config, ledger_file, file = (folder / name for name in ("campaign.toml", "ledger.db", "callees.csv"))
    config.write_text(_configuration(server, account, min(_A_REQUEST, actor.callees or _A_REQUEST)), encoding="utf-8")
    file.write_text("\n".join(["phone", *islice(numbers, CALLEES)]), encoding="utf-8")
    with closing(SqliteLedger(ledger_file)) as ledger:
        planned = plan(ledger, "demo", file, actor.announcement, configuration=load(config))
        words = [
            "run",
            "demo",
            "--plan",
            planned.digest,
            "--no-ramp",
            "--config",
            str(config),
            "--ledger",
            str(ledger_file),
        ]
        rang = _killed(words, server)
        status = Campaign.open(ledger, "demo", configuration=config).run(ramp=False)
        states = {result.callee: result.state.value for result in ledger.results("demo")}
    return Ended(account, rang, status, states)


def _killed(words: list[str], server: "SandboxServer") -> int:
    """Run the command until enough phones have rung, and kill it; returns how many had."""
    before = len(server.dialled)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, "-m", "voicehub", "campaign", *words], **quiet)  # noqa: S603 - ourselves
    try:
        while process.poll() is None and len(server.dialled) - before < _KILLED_AFTER:
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    return len(server.dialled) - before


def _configuration(server: "SandboxServer", account: str, callees: int) -> str:
    from voicehub.cli._samples import as_toml

    pace = (f"{key} = {value}" for key, value in _PACE.items())
    limits = (f"[accounts.{account}.limits]", f"callees = {callees}")
    return "\n".join([as_toml({account: server.provider(account)}), *limits, f"[accounts.{account}.pace]", *pace, ""])


def show(ended: Ended) -> None:
    """The scene, as people read it."""
    story = (
        f"{CALLEES} callees in a file. A process of its own runs the campaign, and is killed (kill -9) when "
        f"{ended.rang} phones have rung. Then: voicehub campaign resume. Whatever was in flight is in doubt "
        "and is left alone; everybody else is phoned."
    )
    _output.show(story)
    _campaign_status.show(ended.status)
