"""Requests by httpcore: through a proxy, because it knows ``CONNECT``, passwords, TLS in TLS; and in event loops."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpcore

from voicehub.client._transport.body import Body, decoded, joined
from voicehub.client._transport.route import address_of, whole_headers
from voicehub.client._transport.watch import Watch, followed
from voicehub.provider import Request

if TYPE_CHECKING:
    from collections.abc import Callable


def connecting(base_url: str, **options: Any) -> "Callable[[], Proxied]":
    """A factory of connections to this host, made as httpcore's pool with these options makes them."""
    pool = httpcore.ConnectionPool(**options)
    origin = _where(base_url).origin
    return lambda: Proxied(pool.create_connection(origin))


class Proxied:
    """One connection of httpcore's."""

    def __init__(self, connection: httpcore.ConnectionInterface) -> None:
        self._connection = connection
        self.is_available, self.has_expired = connection.is_available, connection.has_expired
        self.close = connection.close

    def answered(self, request: Request, watch: Watch) -> Body:
        """Send this, and read the whole answer. Raises what httpcore does, and as `Body`."""
        with followed(watch, watch):
            response = self._connection.handle_request(_asked(request, watch))
            try:
                body = _body(response, watch)
                for chunk in response.iter_stream():
                    body.take(chunk)
            finally:
                response.close()
        return body


async def answered_in_loop(pool: httpcore.AsyncConnectionPool, request: Request, watch: Watch) -> Body:
    """What `Proxied.answered` does, in an event loop; the watch is `followed` already."""
    response = await pool.handle_async_request(_asked(request, watch))
    try:
        body = _body(response, watch)
        async for chunk in response.aiter_stream():
            body.take(chunk)
    finally:
        await response.aclose()
    return body


def _asked(request: Request, watch: Watch) -> httpcore.Request:
    headers = whole_headers(request, address_of(request.url).named)
    where = _where(request.url)
    return httpcore.Request(request.method, where, headers=headers, content=request.body, extensions=watch.options)


@lru_cache  # an account sends all its requests to one address
def _where(url: str) -> httpcore.URL:
    address = address_of(url)
    return httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)


def _body(response: httpcore.Response, watch: Watch) -> Body:
    return Body(response.status, joined(decoded(response.headers)), watch, packed=True)
