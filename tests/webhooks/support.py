"""What the tests of this folder share: accounts, a ledger of a dictionary, an application asked without a server."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from voicehub_onbuka import Onbuka

from voicehub import config
from voicehub.campaign import Call, merge
from voicehub.config import Configuration
from voicehub.provider import Provider
from voicehub.records import CallRecord

SECRET, OTHER = "Kf3_9sQ-" * 4, "zzzzzzzz" * 4
ALERTS, BACKUP = f"/reports/alerts/{SECRET}", f"/reports/backup/{OTHER}"
CALLEE = "+932111111111"
ACCOUNTS = f"""
[accounts.alerts]
provider = "onbuka-v3"
api_key = "key-of-alerts"
api_secret = "secret-of-alerts"
app_id = "4luaKsL2"
webhook = "{SECRET}"
[accounts.backup]
provider = "itniotech"
api_key = "key-of-backup"
api_secret = "secret-of-backup"
app_id = "4luaKsL2"
webhook = "{OTHER}"
"""
ONBUKA: Provider = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))
JSON = "application/json;charset=UTF-8"


def configured(text: str = ACCOUNTS, path: str = "voicehub.toml") -> Configuration:
    Path(path).write_text(text, "utf-8")
    return config.load(Path(path).absolute())


class Remembering:
    """A ledger of what it heard, with the joining of the real one."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str, bool], Call] = {}
        self.lots: list[int] = []
        self.open = threading.Event()
        self.open.set()
        self.hearing = threading.Event()

    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        self.hearing.set()
        calls = tuple(calls)
        assert self.open.wait(20)
        self.lots.append(len(calls))
        for call in calls:
            key = (call.account, call.call_id, call.verified)
            self.known[key] = merge(self.known.get(key, call), call)
        return len(calls)


def body(*rows: Mapping[str, Any]) -> bytes:
    return json.dumps(rows[0] if len(rows) == 1 else {"array": rows}).encode()


def row(call_id: str = "1", **fields: Any) -> dict[str, Any]:
    return {"voiceId": call_id, "callee": CALLEE[1:], "submitTime": 1646278441000, **fields}


def pushed(*records: CallRecord, provider: Provider = ONBUKA) -> bytes:
    assert provider.reports is not None
    return provider.reports(provider).encode(records, "https://hooks.example/a").body


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


async def asked(
    app: Any,
    path: str = ALERTS,
    content: bytes | Iterable[bytes] | AsyncIterator[bytes] = b"",
    headers: Iterable[tuple[bytes, bytes]] = ((b"content-type", JSON.encode()),),
    method: str = "POST",
    *,
    cut: bool = False,
) -> Answer:
    """What the application answers; ``content`` may come in chunks, and break off (``cut``)."""
    chunks = _chunks([content] if isinstance(content, bytes) else content)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        async for chunk in chunks:
            return {"type": "http.request", "body": chunk, "more_body": True}
        return {"type": "http.disconnect"} if cut else {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "state": {},
    }
    await app(scope, receive, send)
    start, *bodies = sent
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], named, b"".join(each.get("body", b"") for each in bodies))


async def _chunks(content: Iterable[bytes] | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, AsyncIterator):
        async for chunk in content:
            yield chunk
    else:
        for chunk in content:
            yield chunk


def ask(app: Any, *arguments: Any, **options: Any) -> Answer:
    return asyncio.run(asked(app, *arguments, **options))
