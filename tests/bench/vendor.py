"""A vendor as fast as can be, for campaigns: ``python -m tests.bench.vendor [--latency MS]``.

One thread over epoll. It reads the numbers out of the body and answers one accepted row a callee with an id of 32
random hex digits, as the vendor writes it, LATENCY after the request was complete. Prints its port; ends when its input
does. It looks at nothing else: correctness is judged elsewhere, here it only has to be faster than whoever asks.
"""

import argparse
import gc
import heapq
import itertools
import os
import select
import socket
import sys
import time

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_CALLEE = b'"callee":'
_BEGIN = '{"status":"0","reason":"success","data":[{'
_END_OF_ROW = '","terminationCode":"0","terminationReason":"success"}'
_BETWEEN = f"{_END_OF_ROW},{{"
_IDS = 1 << 16  # random ids, taken in turns: more than any batch has, and nothing a ledger could pack
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json;charset=UTF-8\r\ncontent-length: %d\r\n\r\n"


class Answers:
    """What stands between two numbers of an answer, ready-made: a thousand rows are two slices and a join."""

    def __init__(self) -> None:
        ids = os.urandom(16 * _IDS).hex()
        between = [f'{_BETWEEN}"voiceId":"{ids[at : at + 32]}","callee":"' for at in range(0, len(ids), 32)]
        self._between = between * 2  # so that a slice never wraps
        self._next = 0

    def __call__(self, body: bytes) -> bytes:
        """The whole answer to the request with this body."""
        begin = body.index(b'"', body.index(_CALLEE) + len(_CALLEE)) + 1
        numbers = body[begin : body.index(b'"', begin)].decode("ascii").split(",")
        parts = [""] * (2 * len(numbers))
        parts[0::2] = self._between[self._next : self._next + len(numbers)]
        parts[1::2] = numbers
        self._next = (self._next + len(numbers)) % _IDS
        data = (_BEGIN + "".join(parts)[len(_BETWEEN) :] + _END_OF_ROW + "]}").encode()
        return _HEAD % len(data) + data


class Connection:
    """What came in and is not yet a request, and what did not fit into the socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.read = bytearray()
        self.left: memoryview | None = None

    def request(self) -> bytes | None:
        """The body of the next whole request; ``None``: it is not complete."""
        head = self.read.find(_END)
        if head < 0:
            return None
        lower = bytes(self.read[:head]).lower()
        at = lower.find(_LENGTH) + len(_LENGTH)
        stop = lower.find(b"\r\n", at)
        end = head + len(_END) + int(lower[at : stop if stop > 0 else head])
        if len(self.read) < end:
            return None
        body = bytes(self.read[head + len(_END) : end])
        del self.read[:end]
        return body


def serve(listening: socket.socket, latency: float) -> None:
    poll = select.epoll()
    poll.register(0, select.EPOLLIN)
    poll.register(listening.fileno(), select.EPOLLIN)
    known: dict[int, Connection] = {}
    due: list[tuple[float, int, int, bytes]] = []
    serials = itertools.count()
    answer = Answers()

    def send(fd: int, data: bytes | memoryview) -> None:
        if (connection := known.get(fd)) is None:
            return  # it hung up before its answer was due
        try:
            sent = connection.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return
        if sent < len(data):
            connection.left = memoryview(data)[sent:]
            poll.modify(fd, select.EPOLLIN | select.EPOLLOUT)
        elif connection.left is not None:
            connection.left = None
            poll.modify(fd, select.EPOLLIN)

    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else -1
        for fd, event in poll.poll(wait):
            if fd == 0:
                return
            if fd == listening.fileno():
                sock, _ = listening.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                known[sock.fileno()] = Connection(sock)
                poll.register(sock.fileno(), select.EPOLLIN)
                continue
            connection = known[fd]
            if event & select.EPOLLOUT and connection.left is not None:
                send(fd, connection.left)
            if event & ~select.EPOLLOUT:
                try:
                    chunk = connection.sock.recv(262144)
                except OSError:
                    chunk = b""
                if not chunk:
                    poll.unregister(fd)
                    del known[fd]
                    connection.sock.close()
                    continue
                connection.read += chunk
                while (body := connection.request()) is not None:
                    reply = answer(body)
                    if latency:
                        heapq.heappush(due, (time.monotonic() + latency, next(serials), fd, reply))
                    else:
                        send(fd, reply)
        now = time.monotonic()
        while due and due[0][0] <= now:
            _, _, fd, reply = heapq.heappop(due)
            send(fd, reply)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds")
    asked = parser.parse_args()
    gc.freeze()
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    serve(listening, asked.latency / 1000)


if __name__ == "__main__":
    main()
