"""The vendors of a campaign's tests: one sandbox a module, whose list of who was dialled begins empty for each test."""

from collections.abc import Iterator

import pytest

from tests.campaign.support import PROVIDERS
from voicehub.sandbox import SandboxServer


@pytest.fixture(scope="module", name="running")
def running_fixture() -> Iterator[SandboxServer]:
    with SandboxServer(PROVIDERS) as server:
        yield server


@pytest.fixture(name="server")
def server_fixture(running: SandboxServer) -> SandboxServer:
    running.dialled.clear()
    return running
