"""The proxy (from the environment), the address and the headers of requests through our own connections."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from voicehub.provider import Request, is_loopback

CODINGS = ("gzip", "deflate")
_CARRYING = ("POST", "PUT", "PATCH")  # methods that send content-length even if it is 0 (RFC 9110 section 8.6)
_PORTS = {"http": 80, "https": 443}
_PATH, _QUERY = "%!$&'()*+,;=:@/~[]|^\\", "%!$&'()*+,;=:@/~[]|^\\?`{}"  # characters that are not escaped in them
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t"
ACCEPTED = {"accept-encoding": ", ".join(CODINGS)}


def proxy_for(base_url: str) -> str | None:
    """The proxy for this address in ``HTTPS_PROXY`` or ``ALL_PROXY``; ``None``: none, ``NO_PROXY`` holds, or loopback.

    A proxy would connect to its own loopback, and would see the credentials.
    """
    address = urlsplit(base_url)
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    if not proxy or is_loopback(address.hostname or "") or proxy_bypass(address.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def host_of(base_url: str) -> str:
    """``api.example.com:8443``: the host, and the port if the URL has one; nothing else of the URL."""
    return urlsplit(base_url).netloc.rpartition("@")[2]


class Address(NamedTuple):
    """Where a request goes: ``named`` is the value of the header ``host``, ``target`` the request target."""

    scheme: str
    host: str
    port: int
    named: str
    target: str


@lru_cache  # an account sends all its requests to one address
def address_of(url: str) -> Address:
    """The parts of an absolute address of http or https. Raises ``ValueError``."""
    parts = urlsplit(url)
    host, usual = parts.hostname or "", _PORTS[parts.scheme]
    port = usual if parts.port is None else parts.port
    named = f"[{host}]" if ":" in host else host
    path, mark, query = url.partition("#")[0].partition("://")[2][len(parts.netloc) :].partition("?")
    target = f"{quote(path, _PATH) or '/'}{mark}{quote(query, _QUERY)}"
    return Address(parts.scheme, host, port, named if port == usual else f"{named}:{port}", target)


@cache
def our_headers() -> Mapping[str, str]:
    """The headers of each request through our own connections besides the plugin's, as httpx would send them."""
    from importlib.metadata import version  # imported here: only a send needs it

    agent = {"user-agent": f"voicehub/{version('voicehub-core')}"}
    return {"accept": "*/*", **ACCEPTED, "connection": "keep-alive", **agent}


def whole_headers(request: Request, host: str) -> Sequence[tuple[str, str]]:
    """Every header of a request through our own connections; a header of the plugin replaces ours.

    Only content-length is always ours. Raises ``ValueError`` if the plugin sets transfer-encoding.
    """
    headers = {"host": host, **our_headers(), **request.headers}
    if "transfer-encoding" in headers:
        raise ValueError("the request says transfer-encoding, and its body leaves as it is")
    if request.body or request.method in _CARRYING or "content-length" in headers:
        headers["content-length"] = str(len(request.body))
    return [*headers.items()]


def head_of(request: Request) -> bytes:
    """The request head. Raises ``ValueError`` if it would be read as a different head, or as two, on the wire."""
    address = address_of(request.url)
    lines = [f"{request.method} {address.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in whole_headers(request, address.named)]
    head = "\r\n".join([*lines, "", ""]).encode("ascii")
    if head.translate(None, _PRINTABLE) != b"\r\n" * (len(lines) + 1):
        raise ValueError("a header of the request holds a character that no header can carry")
    return head
