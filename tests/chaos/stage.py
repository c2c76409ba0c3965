"""A stage: a folder, a vendor that lives through everything, a list of callees, and runners that do not."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.chaos.drive import NAME, Orders, draw_up
from tests.chaos.judge import Verdict, judge
from tests.chaos.vendor import PROVIDER, ROOT
from voicehub.campaign import SqliteLedger
from voicehub.plugins import installed

REPOSITORY = Path(__file__).resolve().parents[2]
ALL_FAULTS = {
    "reset-before": 0.03,
    "reset-after": 0.03,
    "clock": 0.05,
    "throttled": 0.05,
    "error-before": 0.03,
    "error-after": 0.03,
    "truncated": 0.03,
    "partly": 0.10,  # a batch with refused rows among the accepted
    "close": 0.20,  # the connection is not kept
    "closed": 0.10,  # nobody listens for a moment
}
LIVES = 400  # a campaign that has not ended after so many is hanging
PATIENCE = 120  # seconds for one life
_COLUMN = "number"


class Vendor:
    """The vendor's process, and its log."""

    def __init__(self, log: Path, *, most: int, latency: float = 0.0, seed: int = 0, faults: dict[str, float]) -> None:
        self.log = log
        options = [f"--seed={seed}", f"--latency={latency}", f"--most={most}", f"--faults={json.dumps(faults)}"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.vendor", str(log), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=environment(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self.port = int(self._out.readline())

    def play(self, **faults: float) -> None:
        """From now on these faults, and only these."""
        self._in.write(json.dumps({name.replace("_", "-"): share for name, share in faults.items()}) + "\n")
        self._in.flush()
        assert self._out.readline() == "ok\n"

    def close(self) -> None:
        self._in.close()
        self._process.wait(PATIENCE)
        self._out.close()


class Stage:
    """Everything one drill needs. A context manager: it leaves nobody alive."""

    def __init__(
        self,
        folder: Path,
        count: int,
        *,
        most: int = 200,
        slots: int = 8,
        latency: float = 0.0,
        seed: int = 0,
        faults: dict[str, float] | None = None,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.ledger = folder / "ledger.db"
        self.file = folder / "callees.csv"
        self.config = folder / "voicehub.toml"
        self.callees = [f"+93{2_000_000_000 + number * 7}" for number in range(count)]
        self.file.write_text("\n".join([f"name,{_COLUMN}", *(f"somebody,{callee}" for callee in self.callees)]) + "\n")
        self.vendor = Vendor(folder / "truth.log", most=most, latency=latency, seed=seed, faults=faults or {})
        self.configure(most, slots)
        self._lives: list[subprocess.Popen[str]] = []

    def configure(self, most: int, slots: int) -> None:
        settings = installed.provider(PROVIDER).sample_settings
        self.config.write_text(
            "\n".join(
                [
                    "[accounts.alerts]",
                    f'provider = "{PROVIDER}"',
                    *(f'{key} = "{value}"' for key, value in settings.items() if key != "base_url"),
                    f'base_url = "http://127.0.0.1:{self.vendor.port}{ROOT}"',
                    f"[accounts.alerts.limits]\ncallees = {most}",
                    f"[accounts.alerts.pace]\nslots = {slots}\n",
                ]
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for life in self._lives:
            if life.poll() is None:
                life.kill()
            life.communicate()
        self.vendor.close()

    def orders(self, **orders: Any) -> Orders:
        return Orders(str(self.ledger), str(self.config), **orders)

    def live(self, *before: str, **orders: Any) -> "subprocess.Popen[str]":
        """Begin a life; ``before`` is a command that runs it, such as a tracer."""
        return self._begin(*before, sys.executable, "-m", "tests.chaos.drive", self.orders(**orders).argument())

    def command(self) -> "subprocess.Popen[str]":
        """Begin a life as a person does, from the command line."""
        words = ("-m", "voicehub", "campaign", "resume", NAME, "--no-ramp", "--json")
        return self._begin(sys.executable, *words, f"--config={self.config}", f"--ledger={self.ledger}")

    def _begin(self, *command: str) -> "subprocess.Popen[str]":
        out = err = subprocess.PIPE
        life = subprocess.Popen(command, cwd=REPOSITORY, env=environment(), text=True, stdout=out, stderr=err)
        self._lives.append(life)
        return life

    def whole(self, *before: str, **orders: Any) -> tuple[int, dict[str, Any], str]:
        """A life from beginning to end: its exit code, where the campaign stands, and what it said of its failure."""
        life = self.live(*before, **orders)
        try:
            out, err = life.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            life.send_signal(signal.SIGABRT)
            raise AssertionError(f"a life hung; it stood at:\n{life.communicate()[1]}") from None
        last = out.splitlines()[-1:]
        return life.returncode, json.loads(last[0]) if last and last[0].startswith("{") else {}, err

    def plan(self) -> None:
        """Plan in this process: where planning is not what dies, it need not cost a start."""
        with SqliteLedger(self.ledger) as ledger:
            draw_up(ledger, self.orders(file=str(self.file)))

    def resume(self, **orders: Any) -> int:
        """Live on until the campaign is completed; returns how many lives it took."""
        status: dict[str, Any] = {}
        for lives in range(1, LIVES):
            code, status, err = self.whole(**orders)
            if code or not status:
                raise AssertionError(f"a life ended with {code}: {err[-2000:]}")
            if status["state"] in ("completed", "canceled"):
                return lives
        raise AssertionError(f"the campaign did not end within {LIVES} lives: {status}")

    def judge(self, *, ended: bool = True, released: Collection[str] = ()) -> Verdict:
        return judge(self.ledger, NAME, self.vendor.log, self.callees, ended=ended, released=released)


def environment() -> dict[str, str]:
    """For runners that are killed: without coverage, whose own files a kill would break, and without settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "VOICEHUB_"))}
    return {**kept, "PYTHONPATH": str(REPOSITORY)}


def was_killed(code: int | None) -> bool:
    """By SIGKILL, whether seen directly or through a shell or a tracer."""
    return code in (-signal.SIGKILL, 128 + signal.SIGKILL)


def why_no_strace() -> str:
    """Why system calls cannot be watched here; empty: they can."""
    if shutil.which("strace") is None:
        return "strace is not installed (apt-get install strace)"
    tried: Sequence[str] = ("strace", "-f", "-o", os.devnull, "true")
    if subprocess.run(tried, check=False, capture_output=True).returncode:
        return "strace may not trace here (the container forbids ptrace)"
    return ""
