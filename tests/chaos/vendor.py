"""A vendor that can be relied on for nothing but its own log: ``python -m tests.chaos.vendor LOG [options]``.

Speaks through the provider's ``parse`` and ``answer``. Whoever it accepts is in LOG, by one append, before the first
byte of an answer, and it lives in a process of its own, so no death of the other side can change what it knows. A line
is: when, fault, accepted numbers. Prints its port; reads shares of faults as JSON lines; ends when its input does.
"""

import argparse
import itertools
import json
import os
import random
import socket
import struct
import sys
import threading
import time
from io import BufferedReader
from pathlib import Path

from voicehub import Outcome
from voicehub.plugins import installed
from voicehub.provider import Provider, Refusal, RefusalKind, Reply, Request, override

PROVIDER = "onbuka-v3"
ROOT = "/v3"
REFUSALS = {"clock": Refusal(RefusalKind.CLOCK, "-16", "expired"), "throttled": Refusal(RefusalKind.THROTTLED, "-15")}
BEFORE = {"reset-before", "error-before", *REFUSALS}  # nobody was accepted
CLOSED_SECONDS = 0.15
_GATEWAY = Reply(502, {"content-type": "text/html"}, b"<html>bad gateway</html>")


class Vendor:
    """Answers requests; ``faults`` are shares that add up to at most 1, apart from those drawn beside an answer."""

    def __init__(self, log: Path, seed: int, latency: float, most: int, faults: dict[str, float]) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._seed, self._latency, self._most, self.faults = seed, latency, most, faults
        self._serials = itertools.count(1)
        self._bound = self._bind()  # keeps the port ours while nobody listens
        self.port = int(self._bound.getsockname()[1])
        self._provider = self._speaks()
        self._listening = self._listen()

    def _speaks(self) -> Provider:
        cls = installed.provider(PROVIDER)
        settings = cls.Settings(**{**cls.sample_settings, "base_url": f"http://127.0.0.1:{self.port}{ROOT}"})
        return cls(
            settings, limits=override(cls.limits, {"callees": self._most}, source="chaos", wire_names=cls.wire_names)
        )

    def _bind(self, port: int = 0) -> socket.socket:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    def _listen(self) -> socket.socket:
        listening = self._bind(self.port)
        listening.listen(512)
        return listening

    def serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()
            if random.Random(f"{self._seed}:{time.time_ns()}").random() < self.faults.get("closed", 0):
                self._listening.close()
                time.sleep(CLOSED_SECONDS)
                self._listening = self._listen()

    def _converse(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reading:
            while (request := self._read(reading)) is not None:
                arrived, serial = time.time(), next(self._serials)
                time.sleep(self._latency)
                if not self._answer(connection, request, arrived, serial):
                    return

    def _read(self, reading: BufferedReader) -> Request | None:
        try:
            first = reading.readline()
            lines = iter(reading.readline, b"\r\n")
            pairs = (line.decode("latin-1").split(":", 1) for line in itertools.takewhile(bool, lines))
            headers = {name.lower(): value.strip() for name, value in pairs}
            body = reading.read(int(headers.get("content-length", 0))) or b""
        except (OSError, ValueError):
            return None
        if not first or len(body) < int(headers.get("content-length", 0)):
            return None  # the other side died in the middle of a request
        method, path, _ = first.decode("latin-1").split(" ")
        return Request(method, f"http://127.0.0.1:{self.port}{path}", headers, body)

    def _answer(self, connection: socket.socket, request: Request, arrived: float, serial: int) -> bool:
        """Whether the connection is kept."""
        lots = random.Random(f"{self._seed}:{serial}")
        fault = self._struck_by(lots)
        message = self._provider.parse(request, time.time())
        rows: list[Outcome] = []
        if not isinstance(message, Refusal) and fault not in BEFORE:
            partly = lots.random() < self.faults.get("partly", 0)
            for at, callee in enumerate(message.to):
                refused = partly and lots.random() < 0.5
                rows.append(
                    Outcome(callee, "refused", None, "-22", "no such number")
                    if refused
                    else Outcome(callee, "accepted", f"{serial:012x}{at:020x}", "0", "success")
                )
        accepted = ",".join(row.callee for row in rows if row.status == "accepted")
        os.write(self._log, f"{arrived:.6f}\t{fault or '-'}\t{accepted}\n".encode())
        reply = self._provider.answer(REFUSALS.get(fault) or (message if isinstance(message, Refusal) else rows))
        return self._send(connection, _GATEWAY if fault.startswith("error") else reply, fault, lots)

    def _struck_by(self, lots: random.Random) -> str:
        lot = lots.random()
        for name, share in self.faults.items():
            if name not in ("partly", "closed", "close"):
                lot -= share
                if lot < 0:
                    return name
        return ""

    def _send(self, connection: socket.socket, reply: Reply, fault: str, lots: random.Random) -> bool:
        close = lots.random() < self.faults.get("close", 0)
        head = f"HTTP/1.1 {reply.status} Some\r\ncontent-length: {len(reply.body)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        answer = (head + ("connection: close\r\n\r\n" if close else "\r\n")).encode() + reply.body
        try:
            if fault.startswith("reset"):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            connection.sendall(answer[: len(answer) // 2] if fault == "truncated" else answer)
        except OSError:
            return False  # the other side is dead
        return not (close or fault == "truncated")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    parser.add_argument("--most", type=int, default=200, help="callees a request")
    parser.add_argument("--faults", type=json.loads, default={})
    asked = parser.parse_args()
    vendor = Vendor(asked.log, asked.seed, asked.latency, asked.most, asked.faults)
    sys.stdout.write(f"{vendor.port}\n")
    sys.stdout.flush()
    threading.Thread(target=vendor.serve, daemon=True).start()
    for line in sys.stdin:
        vendor.faults = json.loads(line)
        sys.stdout.write("ok\n")
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
