"""An answer is read as h11 reads it, plain or not, whole or in pieces; what h11 refuses is a doubt, never an answer."""

import gzip
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import httpcore
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.client.support import A, Mode, Plain, caught, message
from tests.client.wire import Server, hang, read, say
from voicehub import InDoubt
from voicehub.client import Lost, NeverLeft
from voicehub.client._transport.answer import _plain_head
from voicehub.client._transport.by_httpcore import connecting
from voicehub.client._transport.connections import Connection
from voicehub.client._transport.direct import Direct
from voicehub.client._transport.route import address_of
from voicehub.client._transport.verdict import OURS, Meanings, meanings_in, verdict
from voicehub.client._transport.watch import Watch
from voicehub.provider import Request

ROOT = "http://127.0.0.1:1"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HEAD, CHUNKS = OK + b"Content-Length: 4\r\n", CHUNKED + b"4\r\ngood\r\n"
PLAIN = HEAD + b"\r\ngood"
PACKED = gzip.compress(b"good")

#: What a server may say instead of an answer, or as an odd one, before it falls silent or goes away.
REFUSED: dict[str, bytes] = {
    "two lengths": HEAD + b"Content-Length: 3\r\n\r\ngood",
    "two lengths in one line": OK + b"Content-Length: 4, 3\r\n\r\ngood",
    "a length with a sign": OK + b"Content-Length: +4\r\n\r\ngood",
    "a length below nothing": OK + b"Content-Length: -4\r\n\r\ngood",
    "a length with an underscore": OK + b"Content-Length: 0_4\r\n\r\ngood",
    "a length of 21 digits": OK + b"Content-Length: " + b"0" * 20 + b"4\r\n\r\ngood",
    "no length where one should be": OK + b"Content-Length:\r\n\r\ngood",
    "a coding that is not chunked": OK + b"Transfer-Encoding: gzip\r\n\r\ngood",
    "chunked twice": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
    "a body shorter than said": HEAD + b"\r\ngoo",
    "a chunk whose size is none": CHUNKED + b"0x4\r\ngood\r\n0\r\n\r\n",
    "a chunk with a sign": CHUNKED + b"+4\r\ngood\r\n0\r\n\r\n",
    "a chunk below nothing": CHUNKED + b"-4\r\ngood\r\n0\r\n\r\n",
    "a chunk longer than said": CHUNKED + b"3\r\ngood\r\n0\r\n\r\n",
    "a chunk shorter than said": CHUNKED + b"5\r\ngood\r\n0\r\n\r\n",
    "chunks without an end": CHUNKS,
    "chunks whose end is cut": CHUNKS + b"0\r\n",
    "a trailer without a colon": CHUNKS + b"0\r\ntrailer\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 4\r\n\r\ngood",
    "a status that is none": b"HTTP/1.1 2x0 OK\r\nContent-Length: 4\r\n\r\ngood",
    "another protocol": b"HTTQ/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood",
    "no version": b"HTTP 200 OK\r\nContent-Length: 4\r\n\r\ngood",
    "a line without a colon": HEAD + b"nothing\r\n\r\ngood",
    "a name with a space": HEAD + b"x : y\r\n\r\ngood",
    "a name with a tab before it": OK + b"\tx: y\r\nContent-Length: 4\r\n\r\ngood",
    "a line without a name": HEAD + b": y\r\n\r\ngood",
    "a NUL": HEAD + b"x: \0\r\n\r\ngood",
    "a carriage return alone": HEAD + b"x: a\rb: c\r\n\r\ngood",
    "a head without an end": HEAD + b"x: y\r\n" * 30_000,
    "a name without an end": HEAD + b"x" * 200_000,
    "trailers without an end": CHUNKS + b"0\r\n" + b"x: y\r\n" * 30_000,
    "switching protocols": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" + PLAIN,
    "only an interim answer": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "an end": b"",
}
TAKEN: dict[str, bytes] = {
    "plain": PLAIN,
    "in chunks": CHUNKS + b"0\r\n\r\n",
    "in chunks with what says nothing": CHUNKED + b"4;a=b\r\ngood\r\n0\r\nx: y\r\n\r\n",
    "its length twice": HEAD + b"Content-Length: 4\r\n\r\ngood",
    "its length beside chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
    "up to the end": OK + b"\r\ngood",
    "of HTTP/1.0": HEAD.replace(b"1.1", b"1.0") + b"\r\ngood",
    "folded": HEAD + b"x: a\r\n  b\r\n\r\ngood",
    "with bare ends of lines": PLAIN.replace(b"\r\n", b"\n"),
    "with one bare end of a line": HEAD + b"x: a\ny: b\r\n\r\ngood",
    "behind interim ones": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nx: y\r\n\r\n" * 3 + PLAIN,
    "without words": PLAIN.replace(b" OK", b""),
    "with more behind it": PLAIN + PLAIN,
    "packed": OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED,
    "with a header of no words": HEAD + b"x:\r\ny: \t \r\nz:  a  b \r\n\r\ngood",
}
#: What has no body whatever its head says (RFC 9112 section 6.3), by the method that asked.
BODILESS = {
    "HEAD": ("HEAD", PLAIN),
    "HTTP 204": ("POST", PLAIN.replace(b"200", b"204")),
    "HTTP 304": ("POST", PLAIN.replace(b"200", b"304")),
}


