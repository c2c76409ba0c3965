"""What each failure of the wire proves: one table, both clients; the server's own log is the judge."""

import gzip
import zlib
from dataclasses import dataclass
from typing import Any

import pytest

from tests.client.support import A, B, C, Mode, caught, envelope, judge, message, onbuka, row
from tests.client.wire import Server, Step, dribble, glimpse, hang, read, reply, reset, say
from voicehub import InDoubt, RefusalKind, Refused

ACCEPTED, REFUSED, DOUBT, NEVER = "accepted", "refused", "in_doubt", "not_attempted"
GOOD = envelope(row(A), row(B))
QUICK = {"timeout_seconds": 0.4}


@dataclass(frozen=True)
class Case:
    """A script of the server and what a send of two callees must come to."""

    name: str
    script: tuple[Step, ...]
    error: type[Exception] | None
    statuses: tuple[str, str]
    seen: int = 1
    kind: RefusalKind | None = None
    said: str = ""
    options: tuple[tuple[str, Any], ...] = ()


def answered(name: str, body: bytes, *statuses: str, http: int = 200, headers: tuple[str, ...] = ()) -> Case:
    first, second = statuses
    return Case(name, (read, say(reply(body, http, *headers))), None, (first, second))


def doubtful(name: str, *script: Step, seen: int = 1, said: str = "", quick: bool = False) -> Case:
    options = tuple(QUICK.items()) if quick else ()
    return Case(name, script, InDoubt, (DOUBT, DOUBT), seen=seen, said=said, options=options)


def unread(name: str, body: bytes, http: int = 200, *headers: str, said: str = "") -> Case:
    return doubtful(name, read, say(reply(body, http, *headers)), said=said)


def refused(name: str, kind: RefusalKind, body: bytes, http: int = 200, *headers: str) -> Case:
    return Case(name, (read, say(reply(body, http, *headers))), Refused, (REFUSED, REFUSED), kind=kind)


def mixed(name: str, body: bytes, *statuses: str, http: int = 200) -> Case:
    first, second = statuses
    return Case(name, (read, say(reply(body, http))), InDoubt, (first, second))


HTML = b"<html>Welcome to the gateway</html>"
BOMB = gzip.compress(b"\0" * (8 << 20))
TWICE = gzip.compress(gzip.compress(GOOD))
AUTH, REQUEST, THROTTLED = RefusalKind.AUTH, RefusalKind.REQUEST, RefusalKind.THROTTLED

