"""What the tests of questions share: a clock, either client behind the same words, vendors that answer as told."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import platformdirs
from voicehub_onbuka import Onbuka

from voicehub import (
    AsyncClient,
    Client,
)
from voicehub.provider import Provider

MP3 = b"ID3\x04\0" + b"sound" * 9
NOW = 1_700_000_000.0
A, B, BUSY = "+932111111111", "+932111111112", "+932111110003"
MODES = ["sync", "async"]
ONBUKA = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


class Asker:
    """Either client behind the same words; what is listed comes as a list."""

    def __init__(self, mode: str, provider: Provider, **options: Any) -> None:
        self.mode, self.provider, self.options = mode, provider, options

    def __getattr__(self, word: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if self.mode == "sync":
                with Client(self.provider, **self.options) as client:
                    told = getattr(client, word)(*given, **named)
                    return list(told) if word in ("files", "records") else told
            return asyncio.run(self._in_loop(word, *given, **named))

        return call

    async def _in_loop(self, word: str, *given: Any, **named: Any) -> Any:
        async with AsyncClient(self.provider, **self.options) as client:
            told = getattr(client, word)(*given, **named)
            return [each async for each in told] if word in ("files", "records") else await told


def answering(*replies: Any, provider: Provider = ONBUKA, seen: list[httpx.Request] | None = None) -> Client:
    """A client whose vendor answers with these, one after another: a body, a status, or an exception."""
    waiting = list(replies)

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        reply = waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply) if isinstance(reply, int) else httpx.Response(200, json=reply)

    return Client(provider, http_client=httpx.Client(transport=httpx.MockTransport(handle)), clock=lambda: NOW)


def page(*names: str, pages: int = 1) -> dict[str, Any]:
    rows = [{"fileId": f"id-{name}", "fileName": name} for name in names]
    return {"status": "0", "reason": "success", "data": {"pages": pages, "records": rows}}


def notes() -> Path:
    return platformdirs.user_state_path("voicehub", appauthor=False) / "audio.sqlite3"
