"""Strangers who connect and say nothing: reports are taken all the same, and nobody's log is flooded."""

import asyncio
import contextlib
import logging
import resource
import socket
from pathlib import Path
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from tests.webhooks.serving import Serving, head, serving
from tests.webhooks.support import body, configured, row
from voicehub.webhooks import _server

PROGRAM = (
    "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48)); "
    "from voicehub.webhooks import _server; _server._HEADERS_SECONDS = {seconds}; from voicehub.cli import main; main()"
)


def is_closed(connection: socket.socket) -> bool:
    with contextlib.suppress(ConnectionResetError):
        return connection.recv(1) == b""
    return True


def limited(folder: Path, seconds: float) -> contextlib.AbstractContextManager[Serving]:
    return serving(folder, program=["-c", PROGRAM.format(seconds=seconds)])


def test_more_of_them_than_there_are_files(tmp_path: Path) -> None:
    configured()
    with limited(tmp_path, 60) as server, contextlib.ExitStack() as stack:
        strangers = [stack.enter_context(server.connect()) for _ in range(60)]
        assert server.post(body(row())) == b"HTTP/1.1 200 OK"
        assert is_closed(strangers[0])
        code, said = server.stop()
    assert code == 0
    assert len(said.splitlines()) < 12
    assert "Traceback" not in said


@pytest.mark.parametrize("begun", [b"", head(9)[:20]])
def test_one_is_let_go_after_some_seconds(tmp_path: Path, begun: bytes) -> None:
    configured()
    with limited(tmp_path, 0.3) as server, server.connect() as stranger, server.connect() as slow:
        content = body(row())
        slow.sendall(head(len(content)))  # who has said what it asks for has longer
        stranger.sendall(begun)
        assert is_closed(stranger)
        slow.sendall(content)
        assert slow.recv(99).startswith(b"HTTP/1.1 200 OK")
        slow.sendall(head(9)[:20])
        assert is_closed(slow)


def test_what_cannot_be_accepted_is_told_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, now = _server._Unaccepted(), [0.0]
    monkeypatch.setattr("voicehub.webhooks._server.time.monotonic", lambda: now[0])
    others: list[dict[str, Any]] = []
    with contextlib.closing(asyncio.new_event_loop()) as loop, caplog.at_level(logging.WARNING):
        monkeypatch.setattr(loop, "default_exception_handler", others.append)
        for at in (0.0, 1.0, 59.0, 60.0):
            now[0] = at
            handler(loop, {"message": "socket.accept() out of system resource"})
        handler(loop, {"message": "something else"})
    assert [record.getMessage().partition(" (")[2][:7] for record in caplog.records] == ["1 times", "3 times"]
    assert others == [{"message": "something else"}]


@pytest.mark.parametrize(("files", "most"), [(48, 24), (2**20, 1000), (resource.RLIM_INFINITY, 1000)])
def test_half_of_the_files_are_connections(files: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert _server._most() == most


async def test_who_says_its_head_by_drops_has_no_longer_for_it() -> None:
    config = Config(lambda *_: None, log_config=None)
    config.load()
    ours, theirs = socket.socketpair()
    made = _server._Connection(config, ServerState(), {})
    with theirs:
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: made, ours)
        begun = made.waiting
        for drop in (b"POST /re", b"ports/a", b"/x HT"):
            made.data_received(drop)
        assert made.waiting is begun is not None
        transport.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert made.waiting is None
