"""The head of a request leaves with what is written next, and nothing is lost or turned round by that."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from voicehub.client._transport.watch import _follow

PIECES = st.lists(st.sampled_from([b"POST / HTTP/1.1\r\nhost: a\r\n\r\n", b"body", b"\r\n\r\n", b""]), max_size=9)


class Stream:
    """What a connection writes and reads."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.sent.append(buffer)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return b"".join(self.sent)


@given(PIECES)
def test_whatever_is_written_has_left_in_its_order_before_anything_is_read(pieces: list[bytes]) -> None:
    stream: Any = Stream()
    _follow(stream)
    for piece in pieces:
        stream.write(piece, timeout=1.0)
    assert stream.read(10) == b"".join(pieces)
    assert len(stream.sent) <= len(pieces)


def test_head_and_body_are_one_piece() -> None:
    stream: Any = Stream()
    _follow(stream)
    for piece in (b"head\r\n\r\n", b"body", b""):
        stream.write(piece, timeout=1.0)
    assert stream.sent == [b"head\r\n\r\nbody", b""]
