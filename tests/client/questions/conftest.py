"""A vendor on loopback, and both clients that ask it."""

from collections.abc import Iterator

import pytest

from tests.client.questions.asking import MODES, ONBUKA, Asker, Clock
from voicehub.sandbox import SandboxServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vendor(clock: Clock) -> Iterator[SandboxServer]:
    with SandboxServer({"alerts": ONBUKA}, clock=clock) as server:
        yield server


@pytest.fixture(params=MODES)
def asker(request: pytest.FixtureRequest, vendor: SandboxServer, clock: Clock) -> Asker:
    return Asker(request.param, vendor.provider("alerts"), clock=clock)
