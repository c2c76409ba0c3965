"""Pushing reports: once, in order and taken; again where it was not; and with the faults of reports."""

import random
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.sandbox.toys import FIRST, PROVIDERS, message, whole
from voicehub import CallState, Client, ConfigError
from voicehub.provider import Request, parse_report
from voicehub.sandbox import Fault, SandboxServer, Script, _courier
from voicehub.sandbox._courier import AGAIN_SECONDS, LATE_SECONDS, TIMES, Courier, post

GOING = threading.Event()


class Receiver:
    """Answers pushes as told, and remembers when each came. What happens at a second is pushed under its number."""

    def __init__(self, *statuses: int | None, faults: tuple[Fault, ...] = (), speed: float = 1) -> None:
        self.now = 0.0
        self.heard: list[tuple[float, str]] = []
        self._statuses = list(statuses)
        lots = random.Random(1)
        self.courier = Courier(self._due, lambda: self.now, faults=faults, lots=lots, speed=speed, post=self._take)

    def _due(self, after: float, until: float) -> list[Request]:
        return [Request("POST", f"http://x/{second}", {}, b"") for second in range(int(after) + 1, int(until) + 1)]

    def _take(self, request: Request) -> int | None:
        self.heard.append((self.now, request.url.rpartition("/")[2]))
        return self._statuses.pop(0) if self._statuses else 200

    def at(self, *moments: float) -> "Receiver":
        for self.now in moments:
            self.courier.look(GOING)
        return self


def test_what_happens_is_pushed_once_in_its_order() -> None:
    receiver = Receiver().at(0, 1, 1.5, 3, 99.5)
    assert receiver.heard[:3] == [(1, "1"), (3, "2"), (3, "3")]
    assert [name for _, name in receiver.heard] == [str(second) for second in range(1, 100)]
    assert (receiver.courier.taken, receiver.courier.given_up) == (99, 0)


@pytest.mark.parametrize("speed", [1, 5])
def test_what_is_not_taken_is_pushed_again(speed: float) -> None:
    again = AGAIN_SECONDS / speed
    receiver = Receiver(None, 500, 404, speed=speed)
    receiver._due = lambda after, until: [Request("POST", "http://x/1", {}, b"")] if after < 1 <= until else []  # type: ignore[method-assign]
    receiver.courier._due = receiver._due
    moments = [1 + again * attempt for attempt in range(TIMES)]
    receiver.at(*sorted([*moments, *(moment - 0.1 for moment in moments)]), 999)
    assert [moment for moment, _ in receiver.heard] == moments
    assert (receiver.courier.taken, receiver.courier.given_up) == (1, 0)


def test_what_nobody_takes_is_given_up() -> None:
    moments = [1 + AGAIN_SECONDS * attempt for attempt in range(TIMES + 2)]
    receiver = Receiver(*[500] * 1000).at(*moments)
    assert [moment for moment, name in receiver.heard if name == "1"] == moments[:TIMES]
    assert receiver.courier.given_up == 1 + 2 * AGAIN_SECONDS
    assert receiver.courier.taken == 0


def test_a_report_comes_twice() -> None:
    assert Receiver(faults=(Fault("report-twice"),)).at(1).heard == [(1, "1"), (1, "1")]


def test_a_report_comes_late() -> None:
    receiver = Receiver(faults=(Fault("report-late", 0.5),)).at(*range(1, 60))
    late = [int(moment) - int(name) for moment, name in receiver.heard]
    assert set(late) == {0, LATE_SECONDS}
    assert [name for _, name in receiver.heard] != sorted((name for _, name in receiver.heard), key=int)


def test_who_leaves_begins_no_other_push() -> None:
    receiver, left = Receiver(), threading.Event()
    left.set()
    receiver.now = 5
    receiver.courier.look(left)
    assert receiver.heard == []
    receiver.courier.run(left)


class Hook(ThreadingHTTPServer):
    """A receiver on loopback; it takes what is posted to ``/a?b=1`` only."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[tuple[str, bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append((self.headers["content-type"], body))
        self.send_response(200 if self.path == "/a?b=1" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_post_tells_the_status_or_that_there_was_none(hook: Hook) -> None:
    headers = {"content-type": "text/plain"}
    assert post(Request("POST", f"{hook.url}/a?b=1", headers, b"x")) == 200
    assert post(Request("POST", hook.url, headers, b"y")) == 404
    assert hook.bodies == [("text/plain", b"x"), ("text/plain", b"y")]
    hook.server_close()
    assert post(Request("POST", hook.url, headers, b"z")) is None
    assert post(Request("POST", "https://127.0.0.1:1", headers, b"z")) is None


def test_a_server_pushes_what_becomes_of_its_calls(hook: Hook) -> None:
    provider = PROVIDERS["alerts"]
    script, faults = Script({}, speed=400), [Fault("report-twice")]
    push = {"alerts": f"{hook.url}/a?b=1"}
    with SandboxServer({"alerts": provider}, script=script, faults=faults, push=push) as server:
        with Client(server.provider("alerts")) as client:
            client.send(message(FIRST))
        until = time.monotonic() + 20
        while server.reports_taken < 6 and time.monotonic() < until:
            time.sleep(0.01)
    records = [parse_report(provider, body, {})[0] for _, body in hook.bodies]
    assert {record.callee for record in records} == {FIRST}
    wanted = [CallState.RINGING, CallState.ANSWERED, CallState.COMPLETED]
    assert sorted(record.state for record in records) == sorted([*wanted, *wanted])
    assert (server.reports_taken, server.reports_given_up) == (6, 0)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("voicehub-sandbox")]


def test_waiting_is_short_beside_the_life_of_a_call() -> None:
    assert _courier._LOOK_SECONDS * 20 <= 1


@pytest.mark.parametrize(
    ("push", "told"),
    [
        ({"nobody": "http://x"}, "push: there is no account nobody; there are: alerts, calls, whole"),
        ({"whole": "http://x"}, r"push: whole \(account whole\) has no reports that could be pushed"),
        ({"alerts": "ftp://x"}, "push: the value for account alerts is not an http or https URL with a host"),
        ({"alerts": "http:///x"}, "push: the value for account alerts is not an http or https URL"),
        ({}, "fault report-late cannot be played: no reports are pushed, because no URL is given"),
    ],
)
def test_what_cannot_be_pushed_is_told(push: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        SandboxServer({**PROVIDERS, "whole": whole()}, push=push, faults=[Fault("report-late")])