class Peer:
    """A socket whose other end says these pieces, and goes away."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.said = [*pieces]

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, most: int) -> bytes:
        piece = self.said.pop(0) if self.said else b""
        if len(piece) > most:
            self.said.insert(0, piece[most:])
        return piece[:most]


def our_own(pieces: Sequence[bytes]) -> Connection:
    connection = Direct(address_of(ROOT), None, 30)
    connection._socket = cast("Any", Peer(pieces))
    return connection


def httpcores(pieces: Sequence[bytes]) -> Connection:
    return connecting(ROOT, network_backend=httpcore.MockBackend([*pieces]))()


def outcome(connection: Connection, request: Request, meanings: Meanings) -> tuple[Any, bool]:
    """The answer or what its lack proves, and whether the connection stays."""
    watch = Watch(60, traced=True)
    try:
        reply = connection.answered(request, watch).reply()
    except Exception as error:
        return type(verdict(watch, error, ROOT, meanings)), connection.is_available()
    return (reply.status, reply.headers, reply.body), connection.is_available()


def compare(pieces: Sequence[bytes], method: str, said: str | None = None) -> Any:
    request = Request(method, f"{ROOT}/", {} if said is None else {"connection": said}, b"")
    ours, stays = outcome(our_own(pieces), request, OURS)
    theirs, may_stay = outcome(httpcores(pieces), request, meanings_in(httpcore))
    assert ours == theirs
    assert ours is not NeverLeft
    assert may_stay or not stays, "no connection is kept that httpcore would close"
    return ours


HEADERS = [
    b"Content-Length: 4",
    b"content-length: 5",
    b"Transfer-Encoding: chunked",
    b"Connection: close",
    b" folded",
    b"x:",
]
KNOWN = [*REFUSED.values(), *TAKEN.values(), *[data for _, data in BODILESS.values()]]
EDITS = st.lists(
    st.tuples(
        st.integers(0, 150),
        st.integers(0, 3),
        st.one_of(
            st.binary(max_size=2),
            st.sampled_from([b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b",", b"\0", b"0", b"-", b"\x80"]),
            st.sampled_from(HEADERS).map(lambda header: b"\r\n" + header),
        ),
    ),
    max_size=3,
)


def edited(data: bytes, edits: Sequence[tuple[int, int, bytes]]) -> bytes:
    for at, length, new in edits:
        at %= len(data) + 1
        data = data[:at] + new + data[at + length :]
    return data


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(ends) if start < end]


@given(
    st.sampled_from([known for known in KNOWN if len(known) < 1000]),
    EDITS,
    st.lists(st.integers(0, 150), max_size=3),
    st.sampled_from(["POST", "POST", "GET", "HEAD"]),
    st.sampled_from([None, None, "keep-alive", "close"]),
)
@example(PLAIN, [], [17], "POST", None)
def test_both_clients_read_the_same(
    known: bytes, edits: Sequence[tuple[int, int, bytes]], places: Sequence[int], method: str, said: str | None
) -> None:
    compare(cut(edited(known, edits), places), method, said)


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("name", [*REFUSED, *TAKEN])
def test_what_is_taken_and_what_is_not(name: str, pieces: int) -> None:
    data = {**REFUSED, **TAKEN}[name]
    found = compare(cut(data, [*range(0, len(data), len(data) // pieces + 1)]), "POST")
    assert (found is Lost) is (name in REFUSED)
    assert name in REFUSED or (found[0], found[2]) == (200, b"good")


@pytest.mark.parametrize("name", BODILESS)
def test_what_has_no_body_gets_none(name: str) -> None:
    method, data = BODILESS[name]
    assert compare([data], method)[2] == b""
    assert compare([data.removesuffix(b"good")], method)[2] == b""


def test_most_answers_are_plain() -> None:
    plain = {name for name, data in TAKEN.items() if _plain_head(data)}
    assert plain == {"plain", "without words", "with more behind it", "packed"}


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_is_a_doubt(name: str, mode: Mode) -> None:
    steps = (read, say(REFUSED[name]))
    with Server(steps) as server:
        receipt, error = caught(mode, Plain(server.root), message(A), timeout_seconds=5)
    assert isinstance(error, InDoubt), error
    assert receipt is not None
    assert [outcome.status for outcome in receipt] == ["in_doubt"]
    assert len(server.seen) == 1, "and nothing is sent again"


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_odd_and_an_answer_is_taken(name: str, mode: Mode) -> None:
    steps = (read, say(TAKEN[name])) if name == "up to the end" else (read, say(TAKEN[name]), hang)
    with Server(steps) as server:
        receipt, error = caught(mode, Plain(server.root), message(A), timeout_seconds=5)
    assert error is None, error
    assert receipt is not None
    assert [outcome.status for outcome in receipt] == ["accepted"]
