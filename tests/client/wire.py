"""A misbehaving server on loopback: raw sockets, one script per connection, and a log of what really arrived."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

CERTIFICATE = Path(__file__).with_name("untrusted.pem")  # self-signed, with its key; nobody trusts it
_PATIENCE = 5.0  # seconds a script waits for its client at most, so that no failing test hangs

Step = Callable[["Connection"], None]


class Connection:
    """One accepted connection, as a script sees it."""

    def __init__(self, server: "Server", sock: socket.socket) -> None:
        self.server = server
        self.sock = sock

    def receive(self) -> bytes:
        """One whole request, which is logged; empty where the client went away before it was whole."""
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := self.sock.recv(65536)):
                return b""
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").lower().split("\r\n")
        length = sum(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
        while len(body) < length:
            if not (more := self.sock.recv(65536)):
                return b""
            body += more
        request = head + b"\r\n\r\n" + body
        with self.server.lock:
            self.server.seen.append(request)
        return request


class Server:
    """Serves each connection by the next script; the last script serves all that follow."""

    def __init__(self, *scripts: Sequence[Step], tls: bool = False, host: str = "127.0.0.1") -> None:
        self.scripts = [(upgrade, *script) for script in scripts] if tls else scripts
        self.seen: list[bytes] = []
        self.connections = 0
        self.lock = threading.Lock()
        self.over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = self._listener.getsockname()[1]
        self.host = f"[{host}]" if ":" in host else host
        self.root = f"{'https' if tls else 'http'}://{self.host}:{self.port}"

    @property
    def bodies(self) -> list[bytes]:
        """What arrived, without the headers."""
        return [request.partition(b"\r\n\r\n")[2] for request in self.seen]

    def headers(self, name: str) -> list[str]:
        """The value of one header in each request that arrived; "" where it is absent."""
        found = []
        for request in self.seen:
            lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
            pairs = (line.partition(": ") for line in lines)
            found.append(next((value for key, _, value in pairs if key.lower() == name), ""))
        return found

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(_PATIENCE)
        self._listener.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            script = self.scripts[min(self.connections, len(self.scripts) - 1)]
            self.connections += 1
            self._start(lambda sock=sock, script=script: self._serve(sock, script))  # type: ignore[misc]

    def _serve(self, sock: socket.socket, script: Sequence[Step]) -> None:
        sock.settimeout(_PATIENCE)
        connection = Connection(self, sock)
        try:
            for step in script:
                step(connection)
        except OSError:
            pass  # the client went away: what arrived until then stands in the log
        finally:
            connection.sock.close()


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def read(connection: Connection) -> None:
    """Receive one whole request."""
    connection.receive()


def glimpse(connection: Connection) -> None:
    """Wait until something of a request has arrived, and take none of it."""
    connection.sock.recv(1, socket.MSG_PEEK)


def upgrade(connection: Connection) -> None:
    """Speak TLS from here on."""
    connection.sock = _tls().wrap_socket(connection.sock, server_side=True)


def say(data: bytes) -> Step:
    """Write these bytes."""
    return lambda connection: connection.sock.sendall(data)


def dribble(data: bytes, pause: float = 0.05) -> Step:
    """Write byte by byte, with a pause in seconds before each, until the client or the test has had enough."""

    def step(connection: Connection) -> None:
        for byte in data:
            if connection.server.over.wait(pause):
                return
            connection.sock.sendall(bytes([byte]))

    return step


def reset(connection: Connection) -> None:
    """Close with RST instead of FIN."""
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sock.close()


def hang(connection: Connection) -> None:
    """Keep silent until the client closes or the test is over."""
    connection.sock.settimeout(0.02)
    while not connection.server.over.is_set():
        try:
            if not connection.sock.recv(65536):
                return
        except TimeoutError:
            continue


def reply(body: bytes, status: int = 200, *headers: str, length: int | None = None) -> bytes:
    """A reply of this body; ``length`` lies about its size."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} Some Words", f"Content-Length: {size}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answering(data: bytes) -> tuple[Step, ...]:
    """Serve requests on one connection for as long as the client keeps it."""

    def step(connection: Connection) -> None:
        while connection.receive():
            connection.sock.sendall(data)

    return (step,)
