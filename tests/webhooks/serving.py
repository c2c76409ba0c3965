"""``voicehub webhooks serve`` as a process of its own, and a connection to it."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.webhooks.support import ALERTS


class Serving:
    """The command under way; what it said can be read from the two files at any time."""

    def __init__(self, folder: Path, *arguments: str, program: Sequence[str] = ("-m", "voicehub")) -> None:
        self.stdout, self.stderr, self.ledger = (folder / name for name in ("stdout", "stderr", "ledger.db"))
        options = ["--port", "0", "--ledger", str(self.ledger), *arguments]
        with self.stdout.open("ab") as out, self.stderr.open("ab") as err:
            command = [sys.executable, *program, "webhooks", "serve", *options]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        end = time.monotonic() + 60
        while not self.stdout.read_text() and time.monotonic() < end:
            assert self.process.poll() is None, self.stderr.read_text()
            time.sleep(0.01)
        self.port = int(self.stderr.read_text().partition("reports at http://127.0.0.1:")[2].partition(",")[0])
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def post(self, content: bytes, path: str = ALERTS) -> bytes:
        """The status line of the answer."""
        with self.connect() as connection:
            connection.sendall(head(len(content), path) + content)
            return connection.recv(65536).partition(b"\r\n")[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and everything it said."""
        self.process.send_signal(number)
        return self.process.wait(30), self.stdout.read_text() + self.stderr.read_text()


def head(length: int, path: str = ALERTS) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: hooks", "content-type: application/json", f"content-length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def serving(folder: Path, *arguments: str, program: Sequence[str] = ("-m", "voicehub")) -> Iterator[Serving]:
    started = Serving(folder, *arguments, program=program)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait(30)
