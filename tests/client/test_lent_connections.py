"""Connections are lent to one at a time; only what can serve another request is kept, and not for long."""

import time

import httpcore
import pytest

from tests.client.wire import Server, answering, reply
from voicehub.client._connections import Connections

GOOD = reply(b"good")


def request(server: Server) -> httpcore.Request:
    return httpcore.Request("POST", f"{server.root}/", headers={"host": "a", "content-length": "0"})


def used(connections: Connections, server: Server) -> httpcore.ConnectionInterface:
    asked = request(server)
    lent = connections.lend(asked)
    answer = lent.handle_request(asked)
    answer.read()
    answer.close()
    return lent


def made(*, keep: int = 2, seconds: float = 30) -> Connections:
    return Connections(max_keepalive_connections=keep, keepalive_expiry=seconds, max_connections=None)


def test_the_last_one_used_is_the_next_one_and_nobody_shares_it() -> None:
    connections = made()
    with Server(answering(GOOD)) as server:
        one, two = used(connections, server), used(connections, server)
        assert (one is two, server.connections) == (False, 2)
        connections.take_back(one)
        connections.take_back(two)
        assert [used(connections, server), used(connections, server)] == [two, one]
        assert server.connections == 2
        connections.close()
        for each in (one, two):
            connections.take_back(each)
            assert each.is_closed(), "what comes back after the end is closed"


def test_no_more_are_kept_than_asked_for() -> None:
    connections = made(keep=1)
    with Server(answering(GOOD)) as server:
        lent = [used(connections, server) for _ in range(3)]
        for each in lent:
            connections.take_back(each)
        assert [each.is_closed() for each in lent] == [False, True, True]
        connections.close()
        assert lent[0].is_closed()


def test_one_that_was_kept_too_long_is_closed() -> None:
    connections = made(seconds=0.01)
    with Server(answering(GOOD)) as server:
        lent = used(connections, server)
        connections.take_back(lent)
        time.sleep(0.02)
        other = used(connections, server)
        assert (lent.is_closed(), other is lent) == (True, False)
        other.close()


def test_one_whose_answer_was_not_read_is_closed() -> None:
    connections = made()
    with Server(answering(GOOD)) as server:
        asked = request(server)
        lent = connections.lend(asked)
        answer = lent.handle_request(asked)
        answer.close()
        connections.take_back(lent)
        assert lent.is_closed()


def test_one_that_never_opened_is_not_kept() -> None:
    connections = made()
    asked = httpcore.Request("POST", "http://127.0.0.1:1/", headers={"host": "a"})
    lent = connections.lend(asked)
    with pytest.raises(httpcore.ConnectError):
        lent.handle_request(asked)
    connections.take_back(lent)
    assert connections.lend(asked) is not lent
