"""A vendor as fast as can be: a raw socket that answers every request with the same bytes, and prints its port.

It ends when its standard input does, so that it cannot outlive the measurement.
"""

import os
import socket
import sys
import threading

from tests.bench import sample

_END = b"\r\n\r\n"


def serve(connection: socket.socket, reply: bytes) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffered = b""
    while chunk := connection.recv(65536):
        buffered += chunk
        while (complete := _length(buffered)) is not None and len(buffered) >= complete:
            buffered = buffered[complete:]
            connection.sendall(reply)


def _length(data: bytes) -> int | None:
    """How long the first request is; ``None``: its headers are not complete yet."""
    head, end, _ = data.partition(_END)
    if not end:
        return None
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(head) + len(_END) + (int(lengths[0]) if lengths else 0)


def main() -> None:
    body = sample.answer(sample.message(1))
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json;charset=UTF-8\r\ncontent-length: {len(body)}\r\n\r\n"
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()

    def accept() -> None:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=serve, args=(connection, head.encode() + body), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
