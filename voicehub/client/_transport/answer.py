"""Reads one answer from a connection of our own, and says whether the connection may serve another request.

A plain answer (whole head in the first piece, only what RFC 9112 asks for, exactly one length) is
read here. Every other one is left to h11, which the asynchronous client uses, too; for a plain one it gives the
same result at five times the instructions.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from voicehub.client._transport.body import Body, Unreadable, decoded, joined
from voicehub.client._transport.watch import Watch
from voicehub.provider import Request

_PLAIN = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2})(?: [ -~]*)?\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~]*\r\n)+)\r\n"
)
_BODILESS = (204, 304)
_LENGTH = re.compile("[0-9]{1,20}")
_LONGEST_HEAD = 100 * 1024  # bytes, the same limit as httpcore's

Receive = Callable[[], bytes]


class _Head(NamedTuple):
    status: int
    headers: dict[str, str]
    length: int  # of the body
    size: int  # of the head itself


def read_answer(receive: Receive, request: Request, watch: Watch) -> tuple[Body, bool]:
    """The whole answer, and whether the connection may serve another request.

    ``receive`` returns the next bytes, ``b""`` at the end, or raises. Raises what it raises, and `Unreadable`,
    `TooLate`, ``h11.RemoteProtocolError``.
    """
    first = receive()
    head = None if request.method == "HEAD" else _plain_head(first)
    if head is None:
        return _by_h11(first, receive, request, watch)
    body = Body(head.status, head.headers, watch, packed=True)
    left, piece = head.length, memoryview(first)[head.size :]
    while len(piece) < left:
        body.take(piece)
        left -= len(piece)
        piece = memoryview(receive())
        if not piece:
            raise Unreadable(f"the server disconnected {left} bytes before the end of its answer")
    body.take(piece[:left])
    return body, len(piece) == left and _stays(head.headers) and _stays(request.headers)


def _plain_head(data: bytes) -> _Head | None:
    """``None``: it is not plain, or not whole yet."""
    found = _PLAIN.match(data)
    if found is None:
        return None
    lines = found[2].decode("ascii").split("\r\n")[:-1]
    headers = joined((name, value.strip(" ")) for name, _, value in [line.partition(":") for line in lines])
    status, length = int(found[1]), headers.get("content-length", "")
    if status in _BODILESS or "transfer-encoding" in headers or not _LENGTH.fullmatch(length):
        return None
    return _Head(status, headers, int(length), found.end())


def _stays(headers: Mapping[str, str]) -> bool:
    return headers.get("connection", "keep-alive").lower() == "keep-alive"


def _by_h11(first: bytes, receive: Receive, request: Request, watch: Watch) -> tuple[Body, bool]:
    import h11  # imported here: few answers need it

    said = [("connection", value) for name, value in request.headers.items() if name == "connection"]
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
    connection.send(h11.Request(method=request.method, target="/", headers=[("host", ""), *said]))
    connection.send(h11.EndOfMessage())
    events = _events(connection, first, receive)
    answer = next(event for event in events if isinstance(event, h11.Response))
    body = Body(answer.status_code, joined(decoded(answer.headers)), watch, packed=True)
    for event in events:
        body.take(event.data)
    done = connection.our_state is connection.their_state is h11.DONE
    return body, done and connection.trailing_data == (b"", False)


def _events(connection: Any, first: bytes, receive: Receive) -> Iterator[Any]:
    """The events h11 reads from what arrives, up to the end of the answer."""
    import h11

    piece = first
    while True:
        if not piece and connection.their_state is h11.SEND_RESPONSE:
            raise Unreadable("the server disconnected without sending a response")
        connection.receive_data(piece)
        while (event := connection.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.EndOfMessage):
                return
            yield event
        piece = receive()
