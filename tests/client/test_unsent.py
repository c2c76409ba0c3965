"""What stands in the way before the first byte of a request: `NotSent`, tried again, and nobody heard of it."""

import socket
import time
from base64 import b64encode
from collections.abc import Callable

import pytest
import stamina

from tests.client.support import A, B, Mode, caught, envelope, judge, message, onbuka, row, send
from tests.client.wire import (
    CERTIFICATE,
    Server,
    Step,
    answering,
    dribble,
    glimpse,
    hang,
    read,
    reply,
    reset,
    say,
    upgrade,
)
from voicehub import Client, InDoubt, NotSent, VoiceMessage
from voicehub.provider import Request

NEVER = "not_attempted"
GOOD = envelope(row(A), row(B))
QUICK = {"timeout_seconds": 0.4}
Place = Callable[[Server, pytest.MonkeyPatch], str]


def itself(server: Server, _: pytest.MonkeyPatch) -> str:
    return server.root


def with_tls(server: Server, _: pytest.MonkeyPatch) -> str:
    return server.root.replace("http:", "https:")


def by_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HTTPS_PROXY", server.root)
    return "https://api.voice.test"


CONNECTED = say(b"HTTP/1.1 200 Connection established\r\n\r\n")
LEFT_NOTHING: list[tuple[str, Place, tuple[Step, ...], bool, str]] = [
    ("a TLS handshake without answer", with_tls, (hang,), False, "0.4 seconds"),
    ("a TLS handshake that is cut", with_tls, (glimpse, reset), False, ""),
    ("plain text at a TLS port", with_tls, (say(b"HTTP/1.1 400 Bad\r\n\r\n"),), False, ""),
    ("a certificate nobody trusts", itself, (read, say(reply(GOOD))), True, "certificate"),
    ("a proxy wants a password", by_proxy, (read, say(reply(b"", 407))), False, "407"),
    ("a proxy refuses", by_proxy, (read, say(reply(b"", 403))), False, "403"),
    ("a proxy fails", by_proxy, (read, say(reply(b"", 502))), False, "502"),
    ("a proxy resets", by_proxy, (read, reset), False, ""),
    ("a proxy that says nothing", by_proxy, (read, hang), False, "0.4 seconds"),
    ("a proxy that dribbles", by_proxy, (read, dribble(b"HTTP/1.1 200 OK\r\n\r\n" * 9)), False, "0.4 seconds"),
    ("a proxy that dies after CONNECT", by_proxy, (read, CONNECTED), False, ""),
    ("a proxy that resets after CONNECT", by_proxy, (read, CONNECTED, glimpse, reset), False, ""),
    ("a proxy that is silent after CONNECT", by_proxy, (read, CONNECTED, hang), False, "0.4 seconds"),
]


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize(
    ("place", "script", "tls", "said"), [case[1:] for case in LEFT_NOTHING], ids=[case[0] for case in LEFT_NOTHING]
)
def test_what_stands_in_the_way_before_the_first_byte(
    place: Place, script: tuple[Step, ...], tls: bool, said: str, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(script, tls=tls) as server:
        provider = onbuka(place(server, monkeypatch))
        receipt, error = caught(mode, provider, message(A, B), attempts=2, **QUICK)
    judge(receipt, error, NotSent, NEVER, NEVER)
    assert said in str(error)
    assert server.connections == 2, "what never left is tried again"
    for request in server.seen:
        assert request.startswith(b"CONNECT api.voice.test:443 "), "the proxy saw where to, and nothing else"
        assert b"api-key" not in request.lower()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_nobody_listens(mode: Mode) -> None:
    with Server((read,)) as server:
        pass
    receipt, error = caught(mode, onbuka(f"{server.root}/a/path"), message(A, B))
    judge(receipt, error, NotSent, NEVER, NEVER)
    place = server.root.removeprefix("http://")
    assert str(error).endswith(f"; look at base_url ({place}), the network and a proxy")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_name_that_nobody_knows(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def unknown(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    receipt, error = caught(mode, onbuka("https://api.voice.test"), message(A, B))
    judge(receipt, error, NotSent, NEVER, NEVER)
    assert "Name or service not known" in str(error)
    assert len(asked) == 3, "three attempts in all"


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("proxy", ["socks9://127.0.0.1:1", "no url at all"])
def test_a_proxy_setting_nobody_can_use(proxy: str, mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    receipt, error = caught(mode, onbuka("https://api.voice.test"), message(A, B))
    judge(receipt, error, NotSent, NEVER, NEVER)


def test_the_certificate_is_what_the_suite_says_it_is() -> None:
    assert b"PRIVATE KEY" in CERTIFICATE.read_bytes(), "or the case of an untrusted certificate would prove nothing"


def tunnel(*script: Step) -> tuple[Step, ...]:
    """A proxy that lets the client through, and the vendor behind it."""
    return (read, CONNECTED, upgrade, *script)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_each_attempt_is_encoded_and_signed_afresh(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_700_000_000, 1_800_000_000, 100))
    encoded: list[float] = []
    provider = onbuka("https://api.voice.test")
    encode = provider.encode

    def noted(part: VoiceMessage, now: float) -> Request:
        encoded.append(now)
        return encode(part, now)

    monkeypatch.setattr(provider, "encode", noted)
    with Server((read, say(reply(b"", 503))), (read, reset), tunnel(read, say(reply(GOOD)))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.root)
        receipt = send(mode, provider, message(A, B), clock=lambda: next(clock))
    assert len(receipt.accepted) == 2
    assert proxy.connections == 3
    assert len(set(encoded)) == 3
    assert proxy.headers("timestamp") == ["", "", "", str(encoded[-1])], "three times CONNECT, and one request, fresh"
    assert proxy.headers("sign")[-1] == encode(message(A, B), encoded[-1]).headers["sign"]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("slow", [dribble(reply(GOOD), 0.2), hang], ids=["dribbles", "hangs"])
def test_the_deadline_holds_behind_a_proxy_too(slow: Step, mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(tunnel(read, slow)) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.root)
        started = time.monotonic()
        receipt, error = caught(mode, onbuka("https://api.voice.test"), message(A, B), timeout_seconds=0.6)
        assert time.monotonic() - started < 5
    judge(receipt, error, InDoubt, "in_doubt", "in_doubt")
    assert "0.6 seconds" in str(error)
    assert len(proxy.seen) == 2, "the CONNECT and the request itself"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_password_of_a_proxy_is_for_the_proxy_alone(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(tunnel(read, say(reply(GOOD)))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.root.replace("//", "//user:p%40ss@"))
        assert len(send(mode, onbuka("https://api.voice.test"), message(A, B)).accepted) == 2
    assert proxy.headers("proxy-authorization") == [f"Basic {b64encode(b'user:p@ss').decode()}", ""]


@pytest.mark.usefixtures("trusted")
def test_a_connection_through_a_proxy_is_kept_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(tunnel(read, say(reply(GOOD)), read, say(reply(GOOD)))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.root)
        with Client(onbuka("https://api.voice.test")) as client:
            for _ in range(2):
                assert len(client.send(message(A, B)).accepted) == 2
    assert (proxy.connections, len(proxy.seen)) == (1, 3)


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_there_are_as_many_attempts_as_asked_for(attempts: int, mode: Mode) -> None:
    with stamina.set_testing(True, attempts=9, cap=True), Server((glimpse, reset)) as server:
        root = server.root.replace("http:", "https:")
        receipt, error = caught(mode, onbuka(root), message(A, B), attempts=attempts)
    judge(receipt, error, NotSent, NEVER, NEVER)
    assert server.connections == attempts


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_loopback_never_goes_through_a_proxy(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server((read, say(reply(b"", 403)))) as proxy, Server(answering(reply(GOOD))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.root)
        for host in ("127.0.0.1", "localhost"):
            assert len(send(mode, onbuka(f"http://{host}:{server.port}"), message(A, B)).accepted) == 2
    assert len(server.seen) == 2
    assert proxy.connections == 0
