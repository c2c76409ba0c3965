"""The ASGI application: find the account, read a bounded body, parse its records, store them, answer 200."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from voicehub.campaign import Call
from voicehub.errors import LedgerError
from voicehub.provider import parse_report
from voicehub.records import hidden_in
from voicehub.webhooks._accounts import PATH, Listener, Verify, listener_at
from voicehub.webhooks._keeping import Hears, Keeper
from voicehub.webhooks._verifying import Verifier

LARGEST_BODY = 2**20
BODY_SECONDS = 10.0

_log = logging.getLogger(__name__)
_LAST = {"connection": "close"}  # the rest of the body is not read


@dataclass
class Counted:
    """Counts so far: reports that were kept, requests in which there was nothing to read, and those that failed."""

    kept: int = 0
    unreadable: int = 0
    failed: int = 0


class Desk:
    """Takes one report at a time from the application's only route."""

    def __init__(self, served: Mapping[str, Listener], verifier: Verifier, keeper: Keeper) -> None:
        self._served = served
        self._keeper = keeper
        self._verifier = verifier
        self.counted = Counted()

    async def take(self, request: Request) -> Response:
        """Answer one request."""
        listener = listener_at(self._served, request.path_params["account"], request.path_params["secret"])
        if listener is None:
            raise HTTPException(404)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _bounded_body(request)
        except TimeoutError:
            return Response(status_code=408, headers=_LAST)
        except ClientDisconnect:
            return Response(status_code=400)  # the sender is gone
        if body is None:
            return Response(status_code=413, headers=_LAST)
        try:
            records = parse_report(listener.provider, body, dict(request.headers.items()))
        except Exception as error:  # plugin code; its error text may hold its input
            _log.error("plugin %s could not read a report: %s", listener.provider.name, type(error).__name__)
            self.counted.failed += 1
            return Response(status_code=500)
        if not records:
            self.counted.unreadable += 1
            _log.warning("account %s: nothing could be read in a report of %d bytes", listener.account, len(body))
            return Response(status_code=400)
        secret = request.path_params["secret"]  # the vendor knows our address, and may repeat it
        told = [Call.of(listener.account, hidden_in(each, [secret]), verified=False) for each in records]
        return await self._keep(listener, told)

    async def _keep(self, listener: Listener, calls: list[Call]) -> Response:
        try:
            await self._keeper.keep(calls)
        except LedgerError as error:
            self.counted.failed += 1
            _log.error("account %s: a report could not be kept: %s", listener.account, error)
            return Response(status_code=503)
        self.counted.kept += len(calls)
        if listener.verified:
            self._verifier.ask(listener, calls)
        return Response(status_code=200)


async def _bounded_body(request: Request) -> bytes | None:
    """The body; ``None``: it is too large. Never holds more than the bound."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > LARGEST_BODY:
            return None
        body += chunk
    return bytes(body)


def make_app(
    ledger: Hears, served: Mapping[str, Listener], verify: Verify | None, clock: Callable[[], float]
) -> Starlette:
    """See `voicehub.webhooks.app`."""
    verifier = Verifier(ledger, verify, clock)
    desk = Desk(served, verifier, Keeper(ledger, clock))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(verifier.close)

    made = Starlette(
        routes=[Route(PATH, desk.take, methods=["POST"])], exception_handlers={HTTPException: _no}, lifespan=lifespan
    )
    made.router.redirect_slashes = False  # a redirect would tell which addresses there are
    made.state.counted = desk.counted
    return made


async def _no(_: Request, error: Exception) -> Response:
    """404 and 405, raised here or by the router: no body, and the connection is closed."""
    assert isinstance(error, HTTPException)  # noqa: S101 - the only kind that is handed here; this tells mypy
    return Response(status_code=error.status_code, headers={**(error.headers or {}), **_LAST})
