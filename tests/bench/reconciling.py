"""T29: 100,000 doubts settled from paged records: the memory of a tenth of them."""

import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from subprocess import PIPE, Popen

from voicehub_onbuka import Onbuka

from tests.bench.campaign_ground import process
from tests.bench.campaign_ours import peak_mib
from tests.bench.measure import Row
from voicehub import Announcement, Outcome, UploadedAudio
from voicehub.campaign import Campaign, CampaignState, SqliteLedger
from voicehub.config import load
from voicehub.provider import ListRecords, Provider, Request
from voicehub.receipt import CallState
from voicehub.records import CallRecord, Listing

DOUBTS = 100_000
REFERENCE = "order 42"
_BATCH = 1000
_MINUTE = timedelta(minutes=1)


def rows() -> Iterator[Row]:
    few, many = (process("tests.bench.reconciling", "settle", str(count)).told for count in (DOUBTS // 10, DOUBTS))
    memory, speed = f"{few['mib']:.0f} and {many['mib']:.0f} MiB", f"{DOUBTS / many['seconds']:.0f} doubts/s"
    note = f"{memory}; {speed}, {many['matched']} settled"
    reached = many["mib"] / few["mib"] if many["matched"] == DOUBTS else math.inf
    yield Row("T29", "memory to settle 100,000 doubts from paged records", "10,000 doubts", 1.15, 1.05, reached, note)


def settle(count: int) -> None:
    """Everybody in doubt, with a vendor of its own who has a record of each; prints what it took."""
    with tempfile.TemporaryDirectory(prefix="voicehub-bench-") as folder, _vendor(count) as port:
        config = Path(folder, "voicehub.toml")
        values = {**Onbuka.sample_settings, "provider": Onbuka.name, "base_url": f"http://127.0.0.1:{port}/v3"}
        lines = (f"{key} = {json.dumps(value)}" for key, value in values.items())
        config.write_text("\n".join(["[accounts.alerts]", *lines]))
        with SqliteLedger(Path(folder, "ledger.db")) as ledger:
            _doubt(ledger, count)
            began = time.perf_counter()
            found = Campaign.open(ledger, "c", configuration=load(config)).reconcile()
            seconds = time.perf_counter() - began
    json.dump({"seconds": seconds, "mib": peak_mib(), "matched": found.matched}, sys.stdout)


def _doubt(ledger: SqliteLedger, count: int) -> None:
    spoken = Announcement(content=UploadedAudio("a.mp3"), reference=REFERENCE)
    document = {"chain": [{"account": "alerts"}], "announcement": spoken.model_dump(mode="json")}
    with ledger.draft("c", now=0.0) as draft:
        for start in range(0, count, _BATCH):
            draft.add([_number(at) for at in range(start, start + _BATCH)])
        draft.seal(document)
    ledger.own()
    ledger.change("c", CampaignState.RUNNING, now=time.time())
    while claim := ledger.claim("c", "alerts", most=None, now=time.time()):
        ledger.settle(claim, [Outcome(callee, "in_doubt") for callee in claim.callees], now=time.time())


def _number(at: int) -> str:
    return f"+93200{at:07d}"


@contextmanager
def _vendor(count: int) -> Iterator[int]:
    command = [sys.executable, "-m", "tests.bench.reconciling", "serve", str(count)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def serve(count: int) -> None:
    """A vendor that has a record of everybody, as its plugin writes them; tells its port."""
    provider: Provider = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))
    ability = provider.abilities[ListRecords](provider)
    submitted = datetime.now(UTC)

    class Vendor(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = provider.settings.base_url + self.path.removeprefix("/v3")
            asked = ability.parse(Request("POST", url, headers, body), time.time())
            assert isinstance(asked, ListRecords), asked
            first = (asked.page - 1) * asked.page_size
            there = range(first, min(first + asked.page_size, count))
            items = [
                CallRecord(
                    call_id=f"{at:032x}",
                    state=CallState.NO_ANSWER,
                    callee=_number(at),
                    submitted_at=submitted,
                    ended_at=submitted + _MINUTE,
                    reference=REFERENCE,
                )
                for at in there
            ]
            answer = ability.answer(asked, Listing(tuple(items), there.stop < count)).body
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Vendor) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    {"settle": settle, "serve": serve}[sys.argv[1]](int(sys.argv[2]))
