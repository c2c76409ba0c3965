"""T15: one send over a connection that is kept, against the HTTP library alone; the server has a process of its own."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx

from tests.bench import sample
from tests.bench.measure import ROUNDS, Row, ratio
from voicehub import Client

SENDS = 300  # of each kind in a round


def rows() -> Iterator[Row]:
    command = [sys.executable, "-m", "tests.bench.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield from _compare(f"http://127.0.0.1:{int(server.stdout.readline())}")
        finally:
            server.kill()


def _compare(base_url: str) -> Iterator[Row]:
    message = sample.message(1)
    provider = sample.provider(base_url)
    (request,) = Client(provider).check(message)
    body = json.dumps(sample.bare_request(message)).encode()
    with Client(provider) as client, httpx.Client(trust_env=False) as bare:
        ours = lambda: client.send(message)  # noqa: E731 - a pair that is read side by side
        theirs = lambda: bare.post(request.url, content=body, headers=dict(request.headers)).json()  # noqa: E731
        for send in (ours, theirs):
            _round(send)
        measured = [(_round(ours), _round(theirs)) for _ in range(ROUNDS)]
    for at, kind in enumerate(("p50", "cpu")):
        one, other = [pair[0][at] for pair in measured], [pair[1][at] for pair in measured]
        note = f"{statistics.median(one) * 1e6:.0f} against {statistics.median(other) * 1e6:.0f} us"
        yield Row(
            "T15",
            f"a single send, connection kept: {kind}",
            "bare httpx.Client.post",
            1.15,
            1.03,
            ratio(one, other),
            note,
        )


def _round(send: Callable[[], object]) -> tuple[float, float]:
    """The median wall time and the mean cpu time of one send, in seconds."""
    times = []
    cpu = time.process_time()
    for _ in range(SENDS):
        started = time.perf_counter()
        send()
        times.append(time.perf_counter() - started)
    return statistics.median(times), (time.process_time() - cpu) / SENDS
