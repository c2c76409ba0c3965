"""T28: reports a second that ``voicehub webhooks serve`` takes on one core, each on disk before its 200."""

import contextlib
import json
import os
import selectors
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.measure import Row
from tests.webhooks.serving import Serving, head, serving
from tests.webhooks.support import ACCOUNTS
from voicehub.campaign import SqliteLedger

EVENTS = 10_000
CONNECTIONS = 64
_SECONDS = 60  # so long it may take at most
_SAMPLE = Path(__file__).resolve().parents[2] / "plugins/voicehub-onbuka/voicehub_onbuka/golden/reports.json"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="voicehub-bench-") as name:
        folder = Path(name)
        config = folder / "voicehub.toml"
        config.write_text(ACCOUNTS)
        with _apart() as ours, serving(folder, "--config", str(config)) as server:
            ours()
            seconds, cpu = _load(server)
            server.process.kill()
        kept = _kept(server.ledger)
    what = f"reports stored durably before their 200, {CONNECTIONS} connections, a server on one core"
    note = f"{cpu / EVENTS * 1e6:.0f} us of processor each; {kept} of {EVENTS} in the ledger after kill -9"
    reached = EVENTS / seconds if kept == EVENTS else 0
    yield Row("T28", what, "each an HTTP request", 1500, 2000, reached, note, "/s", at_least=True)


@contextlib.contextmanager
def _apart() -> Iterator[Callable[[], None]]:
    """What is started within has one core; the load takes the others, if there are."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield lambda: os.sched_setaffinity(0, cores - {min(cores)} or cores)
    finally:
        os.sched_setaffinity(0, cores)


def _load(server: Serving) -> tuple[float, float]:
    """Seconds, and those of the server's processor, until every report was answered with 200."""
    sample = json.loads(_SAMPLE.read_text())[0]["body"]
    bodies = (json.dumps({**sample, "voiceId": str(number)}).encode() for number in range(EVENTS))
    waiting = iter([head(len(body)) + body for body in bodies])
    with contextlib.ExitStack() as leaving, selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = leaving.enter_context(server.connect())
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
        begun, busy, answered = time.perf_counter(), _processor_seconds(server.process.pid), 0
        for key in list(selector.get_map().values()):
            key.fileobj.sendall(next(waiting))  # type: ignore[union-attr]
        while answered < EVENTS:
            assert time.perf_counter() - begun < _SECONDS, f"{answered} of {EVENTS} reports were answered in time"
            for key, _ in selector.select(1):
                assert isinstance(key.fileobj, socket.socket)
                answer = key.fileobj.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200 "), answer
                answered += 1
                if following := next(waiting, None):
                    key.fileobj.sendall(following)
        return time.perf_counter() - begun, _processor_seconds(server.process.pid) - busy


def _processor_seconds(process: int) -> float:
    """User and system time (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kept(ledger: Path) -> int:
    opened = SqliteLedger(ledger)
    with contextlib.closing(opened):
        return len(opened.calls("alerts", [str(number) for number in range(EVENTS)]))
