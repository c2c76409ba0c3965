"""The way our own connections take, as the environment of the process says, and what each request says of us."""

from collections.abc import Mapping, Sequence
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from voicehub.provider import Request, is_loopback

CODINGS = ("gzip", "deflate")
_CARRYING = ("POST", "PUT", "PATCH")  # methods whose length is said even if it is 0 (RFC 9110 section 8.6)
ACCEPTED = {"accept-encoding": ", ".join(CODINGS)}


def proxy_for(base_url: str) -> str | None:
    """The proxy for this address in ``HTTPS_PROXY`` or ``ALL_PROXY``; ``None``: none, ``NO_PROXY`` holds, or loopback.

    A proxy would be asked for its own loopback, and would see the credentials.
    """
    address = urlsplit(base_url)
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    if not proxy or is_loopback(address.hostname or "") or proxy_bypass(address.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def host_of(base_url: str) -> str:
    """``api.example.com:8443``: the host, and the port if it is written; of the address nothing else."""
    return urlsplit(base_url).netloc.rpartition("@")[2]


@cache
def our_headers() -> Mapping[str, str]:
    """What each request through our own connections says besides the plugin's headers, as httpx's client would."""
    from importlib.metadata import version  # here, for only a send needs it

    agent = {"user-agent": f"voicehub/{version('voicehub-core')}"}
    return {"accept": "*/*", **ACCEPTED, "connection": "keep-alive", **agent}


def whole_headers(request: Request, host: str) -> Sequence[tuple[bytes | str, bytes | str]]:
    """Every header of a request through our own connections; where the plugin says the same, its word counts."""
    headers = {"host": host, **our_headers()}
    if request.body or request.method in _CARRYING:
        headers["content-length"] = str(len(request.body))
    return [*{**headers, **request.headers}.items()]
