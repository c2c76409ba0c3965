"""A connection of our own: when a byte of the request counts as written, how long each step may take, and its end."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.client.support import A, B, caught, envelope, judge, message, onbuka, row
from tests.client.wire import CERTIFICATE, Connection, Server, Step, answering, hang, read, reply, say
from voicehub import Client, InDoubt, NotSent
from voicehub.client import Lost, NeverLeft
from voicehub.client._transport import direct
from voicehub.client._transport.body import Unreadable
from voicehub.client._transport.direct import Direct
from voicehub.client._transport.route import address_of, head_of
from voicehub.client._transport.sender import AsyncSender, Sender
from voicehub.client._transport.watch import TooLate, Watch
from voicehub.provider import Request

ROOT = "http://127.0.0.1:1"
GOOD = reply(b"good")
LARGE = b"x" * (32 << 20)  # more than a system holds for a reader who does not read


def request(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Request:
    return Request("POST", f"{ROOT}/call", headers or {}, body)


@pytest.fixture
def pair() -> Iterator[tuple[Direct, socket.socket]]:
    """A connection that is open, and its other end."""
    near, far = socket.socketpair()
    connection = Direct(address_of(ROOT), None, 30)
    connection._socket = near
    with near, far:
        yield connection, far


Pair = tuple[Direct, socket.socket]


def test_the_first_byte_counts_before_the_system_takes_it(pair: Pair) -> None:
    """What fails while it is handed over may have left, too."""
    connection, far = pair
    far.close()
    watch = Watch(5, traced=True)
    with pytest.raises((Unreadable, OSError)):
        connection.answered(request(), watch)
    assert watch.wrote


def test_with_no_time_left_nothing_is_written(pair: Pair) -> None:
    connection, far = pair
    watch = Watch(0, traced=True)
    with pytest.raises(TooLate):
        connection.answered(request(), watch)
    assert not watch.wrote
    far.setblocking(False)
    with pytest.raises(BlockingIOError):
        far.recv(1)


@pytest.mark.parametrize(
    "headers",
    [
        {"x": "a\r\nx-y: z"},
        {"x": "a\nb"},
        {"x": "a\0"},
        {"x": "\x7f"},
        {"x\r\n\r\n": "y"},
        {"x": "\u0100"},
        {"x": "\xe9"},
    ],
    ids=ascii,
)
def test_no_header_makes_another_head(headers: dict[str, str], pair: Pair) -> None:
    connection, _ = pair
    watch = Watch(5, traced=True)
    with pytest.raises(ValueError, match=r"no header can carry|ascii"):
        connection.answered(request(b"", headers), watch)
    assert not watch.wrote


@pytest.mark.parametrize("said", ["0", "3", "5", "+4", "4, 4"])
def test_the_length_is_that_of_the_body_whatever_a_plugin_says(said: str) -> None:
    head = head_of(request(b"body", {"content-length": said})).lower()
    assert head.count(b"content-length") == head.count(b"\r\ncontent-length: 4\r\n") == 1


@pytest.mark.parametrize("kind", [Sender, AsyncSender])
def test_a_coding_in_which_a_body_does_not_leave_is_refused(kind: Any) -> None:
    with Server(answering(GOOD)) as server:
        options = {"timeout_seconds": 5, "keepalive_seconds": 0, "base_url": server.root}
        sent = kind(None, **options).send
        asked = Request("POST", f"{server.root}/", {"transfer-encoding": "chunked"}, b"4\r\nbody\r\n0\r\n\r\n")
        with pytest.raises(NeverLeft, match="says transfer-encoding"):
            asyncio.run(sent(asked)) if kind is AsyncSender else sent(asked)
    assert server.seen == []


def test_a_head_that_cannot_leave_is_told_and_nothing_is_opened() -> None:
    with Server(answering(GOOD)) as server:
        sender = Sender(None, timeout_seconds=5, keepalive_seconds=2, base_url=server.root)
        with pytest.raises(NeverLeft, match="a header of the request holds a character that no header can carry"):
            sender.send(Request("POST", f"{server.root}/", {"x": "a\r\nb: c"}))
    assert server.connections == 0


def test_the_head_and_the_body_leave_in_one_piece(pair: Pair) -> None:
    connection, far = pair
    asked = request(b"body", {"sign": "a b\tc"})
    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(connection.answered, asked, Watch(5, traced=True))
        assert far.recv(65536) == head_of(asked) + b"body"
        far.sendall(GOOD)
        assert answered.result(5).reply().body == b"good"
    assert head_of(asked).startswith(b"POST /call HTTP/1.1\r\nhost: 127.0.0.1:1\r\n")
    assert b"\r\nsign: a b\tc\r\n" in head_of(asked)
    assert head_of(asked).endswith(b"\r\n\r\n")


def test_who_answers_early_and_closes_is_heard_and_asked_no_more(pair: Pair) -> None:
    connection, far = pair
    far.sendall(reply(b"too large", 413))
    far.close()
    found = connection.answered(request(), Watch(5, traced=True)).reply()
    assert (found.status, found.body) == (413, b"too large")
    assert not connection.is_available()


def sender(root: str, seconds: float) -> Sender:
    return Sender(None, timeout_seconds=seconds, keepalive_seconds=2, base_url=root)


def ignore(connection: Connection) -> None:
    """Take nothing."""
    connection.server.over.wait(5)


def sip(connection: Connection) -> None:
    """Take a little of a request now and then, and never all of it."""
    while not connection.server.over.wait(0.05):
        connection.sock.recv(1024)


@pytest.mark.parametrize("step", [sip, ignore], ids=["little by little", "not at all"])
def test_who_does_not_take_the_request_is_left_in_time(step: Step) -> None:
    started = time.monotonic()
    with Server((step,)) as server:
        with pytest.raises(Lost, match=r"longer than its 0\.5 seconds"):
            sender(server.root, 0.5).send(Request("POST", f"{server.root}/", {}, LARGE))
        assert time.monotonic() - started < 4
        server.over.set()


def test_each_step_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "READ_SECONDS", 0.1)
    with Server((read, hang)) as server, pytest.raises(Lost, match="no answer within 60 seconds"):
        sender(server.root, 90).send(Request("POST", f"{server.root}/", {}))
    monkeypatch.setattr(direct, "WRITE_SECONDS", 0.1)
    with Server((ignore,)) as server:
        with pytest.raises(Lost, match="what was written was not taken within 10 seconds"):
            sender(server.root, 90).send(Request("POST", f"{server.root}/", {}, LARGE))
        server.over.set()
    monkeypatch.setattr(direct, "CONNECT_SECONDS", 0.1)
    with (
        Server((hang,)) as server,
        pytest.raises(NeverLeft, match=r"^no connection within 10 seconds; look at base_url"),
    ):
        sender(f"https://127.0.0.1:{server.port}", 90).send(Request("POST", f"https://127.0.0.1:{server.port}/", {}))


def test_what_connecting_took_is_not_given_to_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.create_connection

    def slowly(*arguments: Any) -> socket.socket:
        time.sleep(0.5)
        return connect(*arguments)

    monkeypatch.setattr(socket, "create_connection", slowly)
    started = time.monotonic()
    with Server((hang,)) as server, pytest.raises(NeverLeft, match=r"longer than its 0\.6 seconds"):
        sender(f"https://127.0.0.1:{server.port}", 0.6).send(Request("POST", f"https://127.0.0.1:{server.port}/", {}))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("closing", [True, False], ids=["closed meanwhile", "left open"])
def test_a_request_under_way_ends_before_its_connection_is_closed(closing: bool) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def wait(connection: Connection) -> None:
        arrived.set()
        go_on.wait(5)

    with Server((read, wait, say(GOOD), hang)) as server, ThreadPoolExecutor(1) as pool:
        one = sender(server.root, 5)
        answered = pool.submit(one.send, Request("POST", f"{server.root}/", {}))
        assert arrived.wait(5)
        if closing:
            one.close()
        go_on.set()
        assert answered.result(5).body == b"good"
        assert one._pool is not None
        assert len(one._pool._idle) == (not closing)
        one.close()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.usefixtures("trusted")
def test_one_connection_with_tls_serves_many_requests() -> None:
    body = envelope(row(A), row(B)) + b" " * 300_000
    with Server(answering(reply(body)), tls=True) as server:
        with Client(onbuka(f"https://localhost:{server.port}")) as client:
            for _ in range(3):
                assert len(client.send(message(A, B)).accepted) == 2
        assert (len(server.seen), server.connections) == (3, 1)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("behind", [b"", b"HTTP/1.1 200 OK\r\n"], ids=["the end of TLS", "left-over bytes"])
def test_a_connection_with_tls_that_is_not_clean_is_not_used_again(behind: bytes) -> None:
    good = reply(envelope(row(A), row(B)))

    def close(connection: Connection) -> None:
        if not behind:
            connection.sock.unwrap()  # type: ignore[attr-defined]

    with Server((read, say(good + behind), close), answering(good), tls=True) as server:
        with Client(onbuka(f"https://localhost:{server.port}"), keepalive_seconds=30) as client:
            for _ in range(2):
                assert len(client.send(message(A, B)).accepted) == 2
                time.sleep(0.05)
        assert (len(server.seen), server.connections) == (2, 2)


@pytest.mark.usefixtures("trusted")
def test_an_answer_with_tls_that_is_cut_is_a_doubt() -> None:
    with Server((read, say(reply(b"cut", length=4))), tls=True) as server:
        receipt, error = caught("sync", onbuka(f"https://localhost:{server.port}"), message(A, B))
    judge(receipt, error, InDoubt, "in_doubt", "in_doubt")
    assert "1 bytes before the end of its answer" in str(error)


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_host_lets_nothing_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    found = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **more: found("127.0.0.1", *rest, **more))
    with Server((read, say(GOOD)), tls=True) as server:
        receipt, error = caught("sync", onbuka(f"https://other.voice.test:{server.port}"), message(A, B))
    judge(receipt, error, NotSent, "not_attempted", "not_attempted")
    assert "certificate is not valid for 'other.voice.test'" in str(error)
    assert server.seen == []


def test_an_address_that_cannot_be_one_lets_nothing_leave() -> None:
    with pytest.raises(NeverLeft, match=r"look at base_url \(a\.\.b\)"):
        sender("https://a..b", 5).send(Request("POST", "https://a..b/", {}))
