"""A runner that insists on what holds for every call, configurations, and vendors that say what a test wants."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from voicehub.cli import cli
from voicehub.cli._sandbox.samples import as_toml
from voicehub.provider import Provider
from voicehub.sandbox import SandboxServer

if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as nohup leaves it; the commands under test inherit that
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

EXIT_CODES = {0, 1, 2, 3, 4, 5, 6, 130}
SECRETS = ("bDqJFiq9", "7bz1lzh9")

Voicehub = Callable[..., Result]


def has_traceback(text: str) -> bool:
    return "Traceback" in text or "  File " in text


@pytest.fixture
def voicehub() -> Voicehub:
    """Run a command line in this process: an exit code of the table, no traceback, no secret in the words."""

    def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        result = CliRunner().invoke(cli, list(arguments), input=stdin, catch_exceptions=False)
        for number, handler in handlers.items():  # a send with a doubt is deaf until its process ends: this one goes on
            signal.signal(number, handler)
        assert result.exit_code in EXIT_CODES
        assert not has_traceback(result.output)
        assert not any(secret in result.stderr for secret in SECRETS)
        return result

    return run


def document(result: Result) -> dict[str, Any]:
    """The one JSON document on stdout, all of it ASCII."""
    assert result.stdout.isascii()
    loaded: dict[str, Any] = json.loads(result.stdout)
    return loaded


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """Accounts ``alerts`` (Onbuka) and ``backup`` (Itniotech) on loopback."""
    accounts = {"alerts": Onbuka, "backup": Itniotech}
    with SandboxServer({name: cls(cls.Settings(**cls.sample_settings)) for name, cls in accounts.items()}) as server:
        yield server


@pytest.fixture
def config(sandbox: SandboxServer, tmp_path: Path) -> str:
    """A configuration whose accounts are the sandbox's."""
    return write(tmp_path, {account: sandbox.provider(account) for account in ("alerts", "backup")})


def write(folder: Path, providers: Mapping[str, Provider], *more: str) -> str:
    """A configuration file with these accounts, and lines appended to the last one."""
    file = folder / "voicehub.toml"
    file.write_text("\n".join([as_toml(providers), *more]), encoding="utf-8")
    return str(file)


class Vendor:
    """A vendor that answers every request with ``body``, each after its turn at ``gate`` (set: at once).

    ``{sign}`` in the body is what the request carried as its signature.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.gate = threading.Event()
        self.gate.set()
        self.requests: list[bytes] = []
        self.asked = threading.Semaphore(0)
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                vendor.requests.append(self.rfile.read(int(self.headers["content-length"])))
                vendor.asked.release()
                vendor.gate.wait(20)
                body = vendor.body or vendor.accept_all(vendor.requests[-1])
                body = body.replace(b"{sign}", self.headers["sign"].encode())
                self.send_response(vendor.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that gave up is what the tests ask for."""

        self.server = Server(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @staticmethod
    def accept_all(request: bytes) -> bytes:
        numbers = json.loads(request)["callee"].split(",")
        rows = [{"callee": n, "voiceId": f"id-{n[-2:]}", "terminationCode": "0"} for n in numbers]
        return json.dumps({"status": "0", "data": rows}).encode()

    def rows(self, *rows: Mapping[str, object]) -> None:
        """Answer with these rows."""
        self.body = json.dumps({"status": "0", "data": rows}).encode()


@pytest.fixture
def rude() -> Iterator[Vendor]:
    vendor = Vendor()
    thread = threading.Thread(target=vendor.server.serve_forever, args=(0.01,))
    thread.start()
    yield vendor
    vendor.gate.set()
    vendor.server.shutdown()
    thread.join()
    vendor.server.server_close()


@pytest.fixture
def rude_config(rude: Vendor, tmp_path: Path) -> str:
    """An account ``alerts`` at the vendor of this test, who takes two callees a request."""
    settings = Onbuka.Settings(**{**Onbuka.sample_settings, "base_url": rude.url})
    return write(tmp_path, {"alerts": Onbuka(settings)}, "[accounts.alerts.limits]", "callees = 2")


def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The real thing, in a process of its own."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    environment = {**os.environ, "PYTHONUTF8": "1", **options.pop("env", {})}
    environment.pop("PYTHONUNBUFFERED", None)  # what a buffer still holds when a stream fails is part of the tests
    return subprocess.Popen([sys.executable, "-m", "voicehub", *arguments], env=environment, **options)


@pytest.fixture
def broken_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installed distribution ``acme-hub`` whose plugin ``acme`` cannot be imported; the name of the entry point."""
    plant(tmp_path / "broken", monkeypatch, "acme-hub", "[voicehub.v1]\nacme = no_such_module_anywhere\n")
    return "acme"


def plant(site: Path, monkeypatch: pytest.MonkeyPatch, distribution: str, entry_points: str = "") -> None:
    """Install the metadata of a distribution, without code."""
    info = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(entry_points)
    monkeypatch.syspath_prepend(site)
