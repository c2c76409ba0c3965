"""What the tests of the campaign commands share: callees, a plan, and what a run leaves behind."""

import json
import os
import pty
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.cli.conftest import Voicehub, document

PLAY = ("--audio-file-id", "welcome.mp3")
REFUSED, MISSING = "+932111110001", "+932111110002"  # what the sandbox does with a number that ends so


def numbers(count: int) -> list[str]:
    """So many callees that the sandbox accepts."""
    return [f"+93212{n:07d}" for n in range(1000, 1000 + count)]


def callees(folder: Path, rows: Sequence[str], name: str = "callees.csv") -> str:
    """A CSV with these numbers in the column ``phone``, and a column of the user's own."""
    file = folder / name
    file.write_text("\n".join(["phone,city", *(f"{number},Kabul" for number in rows)]) + "\n", "utf-8")
    return str(file)


class Desk:
    """Runs campaign commands on one ledger with one configuration."""

    def __init__(self, voicehub: Voicehub, config: str, folder: Path) -> None:
        self.voicehub, self.config, self.folder = voicehub, config, folder
        self.ledger = str(folder / "ledger.db")

    @property
    def files(self) -> tuple[str, ...]:
        return ("--config", self.config, "--ledger", self.ledger)

    def call(self, command: str, *words: str) -> Result:
        return self.voicehub("campaign", command, *words, *self.files)

    def json(self, command: str, *words: str, code: int = 0) -> dict[str, Any]:
        result = self.call(command, *words, "--json")
        assert result.exit_code == code, result.output
        return document(result)

    def plan(self, rows: Sequence[str], name: str = "friday", *words: str) -> str:
        """Plan a campaign to these numbers; returns the digest."""
        file = callees(self.folder, rows, f"{name}.csv")
        digest = self.json("plan", file, "--name", name, *(words or PLAY))["digest"]
        assert isinstance(digest, str)
        return digest

    def run(self, *words: str, code: int, name: str = "friday", digest: str) -> dict[str, Any]:
        return self.json("run", name, "--plan", digest, *words, code=code)

    def counts(self, name: str = "friday") -> dict[str, int]:
        """The counts that are not 0."""
        callees = self.json("status", name)["callees"]
        assert sum(callees.values()) == 2 * callees["total"]
        return {state: count for state, count in callees.items() if count and state != "total"}


class Terminal:
    """A stderr that is a terminal, seen from its other side."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ours, theirs = pty.openpty()
        self.stream = os.fdopen(theirs, "w", encoding="utf-8")
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "110")
        monkeypatch.setattr(sys, "stderr", self.stream)

    def read(self) -> str:
        self.stream.close()
        shown = b""
        while True:
            try:
                chunk = os.read(self._ours, 4096)
            except OSError:
                chunk = b""
            if not chunk:
                os.close(self._ours)
                return shown.decode()
            shown += chunk


def events(stderr: str) -> list[dict[str, Any]]:
    """The JSON lines among the words."""
    return [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]
