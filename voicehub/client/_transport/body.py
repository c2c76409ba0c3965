"""The body of an answer, piece by piece: decompressed, and never more than memory can hold."""

import zlib
from collections.abc import Callable, Iterable, Iterator

from voicehub.client._transport.route import CODINGS
from voicehub.client._transport.watch import Watch
from voicehub.provider import Reply

LARGEST_REPLY = 4 * 1024 * 1024  # bytes, after decompression: a thousand rows are a fortieth of it
_PLAIN = "identity"

Piece = bytes | bytearray | memoryview


class Unreadable(Exception):
    """The answer cannot be used; the text says why."""


class Body:
    """The body of one answer with `joined` headers. ``packed``: the pieces are still compressed, as received.

    Raises `Unreadable` here and in `take`. A few bytes packed twice, or in other ways, could unpack to more than memory
    holds; so could one packed chunk, so no more of it is unpacked than an answer may have.
    """

    def __init__(self, status: int, headers: dict[str, str], watch: Watch, *, packed: bool) -> None:
        watch.wrote = True  # an answer proves it, whatever a transport without trace raises later
        if watch.left_over:
            raise Unreadable("the answer stood there before the request, so it belongs to another one")
        self._status, self._headers, self._watch = status, headers, watch
        self._read: list[Piece] = []
        self._size = 0
        coding = self._headers.get("content-encoding", _PLAIN).strip().lower()
        if coding not in (_PLAIN, *CODINGS):
            raise Unreadable("the reply has a content-encoding that was not asked for")
        self._unpack = _unpacking(coding) if packed and coding != _PLAIN else None

    def take(self, chunk: Piece) -> None:
        """One more piece. Raises `TooLate`, too."""
        self._read.append(chunk if self._unpack is None else self._unpack(chunk))
        self._size += len(self._read[-1])
        self._watch.within(0)
        if self._size > LARGEST_REPLY:
            raise Unreadable(f"the reply is larger than {LARGEST_REPLY // 2**20} MiB")

    def reply(self) -> Reply:
        """Everything that was taken."""
        return Reply(self._status, self._headers, b"".join(self._read))


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    """Headers as text, whatever bytes they hold."""
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by lower-case name; a repeated one is joined to a list (RFC 9110 section 5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _unpacking(coding: str) -> Callable[[Piece], bytes]:
    """What unpacks the pieces of an answer one after another."""
    begun = False
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16 if coding == "gzip" else zlib.MAX_WBITS)

    def unpack(chunk: Piece) -> bytes:
        nonlocal begun, unpacker
        first, begun = not begun, True
        try:
            return unpacker.decompress(chunk, LARGEST_REPLY + 1)
        except zlib.error as error:
            if coding == "deflate" and first:  # some servers leave the frame out (RFC 9110 section 8.4.1.2)
                unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
                return unpack(chunk)
            raise Unreadable("the reply is not packed as it says") from error

    return unpack
