"""The way of our own connections: proxies and certificates from the environment, and the headers that are ours."""

import ssl
import traceback
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.support import A, B, Mode, caught, envelope, judge, message, onbuka, row, send
from tests.client.wire import CERTIFICATE, Server, read, reply, say
from voicehub import Client, NotSent
from voicehub.client._transport import sender
from voicehub.client._transport.route import address_of, proxy_for

GOOD = reply(envelope(row(A), row(B)))
VENDOR = "https://api.voice.test/v3"
PROXY = "http://proxy.test:3128"


@pytest.fixture(autouse=True)
def _new_contexts() -> None:
    sender._tls.cache_clear()


@pytest.mark.parametrize(
    ("environment", "base_url", "proxy"),
    [
        ({}, VENDOR, None),
        ({"HTTPS_PROXY": PROXY}, VENDOR, PROXY),
        ({"https_proxy": PROXY}, VENDOR, PROXY),
        ({"HTTPS_PROXY": "proxy.test:3128"}, VENDOR, PROXY),
        ({"HTTPS_PROXY": "socks5://proxy.test"}, VENDOR, "socks5://proxy.test"),
        ({"ALL_PROXY": PROXY}, VENDOR, PROXY),
        ({"ALL_PROXY": "http://other.test", "HTTPS_PROXY": PROXY}, VENDOR, PROXY),
        ({"HTTP_PROXY": PROXY}, VENDOR, None),
        ({"HTTPS_PROXY": ""}, VENDOR, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "api.voice.test"}, VENDOR, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "elsewhere.test, voice.test"}, VENDOR, None),
        ({"HTTPS_PROXY": PROXY, "no_proxy": ".voice.test"}, VENDOR, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, VENDOR, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "api.voice.test:8443"}, "https://api.voice.test:8443", None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "api.voice.test:8443"}, VENDOR, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "ice.test"}, VENDOR, PROXY),
        ({"ALL_PROXY": PROXY}, "http://127.0.0.1:8000", None),
        ({"ALL_PROXY": PROXY}, "https://[::1]:8443", None),
        ({"ALL_PROXY": PROXY}, "https://localhost", None),
    ],
)
def test_the_proxy_is_the_one_of_the_environment(
    environment: Mapping[str, str], base_url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(base_url) == proxy


WRITTEN = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=".#"), max_size=9)


@given(
    st.sampled_from(
        ["https://api.voice.test", "https://API.voice.test:443", "http://127.0.0.1:80", "http://[::1]:8443"]
    ),
    st.sampled_from(["", "/", "/v3/call", "/v3/%7e%zz", "//v3/"]),
    WRITTEN,
    st.sampled_from(["", "?", "?a=b&c={d}", "?%41=%zz", "?a#b", "#?"]),
)
def test_an_address_has_the_parts_it_has_for_httpx(root: str, path: str, more: str, query: str) -> None:
    url = f"{root}{path}{'/' if more else ''}{more}{query}"
    theirs, ours = httpx.URL(url), address_of(url)
    assert (ours.scheme, ours.host, ours.named, ours.target) == (
        *(theirs.scheme, theirs.host, theirs.netloc.decode(), theirs.raw_path.decode()),
    )
    assert ours.port == (theirs.port or {"http": 80, "https": 443}[theirs.scheme])


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_certificates_of_the_environment_are_trusted_when_they_are_named_and_no_longer(
    mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server((read, say(GOOD)), tls=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert len(send(mode, onbuka(f"https://localhost:{server.port}"), message(A, B)).accepted) == 2
        monkeypatch.delenv("SSL_CERT_FILE")
        receipt, error = caught(mode, onbuka(f"https://localhost:{server.port}"), message(A, B))
    judge(receipt, error, NotSent, "not_attempted", "not_attempted")
    assert len(server.seen) == 1


def test_a_file_of_certificates_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    receipt, error = caught("sync", onbuka("https://api.voice.test"), message(A, B))
    judge(receipt, error, NotSent, "not_attempted", "not_attempted")
    assert "no HTTP client could be opened" in str(error)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_proxy_that_is_no_address_is_told_without_its_password(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:Sup3rS3cret/x@127.0.0.1:3128")
    receipt, error = caught(mode, onbuka("https://api.voice.test"), message(A, B))
    judge(receipt, error, NotSent, "not_attempted", "not_attempted")
    assert "the proxy in HTTPS_PROXY or ALL_PROXY is no address" in str(error)
    assert "Sup3r" not in "".join(traceback.format_exception(error))


def test_all_senders_share_one_context_and_none_is_made_for_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ssl.SSLContext] = []
    create = ssl.create_default_context

    def noted(**trusted: Any) -> ssl.SSLContext:
        made.append(create(**trusted))
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", noted)
    with Server((read, say(GOOD))) as server, Client(onbuka(server.root)) as client:
        client.send(message(A, B))
    assert made == []
    for _ in range(3):
        caught("sync", onbuka("https://127.0.0.1:9"), message(A, B), attempts=1)
    (shared,) = made
    assert shared.verify_mode is ssl.CERT_REQUIRED
    assert shared.check_hostname
    plain = sender._tls("http", None, None)
    assert (plain.verify_mode, plain.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert plain.get_ca_certs() == []


@pytest.mark.parametrize("file", [None, "", "a.pem"])
@pytest.mark.parametrize("folder", [None, "", "certificates"])
def test_the_trusted_are_those_whom_httpx_trusts(
    file: str | None, folder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str | None, str | None]] = []
    create = ssl.create_default_context

    def noted(cafile: str | None = None, capath: str | None = None) -> ssl.SSLContext:
        asked.append((cafile, capath))
        return create()

    monkeypatch.setattr(ssl, "create_default_context", noted)
    for name, value in (("SSL_CERT_FILE", file), ("SSL_CERT_DIR", folder)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    httpx.create_ssl_context()
    sender._tls("https", file, folder)
    theirs, ours = asked
    assert ours == theirs


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_headers_that_are_ours(mode: Mode) -> None:
    with Server((read, say(GOOD))) as server:
        send(mode, onbuka(server.root), message(A, B))
    lines = server.seen[0].partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines) == 10
    ours = {
        "host": server.root.removeprefix("http://"),
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "connection": "keep-alive",
        "user-agent": f"voicehub/{version('voicehub-core')}",
        "content-length": str(len(server.bodies[0])),
    }
    assert headers.items() >= ours.items()
