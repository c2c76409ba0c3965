"""Where campaigns are measured: vendors in processes of their own, files, and whole processes by the clock."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.bench import campaign_files
from tests.bench.campaign_script import APP, KEY, SECRET

REPOSITORY = Path(__file__).resolve().parents[2]
#: Both sides as they are once installed: compiled once, whatever this environment says of bytecode.
_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
_INSTALLED["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir(), f"voicehub-bench-bytecode-{os.getuid()}"))


@dataclass(frozen=True)
class Took:
    """A whole process: wall seconds, processor seconds, and what it told."""

    seconds: float
    cpu: float
    told: dict[str, Any]


@dataclass
class Ground:
    """A folder and vendors, for as long as it is entered. ``scale``: what every number of callees is divided by."""

    scale: int = 1
    _leaving: ExitStack = field(default_factory=ExitStack)
    _ports: dict[float, int] = field(default_factory=dict)
    _runs: int = 0

    def __enter__(self) -> Self:
        self.folder = Path(self._leaving.enter_context(tempfile.TemporaryDirectory(prefix="voicehub-bench-")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.close()

    def clean(self, count: int) -> Path:
        return campaign_files.clean(self.folder, count // self.scale)

    def dirty(self, count: int) -> Path:
        return campaign_files.dirty(self.folder, count // self.scale)

    def url(self, latency: float) -> str:
        """The API root of a vendor that answers after so many milliseconds."""
        if latency not in self._ports:
            command = [sys.executable, "-m", "tests.bench.vendor", f"--latency={latency}"]
            vendor = self._leaving.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
            )
            assert vendor.stdin is not None
            assert vendor.stdout is not None
            self._leaving.callback(vendor.stdin.close)
            self._ports[latency] = int(vendor.stdout.readline())
        return f"http://127.0.0.1:{self._ports[latency]}/v3"

    def config(self, latency: float, *, batch: int, slots: int) -> Path:
        path = self.folder / f"voicehub-{latency:g}-{batch}-{slots}.toml"
        lines = ["[accounts.a]", 'provider = "onbuka-v3"', f'base_url = "{self.url(latency)}"']
        lines += [f'api_key = "{KEY}"', f'api_secret = "{SECRET}"', f'app_id = "{APP}"']
        lines += ["[accounts.a.limits]", f"callees = {batch}", "[accounts.a.pace]", f"slots = {slots}"]
        path.write_text("\n".join(lines) + "\n")
        return path

    def ledger(self) -> Path:
        """A new place for a ledger."""
        self._runs += 1
        return self.folder / f"ledger-{self._runs}" / "ledger.db"

    def ours(self, ledger: Path, config: Path, *arguments: str) -> Took:
        took = process("tests.bench.campaign_ours", str(ledger), str(config), *arguments)
        if "--run" in arguments and took.told["state"] != "completed":
            raise RuntimeError(f"the campaign did not end: {took.told}")
        return took

    def campaign(self, file: Path, latency: float, *, batch: int, slots: int) -> Took:
        """Plan and run, from the file to the last result in the ledger."""
        config = self.config(latency, batch=batch, slots=slots)
        return self.ours(self.ledger(), config, "--plan", str(file), "--run")

    def script(
        self, how: str, file: Path, latency: float, *, batch: int, slots: int = 16, pool: int | None = None
    ) -> Took:
        url = f"{self.url(latency)}/voice/sendGroup"
        options = [f"--batch={batch}", f"--slots={slots}", *([] if pool is None else [f"--pool={pool}"])]
        return process("tests.bench.campaign_script", how, url, str(file), *options)


def process(module: str, *arguments: str) -> Took:
    """A Python process from its start to its end. Raises ``RuntimeError`` with its words if it fails."""
    before = os.times()
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env=_INSTALLED,
        check=False,
    )
    seconds, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        raise RuntimeError(f"{module} {arguments} ended with {done.returncode}: {done.stderr[-3000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Took(seconds, cpu, json.loads(done.stdout) if done.stdout.strip() else {})


def rounds(count: int, *things: Callable[[], Took]) -> list[list[Took]]:
    """Each thing in turns, so many times; what each took."""
    found: list[list[Took]] = [[] for _ in things]
    for _ in range(count):
        for thing, took in zip(things, found, strict=True):
            took.append(thing())
    return found
