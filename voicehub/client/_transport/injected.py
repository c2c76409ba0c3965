"""Sends by the user's own httpx client: its settings, headers and connections stay; we set what is sent and read."""

from typing import Any

from voicehub.client._transport.body import Body, decoded, joined
from voicehub.client._transport.route import ACCEPTED
from voicehub.client._transport.watch import Watch, followed
from voicehub.provider import Reply, Request

_ONCE: dict[str, Any] = {"stream": True, "follow_redirects": False, "auth": None}


def send_by(client: Any, request: Request, watch: Watch) -> Reply:
    """The reply to one request by an ``httpx.Client``. Raises what that does."""
    with followed(watch, watch):
        response = client.send(_built(client, request, watch), **_ONCE)
        try:
            body = _body(response, watch)
            for chunk in response.iter_bytes():
                body.take(chunk)
        finally:
            response.close()
    return body.reply()


async def send_in_loop_by(client: Any, request: Request, watch: Watch) -> Reply:
    """The same by an ``httpx.AsyncClient``."""
    response = await client.send(_built(client, request, watch), **_ONCE)
    try:
        body = _body(response, watch)
        async for chunk in response.aiter_bytes():
            body.take(chunk)
    finally:
        await response.aclose()
    return body.reply()


def _built(client: Any, request: Request, watch: Watch) -> Any:
    headers = {**ACCEPTED, **request.headers}
    return client.build_request(
        request.method, request.url, headers=headers, content=request.body, extensions=watch.options
    )


def _body(response: Any, watch: Watch) -> Body:
    watch.answered_over(response.extensions)
    return Body(response.status_code, joined(decoded(response.headers.raw)), watch, packed=False)