CASES = [
    # --- the request, or part of it, may have arrived, and nothing believable came back
    doubtful("reset before the request is read", glimpse, reset, seen=0),
    doubtful("closed before the request is read", glimpse, seen=0),
    doubtful("reset after the request", read, reset),
    doubtful("closed after the request", read, said="disconnected without sending a response"),
    doubtful("no answer", read, hang, quick=True, said="longer than its 0.4 seconds"),
    doubtful("headers dribble", read, dribble(reply(GOOD)), quick=True, said="longer than its 0.4 seconds"),
    doubtful("an endless line dribbles", read, dribble(b"HTTP/1.1 200 " + b"x" * 99), quick=True),
    doubtful("the body dribbles", read, say(reply(b"", length=99)), dribble(GOOD), quick=True, said="0.4 seconds"),
    doubtful("informational replies without end", read, *[say(b"HTTP/1.1 100 Continue\r\n\r\n")] * 9, hang, quick=True),
    doubtful("the body is cut short", read, say(reply(GOOD, length=len(GOOD) + 1))),
    doubtful("garbage instead of HTTP", read, say(b"\x16\x03\x01 no HTTP\r\n\r\n")),
    doubtful("switching protocols", read, say(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")),
    unread("larger than 4 MiB", b" " * (4 * 1024 * 1024 + 1), said="larger than 4 MiB"),
    unread("larger than 4 MiB once unpacked", BOMB, 200, "Content-Encoding: gzip", said="larger than 4 MiB"),
    unread("packed twice", TWICE, 200, "Content-Encoding: gzip, gzip", said="content-encoding"),
    unread("packed twice in two lines", TWICE, 200, "Content-Encoding: gzip", "content-encoding: gzip"),
    unread("packed as nobody asked", GOOD, 200, "Content-Encoding: br", said="content-encoding"),
    unread("says it is packed and is not", GOOD, 200, "Content-Encoding: gzip"),
    unread("says it is deflated and is not", GOOD, 200, "Content-Encoding: deflate", said="not packed as it says"),
    unread("truncated JSON", GOOD[:-3]),
    unread("no body", b""),
    unread("HTML with 200", HTML),
    unread("no status", b'{"data": []}'),
    unread("status true", b'{"status": true, "data": []}'),
    unread("status 0 without rows", envelope()),
    unread("unknown status", envelope(status="-99"), said="-99"),
    unread("system fault", envelope(status="-18")),
    unread("a row in system fault for each", envelope(row(A, "-18"), row(B, "-18"))),
    unread("1000 brackets deep", b"[" * 100_000),
    unread("bytes that are no text", b"\xff\xfe\x00"),
    *[unread(f"HTTP {status}", HTML, status) for status in (408, 500, 502, 503, 504, 599, 999)],
    unread("HTTP 503 with Retry-After", b"", 503, "Retry-After: 1"),
    unread("HTTP 500 with an envelope that accepts nobody", envelope(row(A, call_id=None), row(B, call_id="")), 500),
    *[unread(f"HTTP 500 with status {code}", envelope(status=code), 500) for code in ("-1", "-10", "-16", "-22")],
    unread("HTTP 408 with an envelope", envelope(status="-22"), 408),
    unread("HTTP 500 with refused rows", envelope(row(A, "-22", None), row(B, "-22", None)), 500),
    unread("HTTP 204", b"", 204),
    mixed("HTTP 500 with one call id", envelope(row(A), row(B, call_id=None)), ACCEPTED, DOUBT, http=500),
    mixed("a row is missing", envelope(row(B)), DOUBT, ACCEPTED),
    mixed("a row in system fault", envelope(row(A, "-18"), row(B)), DOUBT, ACCEPTED),
    mixed("a row without code", envelope(row(A), row(B, None)), ACCEPTED, DOUBT),
    mixed("a missing row beside a refused one", envelope(row(B, "-22")), DOUBT, REFUSED),
    # --- the vendor said whom it took
    answered("as it should be", GOOD, ACCEPTED, ACCEPTED),
    answered("status as a number", envelope(row(A, 0), row(B, 0), status=0), ACCEPTED, ACCEPTED),
    answered("rows in another order", envelope(row(B), row(A)), ACCEPTED, ACCEPTED),
    answered("a row of somebody else", envelope(row(A), row(C), row(B)), ACCEPTED, ACCEPTED),
    answered("a doubled row", envelope(row(A, "-22"), row(B), row(A)), ACCEPTED, ACCEPTED),
    answered("an unknown row code", envelope(row(A), row(B, "-4711")), ACCEPTED, REFUSED),
    answered("HTTP 201", GOOD, ACCEPTED, ACCEPTED, http=201),
    answered("HTTP 500 with a call id for all", GOOD, ACCEPTED, ACCEPTED, http=500),
    answered("refused, and yet there is a call id", envelope(row(A), status="-22"), ACCEPTED, REFUSED),
    answered("packed", gzip.compress(GOOD), ACCEPTED, ACCEPTED, headers=("Content-Encoding: GZIP",)),
    answered("deflated", zlib.compress(GOOD), ACCEPTED, ACCEPTED, headers=("Content-Encoding: deflate",)),
    answered(
        "without its frame", zlib.compress(GOOD)[2:-4], ACCEPTED, ACCEPTED, headers=("Content-Encoding: deflate",)
    ),
    answered("headers in no encoding", GOOD, ACCEPTED, ACCEPTED, headers=("X-Odd: \xff\xfe", "x-odd: twice")),
    answered("a cookie that is none", GOOD, ACCEPTED, ACCEPTED, headers=("Set-Cookie: ;;=;\xff", "Set-Cookie: a=b")),
    Case(
        "informational replies before the answer",
        (read, say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), say(reply(GOOD))),
        None,
        (ACCEPTED, ACCEPTED),
    ),
    Case(
        "an answer that ends with the connection",
        (read, say(b"HTTP/1.0 200 OK\r\n\r\n" + GOOD)),
        None,
        (ACCEPTED, ACCEPTED),
    ),
    # --- the vendor said no
    refused("HTTP 401", AUTH, HTML, 401),
    refused("HTTP 403", REQUEST, b"", 403),
    refused("HTTP 404", REQUEST, b"", 404),
    refused("HTTP 429", THROTTLED, b"", 429, "Retry-After: 1"),
    refused("HTTP 429 that speaks of a signature", AUTH, envelope(status="-1"), 429),
    refused("HTTP 401 that speaks of a balance", RefusalKind.BALANCE, envelope(status="-10"), 401),
    refused("HTTP 403 that speaks of an address", RefusalKind.ADDRESS, envelope(status="-2"), 403),
    refused("HTTP 404 with a status as a number", REQUEST, envelope(status=-26), 404),
    *[refused(f"HTTP {status}", REQUEST, b"", status, "Location: /elsewhere") for status in (301, 302, 303, 307, 308)],
    refused("a redirect to no address", REQUEST, b"", 302, "Location: http://a:b"),
    refused("HTTP 304", REQUEST, b"", 304),
    refused("signature", AUTH, envelope(status="-1")),
    refused("address", RefusalKind.ADDRESS, envelope(status="-2")),
    refused("balance", RefusalKind.BALANCE, envelope(status="-13")),
    refused("clock", RefusalKind.CLOCK, envelope(status="-16")),
    refused("throttled", THROTTLED, envelope(status="-15")),
    refused("request", REQUEST, envelope(status="-22")),
    refused("every row for itself", REQUEST, envelope(row(A, "-22"), row(B, "-23"))),
]


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_server_does_has_one_fate(case: Case, mode: Mode) -> None:
    with Server(case.script) as server:
        receipt, error = caught(mode, onbuka(server.root), message(A, B), **dict(case.options))
    judge(receipt, error, case.error, *case.statuses)
    assert len(server.seen) == case.seen
    assert server.connections == 1, "only what never left is tried again"
    assert case.said in str(error)
    if isinstance(error, Refused):
        assert error.kind is case.kind


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int, mode: Mode) -> None:
    with Server((read, say(reply(GOOD)))) as target:
        moved = reply(b"", status, f"Location: {target.root}/v3/voice/sendGroup")
        with Server((read, say(moved))) as server:
            _, error = caught(mode, onbuka(server.root), message(A, B))
    assert isinstance(error, Refused)
    assert len(server.seen) == 1
    assert target.connections == 0, "the signed headers would work there for half an hour"
