"""Starting and stopping: bounded in time, on loopback only, with words for what cannot be."""

import socket
import sys
import threading
import time

import pytest

from tests.sandbox.toys import FIRST, PROVIDERS, call, message, raw, whole
from voicehub import Client, ConfigError
from voicehub.sandbox import Dialled, Fault, SandboxServer, _server


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("voicehub-sandbox")]


def test_it_listens_on_loopback_and_stops_listening() -> None:
    with SandboxServer(PROVIDERS) as server:
        assert server.url.startswith("http://127.0.0.1:")
        port = int(server.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_it_may_be_entered_again_on_the_port_it_had_and_remembers_whom_it_dialled() -> None:
    with SandboxServer(PROVIDERS) as server:
        port = int(server.url.rpartition(":")[2])
    again = SandboxServer(PROVIDERS, port=port)
    for count in (1, 2):
        with again, Client(again.provider("alerts")) as client:
            client.send(message(FIRST))
        assert len(again.dialled) == count
    assert len({row.call_id for row in again.dialled}) == 2


def test_a_provider_keeps_path_credentials_and_limits() -> None:
    with SandboxServer(PROVIDERS) as server:
        served = server.provider("alerts")
    assert served.settings.base_url == f"{server.url}/v3"
    assert served.settings.secrets() == PROVIDERS["alerts"].settings.secrets()
    assert served.limits is PROVIDERS["alerts"].limits
    assert PROVIDERS["alerts"].settings.base_url == "https://api.onbuka.com/v3"


def test_stopping_waits_for_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with SandboxServer({"a": whole()}, faults=[Fault("slow")]) as server:
        connections = [raw(server) for _ in range(3)]
        connections[1].sendall(call(b"half", length=1000))
        connections[2].sendall(call(b"x +932111111111"))
        while not server.dialled:  # the slow answer is under way
            time.sleep(0.01)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 2
    assert threads() == []
    assert caplog.messages == []  # uvicorn would name each request it had to cut off
    for connection in connections:
        connection.close()


def test_a_log_that_never_returns_does_not_hold_the_one_who_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_server, "_STOP_SECONDS", 0.3)
    go_on = threading.Event()

    def log(_: Dialled) -> None:
        go_on.wait(30)

    server = SandboxServer({"a": whole()}, log=log).__enter__()
    with raw(server) as connection:
        connection.sendall(call(b"x +932111111111"))
        while not server.dialled:
            time.sleep(0.01)
        with pytest.raises(TimeoutError):
            server.__exit__()
    go_on.set()
    for thread in threads():
        thread.join(10)
    assert threads() == []


def test_a_client_that_goes_away_half_way_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with SandboxServer(PROVIDERS) as server:
        with raw(server) as connection:
            connection.sendall(call(b"half", length=1000))
        with Client(server.provider("calls")) as client:
            assert len(client.send(message()).accepted) == 2
    assert caplog.messages == []


def test_a_port_in_use_is_named() -> None:
    with SandboxServer(PROVIDERS) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(ConfigError, match=rf"port {port} of 127.0.0.1 cannot be used: .*in use.*0 for a free one"):
            SandboxServer(PROVIDERS, port=port).__enter__()


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ConfigError, match=f"port {port}: a port is 1 to 65535"):
        SandboxServer(PROVIDERS, port=port).__enter__()


def test_providers_that_collide_are_refused_at_start() -> None:
    with pytest.raises(ConfigError, match=r"providers onbuka-v3 .* and whole .* collide"):
        SandboxServer({**PROVIDERS, "a": whole(base_url="https://elsewhere.example/v3")}).__enter__()


@pytest.mark.parametrize("missing", ["starlette.requests", "uvicorn"])
def test_a_missing_extra_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "voicehub.sandbox._app", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigError) as caught:
        SandboxServer(PROVIDERS).__enter__()
    assert str(caught.value) == (
        f'the sandbox serves HTTP with {missing}, which is not installed: pip install "voicehub-core[server]"'
    )


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no loop today")

    monkeypatch.setattr("uvicorn.Server.startup", fails)
    with pytest.raises(RuntimeError, match="no loop today"):
        SandboxServer(PROVIDERS).__enter__()
    assert threads() == []
