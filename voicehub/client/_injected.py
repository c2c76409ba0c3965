"""A person's own httpx client: its settings, headers and connections stay, and ours decide what is sent and read."""

from typing import Any

from voicehub.client._body import Body
from voicehub.client._route import ACCEPTED
from voicehub.client._watch import Watch
from voicehub.provider import Reply, Request

_ONCE: dict[str, Any] = {"stream": True, "follow_redirects": False, "auth": None}


def send_by(client: Any, request: Request, watch: Watch) -> Reply:
    """The reply to one request by an ``httpx.Client``. Raises what that does."""
    response = client.send(_built(client, request, watch), **_ONCE)
    try:
        watch.answered_over(response.extensions)
        body = Body(response.status_code, response.headers.raw, watch, packed=False)
        for chunk in response.iter_bytes():
            body.take(chunk)
    finally:
        response.close()
    return body.reply()


async def send_in_loop_by(client: Any, request: Request, watch: Watch) -> Reply:
    """The same by an ``httpx.AsyncClient``."""
    response = await client.send(_built(client, request, watch), **_ONCE)
    try:
        watch.answered_over(response.extensions)
        body = Body(response.status_code, response.headers.raw, watch, packed=False)
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
