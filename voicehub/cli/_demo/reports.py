"""The demo's receiver of reports: ``voicehub webhooks serve`` in another process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from voicehub.provider import Provider


_BEGIN_SECONDS = 10.0


class Hooks(NamedTuple):
    """Where reports go: the port, and the secret of each account whose vendor pushes them."""

    port: int
    secrets: Mapping[str, str]

    @classmethod
    def of(cls, account: str, provider: "Provider") -> "Hooks":
        """For this account, if its vendor pushes reports."""
        from secrets import token_urlsafe

        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        return cls(port, {} if provider.reports is None else {account: token_urlsafe(32)})

    def urls(self) -> Mapping[str, str]:
        """The address of each account."""
        from voicehub.webhooks import PATH

        root = f"http://127.0.0.1:{self.port}"
        return {name: root + PATH.format(account=name, secret=secret) for name, secret in self.secrets.items()}

    @contextmanager
    def taken(self, configuration: str, ledger: Path) -> Iterator[None]:
        """In this context reports are kept in this ledger, after a moment: see `wait`."""
        if not self.secrets:
            yield
            return
        config = ledger.with_name("reports.toml")
        config.write_text(configuration, encoding="utf-8")
        words = ["serve", "--port", str(self.port), "--config", str(config), "--ledger", str(ledger)]
        process = spawned("webhooks", *words)
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def wait(self) -> None:
        """Wait until the receiver listens, but not for long."""
        until = time.monotonic() + _BEGIN_SECONDS
        while self.secrets and time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)


def spawned(*words: str) -> "subprocess.Popen[bytes]":
    """The command in another process, without output."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "voicehub", *words], **quiet)  # noqa: S603 - ourselves


@contextmanager
def notes_in(folder: Path) -> Iterator[None]:
    """In this context notes of uploads are kept in ``folder``, not among the user's own."""
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(folder)
    try:
        yield
    finally:
        del os.environ["XDG_STATE_HOME"]
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before
