"""Whatever arrives is answered with a refusal or a 4xx, nobody is dialled by it, and the next caller is served."""

import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.toys import FIRST, NOW, PROVIDERS, call, message, raw, whole
from voicehub import Client
from voicehub.provider import Refusal, Request
from voicehub.sandbox import Desk, SandboxServer
from voicehub.sandbox._app import LARGEST_REQUEST

SIGNED = PROVIDERS["alerts"].encode(message(), NOW)
HEADERS = st.dictionaries(st.sampled_from([*SIGNED.headers, "x"]), st.text())
URLS = st.sampled_from([SIGNED.url, "https://api.itniotech.com/voice/sendGroup", "http://[", ""]) | st.text()


@given(st.sampled_from(["POST", "GET", "", "\x00"]) | st.text(), URLS, HEADERS, st.binary())
def test_any_request_has_a_reply_and_dials_nobody(method: str, url: str, headers: dict[str, str], body: bytes) -> None:
    reply, dialled = Desk(PROVIDERS)(Request(method, url, headers, body), NOW, 1)
    assert dialled == ()
    assert reply.status == 404 or isinstance(PROVIDERS["alerts"].decode(message(), reply), Refusal)


@given(st.binary() | st.recursive(st.none(), st.lists, max_leaves=5).map(repr).map(str.encode))
def test_any_body_under_a_good_signature_dials_nobody(body: bytes) -> None:
    reply, dialled = Desk(PROVIDERS)(Request("POST", SIGNED.url, SIGNED.headers, body), NOW, 1)
    assert dialled == ()
    assert isinstance(PROVIDERS["alerts"].decode(message(), reply), Refusal)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer({**PROVIDERS, "whole": whole()}) as server:
        yield server


def answer_to(server: SandboxServer, sent: bytes) -> bytes:
    """Everything the server says until it closes or the connection is closed by us."""
    with raw(server) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionError:
            return b""


def serves(server: SandboxServer) -> bool:
    before = len(server.dialled)
    with Client(server.provider("alerts")) as client:
        client.send(message(FIRST))
    return len(server.dialled) == before + 1


STARTS = st.sampled_from([b"", b"POST ", b"GET / HTTP/1.1\r\n", b"POST /v3 HTTP/1.1\r\nhost: a\r\n", call(b"x")])


@settings(max_examples=60)
@given(STARTS, st.binary(max_size=300))
def test_any_bytes_on_the_wire_leave_the_server_serving(sandbox: SandboxServer, start: bytes, rest: bytes) -> None:
    dialled = len(sandbox.dialled)
    heard = answer_to(sandbox, start + rest + b"\r\n\r\n")
    statuses = re.findall(rb"^HTTP/1.1 ([0-9]{3}) ", heard, re.MULTILINE)
    assert all(status.startswith((b"4", b"200")) for status in statuses)
    assert len(sandbox.dialled) == dialled
    assert serves(sandbox)


@pytest.mark.parametrize(
    "target",
    [
        b"*",
        b"http://elsewhere.example/api/call",
        b"//api//call",
        b"/%00%ff",
        b"/[",
        b"/?",
        b"/api/call?%zz#x",
        b"/api/../x",
    ],
)
def test_any_target_is_answered(sandbox: SandboxServer, target: bytes) -> None:
    heard = answer_to(sandbox, call(b"nobody", target=target))
    assert re.match(rb"HTTP/1.1 (200|4[0-9][0-9]) ", heard)
    assert serves(sandbox)


def test_a_doubled_credential_is_no_credential(sandbox: SandboxServer) -> None:
    doubled = call(b"x +932111111111").replace(b"token: open-sesame", b"token: open-sesame\r\ntoken: open-sesame")
    assert answer_to(sandbox, doubled).startswith(b"HTTP/1.1 401 ")


def test_an_upgrade_is_not_granted(sandbox: SandboxServer) -> None:
    upgrade = b"GET /api/call HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    assert answer_to(sandbox, upgrade).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("size", [LARGEST_REQUEST, LARGEST_REQUEST + 1])
def test_a_request_is_bounded(sandbox: SandboxServer, size: int) -> None:
    heard = answer_to(sandbox, call(b" " * size))
    assert heard.startswith(b"HTTP/1.1 400 " if size <= LARGEST_REQUEST else b"HTTP/1.1 413 ")
    assert (b"at most 8 MiB" in heard) is (size > LARGEST_REQUEST)
    assert serves(sandbox)
