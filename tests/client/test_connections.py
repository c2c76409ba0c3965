"""Connections: how long one is kept, and what is left to a person who brings an HTTP client of their own."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import httpx
import pytest

from tests.client.support import A, B, Mode, Plain, caught, envelope, judge, message, onbuka, row, send
from tests.client.wire import Connection, Server, Step, answering, dribble, hang, read, reply, say
from voicehub import AsyncClient, Client, InDoubt, NotSent, Receipt, Refused

GOOD = reply(envelope(row(A), row(B)))


def send_twice(mode: Mode, server: Server, pause: float, **options: Any) -> None:
    if mode == "sync":
        with Client(onbuka(server.root), **options) as client:
            client.send(message(A, B))
            time.sleep(pause)
            client.send(message(A, B))
        return

    async def run() -> None:
        async with AsyncClient(onbuka(server.root), **options) as client:
            await client.send(message(A, B))
            await asyncio.sleep(pause)
            await client.send(message(A, B))

    asyncio.run(run())


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize(
    ("kept", "pause", "connections"), [(30, 0, 1), (0.05, 0.15, 2), (0, 0, 2)], ids=["within", "after", "never"]
)
def test_a_connection_is_kept_only_so_long(kept: float, pause: float, connections: int, mode: Mode) -> None:
    with Server(answering(GOOD)) as server:
        send_twice(mode, server, pause, keepalive_seconds=kept)
    assert len(server.seen) == 2
    assert server.connections == connections


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_never_kept_is_closed_at_once_whatever_the_clock_says(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within one tick of the clock a connection that expires after 0 seconds is still good, and would be used again."""
    closed = threading.Event()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)

    def see_it_close(connection: Connection) -> None:
        if not connection.receive():
            closed.set()

    async def run(root: str) -> bool:
        async with AsyncClient(onbuka(root), keepalive_seconds=0) as client:
            await client.send(message(A, B))
            return await asyncio.to_thread(closed.wait, 5)

    with Server((read, say(GOOD), see_it_close)) as server:
        if mode == "async":
            assert asyncio.run(run(server.root))
            return
        with Client(onbuka(server.root), keepalive_seconds=0) as client:
            client.send(message(A, B))
            assert closed.wait(5)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_kept_connection_that_the_server_closed_is_not_used(mode: Mode) -> None:
    with Server((read, say(GOOD))) as server:
        send_twice(mode, server, 0.1, keepalive_seconds=30)
    assert (len(server.seen), server.connections) == (2, 2)


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("slow", [dribble(GOOD, 0.2), hang], ids=["dribbles", "hangs"])
def test_the_deadline_holds_on_a_kept_connection_too(slow: Step, mode: Mode) -> None:
    started = time.monotonic()
    with Server((read, say(GOOD), read, slow)) as server, pytest.raises(InDoubt, match=r"longer than its 0\.5 seconds"):
        send_twice(mode, server, 0, timeout_seconds=0.5)
    assert time.monotonic() - started < 5
    assert (len(server.seen), server.connections) == (2, 1)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_no_request_carries_what_an_earlier_reply_left(mode: Mode) -> None:
    with Server(answering(reply(envelope(row(A), row(B)), 200, "Set-Cookie: session=1; Path=/"))) as server:
        send_twice(mode, server, 0)
    assert server.headers("cookie") == ["", ""]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_loopback_of_ip_version_6(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with Server((read, say(GOOD)), host="::1") as server:
        assert len(send(mode, onbuka(server.root), message(A, B)).accepted) == 2
    assert server.headers("host") == [f"[::1]:{server.port}"]


class Mine:
    """A person's own httpx client of either kind, and what became of it."""

    def __init__(self, mode: Mode, **options: Any) -> None:
        self.mode = mode
        self.options = options

    def send(self, root: str, **options: Any) -> tuple[Receipt | None, Exception | None, bool]:
        """Receipt, error, and whether the client was still open after our own client had been closed."""
        if self.mode == "sync":
            with httpx.Client(**self.options) as mine:
                receipt, error = caught("sync", onbuka(root), message(A, B), http_client=mine, **options)
                return receipt, error, not mine.is_closed

        async def run() -> tuple[Receipt | None, Exception | None, bool]:
            async with httpx.AsyncClient(**self.options) as mine:
                try:
                    async with AsyncClient(onbuka(root), http_client=mine, **options) as client:
                        return await client.send(message(A, B)), None, not mine.is_closed
                except Exception as error:
                    return cast("Any", error).receipt, error, not mine.is_closed

        return asyncio.run(run())


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_clients_own_settings_stay_and_ours_decide_what_is_sent(mode: Mode) -> None:
    with Server((read, say(reply(b"", 307, "Location: /elsewhere")))) as server:
        headers = {"x-mine": "yes", "accept-encoding": "br"}
        mine = Mine(mode, follow_redirects=True, auth=("somebody", "else"), headers=headers, trust_env=False)
        receipt, error, still_open = mine.send(server.root)
    judge(receipt, error, Refused, "refused", "refused")
    assert still_open
    assert len(server.seen) == 1, "no redirect is followed, whatever the client says"
    assert server.headers("authorization") == [""]
    assert server.headers("x-mine") == ["yes"]
    assert server.headers("accept-encoding") == ["gzip, deflate"]


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


def lose(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset")


def stumble(request: httpx.Request) -> httpx.Response:
    raise ArithmeticError("something quite different")


class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body during which the way back is lost, told with an exception that otherwise means: never left."""

    def __iter__(self) -> Iterator[bytes]:
        raise httpx.ConnectError("while reading")

    async def __aiter__(self) -> Any:
        for chunk in self:
            yield chunk


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize(
    ("handler", "expected", "status", "tries"),
    [
        (refuse, NotSent, "not_attempted", 3),
        (lose, InDoubt, "in_doubt", 1),
        (stumble, InDoubt, "in_doubt", 1),
        (lambda request: httpx.Response(200, stream=Breaking()), InDoubt, "in_doubt", 1),
        (lambda request: httpx.Response(200, content=envelope(row(A), row(B))), None, "accepted", 1),
    ],
    ids=["connect error", "read error", "any other exception", "connect error after the headers", "an answer"],
)
def test_a_transport_without_trace_is_judged_by_its_exceptions(
    handler: Callable[[httpx.Request], httpx.Response],
    expected: type[Exception] | None,
    status: str,
    tries: int,
    mode: Mode,
) -> None:
    asked = []

    def noted(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return handler(request)

    receipt, error, _ = Mine(mode, transport=httpx.MockTransport(noted)).send("https://api.voice.test")
    judge(receipt, error, expected, status, status)
    assert len(asked) == tries


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_with_a_trace_the_class_of_the_exception_proves_nothing(mode: Mode) -> None:
    """A hook that fails after the answer with a connect error does not make it unsent."""

    def hook(response: httpx.Response) -> None:
        raise httpx.ConnectError("in a hook")

    async def hook_in_loop(response: httpx.Response) -> None:
        hook(response)

    hooks = {"response": [hook if mode == "sync" else hook_in_loop]}
    with Server(answering(GOOD)) as server:
        receipt, error, _ = Mine(mode, event_hooks=hooks, trust_env=False).send(server.root)
    judge(receipt, error, InDoubt, "in_doubt", "in_doubt")
    assert len(server.seen) == 1


def test_a_body_that_comes_after_the_deadline_is_not_believed() -> None:
    """Also from a transport that keeps no time of its own."""

    def late() -> Iterator[bytes]:
        time.sleep(0.2)
        yield envelope(row(A), row(B))

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=late()))
    receipt, error, _ = Mine("sync", transport=transport).send("https://api.voice.test", timeout_seconds=0.1)
    judge(receipt, error, InDoubt, "in_doubt", "in_doubt")
    assert "longer than its 0.1 seconds" in str(error)


def test_a_connection_we_opened_serves_its_owner_as_before() -> None:
    with Server(answering(GOOD)) as server, httpx.Client(trust_env=False) as mine:
        Client(onbuka(server.root), http_client=mine, timeout_seconds=0.3).send(message(A, B))
        time.sleep(0.3)
        assert mine.get(server.root).status_code == 200
    assert server.connections == 1


def test_a_client_that_is_already_closed_sends_nothing() -> None:
    mine = httpx.Client()
    mine.close()
    receipt, error = caught("sync", onbuka("https://api.voice.test"), message(A, B), http_client=mine)
    judge(receipt, error, NotSent, "not_attempted", "not_attempted")
    assert "closed" in str(error)


def test_a_client_of_the_other_kind_is_refused_at_once() -> None:
    with httpx.Client() as mine, pytest.raises(TypeError, match=r"http_client is an httpx\.AsyncClient, not Client"):
        AsyncClient(Plain(), http_client=cast("Any", mine))
    with pytest.raises(TypeError, match=r"http_client is an httpx\.Client, not AsyncClient"):
        Client(Plain(), http_client=cast("Any", httpx.AsyncClient()))
