"""What every test may rely on: no network but loopback, no environment of the person who runs it, no waiting."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_socket
import stamina

# The same tree gives the same verdict each time; "thorough" draws anew, and what it finds becomes a test of its own.
hypothesis.settings.register_profile("suite", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


_MUTANT = "test_a_broken_provider_is_caught["


def pytest_runtest_setup() -> None:
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither variables nor files of the person who runs the suite: an empty home, an empty working directory."""
    for name in os.environ:
        if name.startswith("VOICEHUB_") or name.lower().endswith("_proxy") or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ".local" / "state"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ".state"))
    monkeypatch.chdir(home)


@pytest.fixture(autouse=True, scope="session")
def _no_waiting() -> Iterator[None]:
    """Retries keep their number and lose their pauses."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The table of the exam examined: which broken provider was caught by which law."""
    caught = [report.nodeid for report in terminalreporter.stats.get("passed", ()) if _MUTANT in report.nodeid]
    if caught:
        terminalreporter.section(f"{len(caught)} broken providers, and the law that caught each")
        for node in sorted(caught):
            mutant, _, law = node.partition(_MUTANT)[2].rstrip("]").partition("-")
            terminalreporter.write_line(f"{mutant:<40} {law}")
