"""Upload, send, report, reconcile: on loopback, with reports that come twice and late, each part its own process."""

import csv
import time
from collections import Counter
from pathlib import Path
from secrets import token_urlsafe

import pytest

from tests.campaign.support import PROVIDERS, configuration, dialled, numbers
from tests.webhooks.serving import serving
from voicehub import Announcement, AudioFile, config
from voicehub.campaign import Call, Campaign, Counts, SqliteLedger, plan, report
from voicehub.receipt import CallState
from voicehub.sandbox import Fault, SandboxServer, Script

SECRET = token_urlsafe(32)
ENDINGS = Script({"5": "missing", "3": "busy", "7": "no_answer"}, speed=100)
FAULTS = [Fault("report-twice", 0.3), Fault("report-late", 0.3)]


def test_upload_send_report_reconcile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    Path("callees.csv").write_text("\n".join(["phone", *numbers(60)]))
    Path("reminder.mp3").write_bytes(b"ID3\x04\0" + b"sound" * 9)
    with SandboxServer(PROVIDERS) as nobody:
        path = configuration(nobody, alerts=f'webhook = "{SECRET}"')
    with serving(tmp_path, "--config", str(path)) as hooks, SqliteLedger(hooks.ledger) as ledger:
        push = {"alerts": f"{hooks.url}/reports/alerts/{SECRET}"}
        with SandboxServer(PROVIDERS, script=ENDINGS, faults=FAULTS, push=push) as server:
            loaded = config.load(configuration(server, alerts=f'webhook = "{SECRET}"'))
            announcement = Announcement(content=AudioFile("reminder.mp3"), reference="order 42")
            plan(ledger, "c", "callees.csv", announcement, configuration=loaded, account="alerts")
            one = Campaign.open(ledger, "c", configuration=loaded)
            assert one.run(ramp=False).counts == Counts(accepted=54, in_doubt=6)
            ids = [str(row.call_id) for row in server.dialled]
            _until_all_are_told(ledger, ids)
            pushed = ledger.calls("alerts", ids)
            found = one.reconcile()
            assert (found.matched, found.unseen, found.ambiguous, found.unasked) == (6, 0, 0, 0)
            assert one.status().counts == Counts(accepted=60)
            assert sorted(dialled(server)) == numbers(60), "nobody is phoned twice, and nobody is forgotten"
        report(ledger, "c", "report.csv", configuration=loaded)
    rows = list(csv.DictReader(Path("report.csv").read_text().splitlines()))
    assert [row["call_id"] for row in rows] == ids
    assert Counter(row["call_state"] for row in rows) == {"completed": 48, "busy": 6, "no_answer": 6}
    assert Counter(call.state.value for call in pushed.values()) == {"completed": 48, "busy": 6, "no_answer": 6}
    assert {row["answered_at"][:3] for row in rows if row["call_state"] == "completed"} == {"202"}


def _until_all_are_told(ledger: SqliteLedger, ids: list[str]) -> None:
    until, over = time.monotonic() + 30, {CallState.COMPLETED, CallState.BUSY, CallState.NO_ANSWER}
    told: dict[str, Call] = {}
    while len(told) < len(ids) or not over.issuperset(call.state for call in told.values()):
        assert time.monotonic() < until, f"reports of {len(told)} of {len(ids)} calls came"
        time.sleep(0.05)
        told = dict(ledger.calls("alerts", ids))
