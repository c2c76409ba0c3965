"""Connections are lent to one at a time; only what can serve another request is kept, and not for long."""

import select
import threading
import time

import pytest

from tests.client.wire import Connection, Server, Step, answering, hang, read, reply, say
from voicehub.client._transport.connections import Connections
from voicehub.client._transport.direct import Direct
from voicehub.client._transport.route import address_of
from voicehub.client._transport.watch import TooLate, Watch
from voicehub.provider import Request

GOOD = reply(b"good")


def made(server: Server, *, keep: int = 2, seconds: float = 30) -> Connections:
    return Connections(lambda: Direct(address_of(server.root), None, seconds), most=keep)


def asked(server: Server, **headers: str) -> tuple[Request, Watch]:
    return Request("POST", f"{server.root}/", headers), Watch(5, traced=True)


def used(connections: Connections, server: Server) -> Direct:
    lent = connections.lend()
    assert isinstance(lent, Direct)
    assert lent.answered(*asked(server)).reply().body == b"good"
    return lent


def test_the_last_one_used_is_the_next_one_and_nobody_shares_it() -> None:
    with Server(answering(GOOD)) as server:
        connections = made(server)
        one, two = used(connections, server), used(connections, server)
        assert (one is two, server.connections) == (False, 2)
        connections.take_back(one)
        connections.take_back(two)
        assert [used(connections, server), used(connections, server)] == [two, one]
        assert server.connections == 2
        connections.close()
        for each in (one, two):
            assert each.is_available()
            connections.take_back(each)
            assert not each.is_available(), "what comes back after the end is closed"


def test_no_more_are_kept_than_asked_for() -> None:
    with Server(answering(GOOD)) as server:
        connections = made(server, keep=1)
        lent = [used(connections, server) for _ in range(3)]
        for each in lent:
            connections.take_back(each)
        assert [each.is_available() for each in lent] == [True, False, False]
        connections.close()
        assert not lent[0].is_available()


def test_one_that_was_kept_too_long_is_closed() -> None:
    with Server(answering(GOOD)) as server:
        connections = made(server, seconds=0.01)
        lent = used(connections, server)
        connections.take_back(lent)
        time.sleep(0.02)
        other = used(connections, server)
        assert (lent.is_available(), other is lent) == (False, False)
        other.close()


@pytest.mark.parametrize("late", [say(b"!"), lambda connection: connection.sock.close()], ids=["bytes", "an end"])
@pytest.mark.parametrize("by", ["poll", "select"])
def test_one_on_which_something_came_meanwhile_is_closed(late: Step, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if by == "select":  # as on Windows
        monkeypatch.delattr(select, "poll", raising=False)
    waiting, over = threading.Event(), threading.Event()

    def behind(connection: Connection) -> None:
        assert waiting.wait(5)
        late(connection)
        over.set()

    with Server((read, say(GOOD), behind, hang), answering(GOOD)) as server:
        connections = made(server)
        lent = used(connections, server)
        connections.take_back(lent)
        assert not lent.has_expired()
        waiting.set()
        assert over.wait(5)
        time.sleep(0.02)
        assert lent.has_expired()
        other = used(connections, server)
        assert (lent.is_available(), other is lent) == (False, False)
        other.close()


ODD = [b"HTTP/1.1 204 No\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"]
NOT_KEPT = {
    "left-over bytes": GOOD + b"H",
    "left-over bytes behind chunks": ODD[1] + b"H",
    "the server says close": reply(b"good", 200, "Connection: Close"),
    "the server says close among others": reply(b"good", 200, "Connection: x, close"),
    "the server says close in two lines": reply(b"good", 200, "Connection: keep-alive", "Connection: close"),
    "the server says close, in chunks": ODD[1].replace(b"\r\n", b"\r\nConnection: close\r\n", 1),
    "HTTP/1.0": GOOD.replace(b"1.1", b"1.0"),
}


@pytest.mark.parametrize("answer", NOT_KEPT.values(), ids=NOT_KEPT.keys())
def test_one_that_may_not_be_used_again_is_not_kept(answer: bytes) -> None:
    with Server((read, say(answer), hang)) as server:
        connections = made(server)
        connections.take_back(used(connections, server))
        assert not connections._idle


@pytest.mark.parametrize("answer", [GOOD, *ODD, reply(b"good", 200, "CONNECTION: Keep-Alive")])
def test_one_that_may_be_used_again_is_kept(answer: bytes) -> None:
    with Server(answering(answer)) as server:
        connections = made(server)
        for _ in range(2):
            connections.answered(*asked(server))
        assert (len(connections._idle), server.connections) == (1, 1)
        connections.close()


def test_one_whose_answer_is_late_is_closed_though_it_served_before() -> None:
    with Server((read, say(GOOD), read, hang)) as server:
        connections = made(server)
        connections.answered(*asked(server))
        with pytest.raises((TimeoutError, TooLate)):
            connections.answered(Request("POST", f"{server.root}/", {}), Watch(0.05, traced=True))
        assert (connections._idle, server.connections) == ([], 1)


@pytest.mark.parametrize("answer", [GOOD, ODD[1]])
def test_a_request_that_says_close_is_the_last_one(answer: bytes) -> None:
    with Server((read, say(answer), hang)) as server:
        connections = made(server)
        connections.answered(*asked(server, connection="close"))
        assert not connections._idle


def test_one_that_never_opened_or_never_answered_is_not_kept() -> None:
    with Server((read,)) as server:
        connections = made(server)
        with pytest.raises(Exception, match="disconnected without sending a response"):
            connections.answered(*asked(server))
    with pytest.raises(ConnectionRefusedError):
        connections.answered(*asked(server))
    assert not connections._idle
