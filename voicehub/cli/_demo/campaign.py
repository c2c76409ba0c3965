"""The demo's last scenes: a campaign that is killed, then resumed, and whose doubts are settled."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from voicehub.cli import _output
from voicehub.cli._campaign import reconcile, report, status
from voicehub.cli._demo.held import Held
from voicehub.cli._demo.reports import Hooks, notes_in, spawned

if TYPE_CHECKING:
    from voicehub.campaign import Ledger, Reconciled, Status
    from voicehub.cli._demo.cast import Actor
    from voicehub.config import Configuration
    from voicehub.message import Announcement
    from voicehub.sandbox import SandboxServer

CALLEES = 600
_UNLUCKY = 30  # of each kind
_A_REQUEST, _KILLED_AFTER = 10, 200  # callees
_PACE = {"requests_per_second": 60, "slots": 4}
_HEAR_SECONDS = 3.0  # to wait for the last reports
_SOUND = b"ID3\x04\0" + bytes(250)  # enough of an MP3 for a simulated vendor
LEDGER = "ledger.db"
TITLE = "A campaign that is killed, and resumed"
SETTLED = "The doubts it left, settled by the vendor's reports and records"


class Ended(NamedTuple):
    """``rang`` phones had rung when it was killed; ``states``: every callee's final state in the ledger.

    ``resumed``: the status before the doubts were settled; ``calls``: the number of calls by state.
    """

    account: str
    rang: int
    resumed: "Status"
    found: "Reconciled | None"
    status: "Status"
    calls: Mapping[str, int]
    states: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The status, how many phones had rung when it was killed, and the results for its doubts and calls."""
        settled = None if self.found is None else self.found.as_dict()
        killed = {"rang_before_the_kill": self.rang, "doubts_of_the_kill": self.resumed.counts.in_doubt}
        return {**self.status.as_dict(), **killed, "reconciled": settled, "calls": self.calls}


def play(
    folder: Path,
    server: "SandboxServer",
    account: str,
    actor: "Actor",
    numbers: Iterator[str],
    hooks: Hooks,
    held: Held,
) -> Ended:
    """Plan it, run it in another process, kill that, resume here, and ask the vendor about the doubts."""
    from voicehub.campaign import Campaign, SqliteLedger, call_states, plan
    from voicehub.config import load

    config, ledger_file, file = (folder / name for name in ("campaign.toml", LEDGER, "callees.csv"))
    most = min(_A_REQUEST, actor.callees or _A_REQUEST)
    config.write_text(_configuration(server, account, most, hooks), encoding="utf-8")
    file.write_text("\n".join(["phone", *_callees(numbers)]), encoding="utf-8")
    files = ("--config", str(config), "--ledger", str(ledger_file))
    hooks.wait()
    with closing(SqliteLedger(ledger_file)) as ledger, notes_in(folder):
        loaded = load(config)
        planned = plan(ledger, "demo", file, _announcement(folder, actor), configuration=loaded)
        rang = _killed(["run", "demo", "--plan", planned.digest, "--no-ramp", *files], server, held)
        campaign = Campaign.open(ledger, "demo", configuration=loaded)
        resumed = campaign.run(ramp=False)
        _wait_for_reports(ledger, hooks, loaded, resumed.counts.accepted)
        found = campaign.reconcile() if can_be_settled(actor) else None
        calls = call_states(ledger, "demo", configuration=loaded)
        states = {result.callee: result.state.value for result in ledger.results("demo")}
        return Ended(account, rang, resumed, found, campaign.status(), calls, states)


def _callees(numbers: Iterator[str]) -> Iterator[str]:
    """Numbers of callees; most answer, some are busy, and some do not answer."""
    from voicehub.sandbox import Script

    unlucky = [digits for digits, ending in Script().endings.items() if ending in ("busy", "no_answer")]
    some = (f"+93219{at:0{7 - len(digits)}d}{digits}" for digits in unlucky for at in range(_UNLUCKY))
    return chain(islice(numbers, CALLEES - _UNLUCKY * len(unlucky)), some)


def _announcement(folder: Path, actor: "Actor") -> "Announcement":
    """The announcement, with a recording to upload if the vendor takes one."""
    from voicehub.message import AudioFile, UploadedAudio
    from voicehub.provider import Upload

    if Upload not in actor.provider.abilities or not isinstance(actor.announcement.content, UploadedAudio):
        return actor.announcement
    recording = folder / "welcome.mp3"
    recording.write_bytes(_SOUND)
    return actor.announcement.model_copy(update={"content": AudioFile(recording)})


def can_be_settled(actor: "Actor") -> bool:
    """Whether the vendor can be asked for records, and echoes a reference in them."""
    from voicehub.provider import ListRecords

    return ListRecords in actor.provider.abilities and actor.announcement.reference is not None


def _wait_for_reports(ledger: "Ledger", hooks: Hooks, configuration: "Configuration", calls: int) -> None:
    """Wait until every call was reported, but not for long."""
    from voicehub.campaign import call_states

    until = time.monotonic() + _HEAR_SECONDS
    while hooks.secrets and time.monotonic() < until:
        if sum(call_states(ledger, "demo", configuration=configuration).values()) == calls:
            return
        time.sleep(0.1)


def _killed(words: list[str], server: "SandboxServer", held: Held) -> int:
    """Run the command, and kill it while an answer is held back; returns how many phones had rung."""
    before = len(server.dialled)
    with held.after(_KILLED_AFTER) as begun:
        process = spawned("campaign", *words)
        while process.poll() is None and not begun.wait(0.005):
            pass
        process.kill()
        process.wait()
        return len(server.dialled) - before


def _configuration(server: "SandboxServer", account: str, callees: int, hooks: Hooks) -> str:
    from voicehub.cli._sandbox.samples import as_toml

    pace = (f"{key} = {value}" for key, value in _PACE.items())
    limits = (f"[accounts.{account}.limits]", f"callees = {callees}")
    accounts = as_toml({account: server.provider(account)}, hooks.secrets)
    return "\n".join([accounts, *limits, f"[accounts.{account}.pace]", *pace, ""])


def show(ended: Ended, number: int) -> None:
    """Print the scenes."""
    story = (
        f"{CALLEES} callees in a file. Another process runs the campaign, and is killed (kill -9) when "
        f"{ended.rang} phones have rung and an answer of the vendor is on its way. Then: voicehub campaign resume. "
        "Callees whose request was in flight are in doubt and are left alone; everybody else is phoned."
    )
    _output.show("", _output.heading(f"{number}. {TITLE}"), story)
    status.show(ended.resumed)
    if ended.found is not None:
        story = (
            "The vendor reported its calls to voicehub webhooks serve, and can be asked for its records: voicehub "
            "campaign reconcile. A callee found there by number, reference and time was phoned; nobody is phoned "
            "again."
        )
        _output.show("", _output.heading(f"{number + 1}. {SETTLED}"), story)
        reconcile.show(ended.found)
        report.show_calls(ended.calls)
