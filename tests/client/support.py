"""What the tests of the client room share: both clients behind one call, a small pure provider, messages, replies."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from voicehub_onbuka import Onbuka

from voicehub import AsyncClient, Client, Outcome, Receipt, UploadedAudio, VoiceMessage
from voicehub.provider import Limits, Page, Provider, Refusal, Reply, Request, Settings

Mode = Literal["sync", "async"]
A, B, C, D = (f"+93211111111{last}" for last in "1234")
PAGE = Page("the test", "2026-11")
SECRET = "a-secret-worth-hiding"


def message(*callees: str) -> VoiceMessage:
    return VoiceMessage(to=callees, content=UploadedAudio("a.mp3"))


def send(mode: Mode, provider: Provider, spoken: VoiceMessage, *, tally: Any = None, **options: Any) -> Receipt:
    """The same send through either client, which is closed afterwards."""
    if mode == "sync":
        with Client(provider, **options) as client:
            return client.send(spoken, tally=tally)

    async def run() -> Receipt:
        async with AsyncClient(provider, **options) as client:
            return await client.send(spoken, tally=tally)

    return asyncio.run(run())


def caught(
    mode: Mode, provider: Provider, spoken: VoiceMessage, **options: Any
) -> tuple[Receipt | None, Exception | None]:
    """The receipt, from wherever it comes, and the error if there was one."""
    try:
        return send(mode, provider, spoken, **options), None
    except Exception as error:
        return getattr(error, "receipt", None), error


def onbuka(root: str) -> Onbuka:
    return Onbuka(Onbuka.Settings(**{**Onbuka.sample_settings, "base_url": f"{root}/v3"}))


def judge(receipt: Receipt | None, error: Exception | None, expected: type[Exception] | None, *statuses: str) -> None:
    """A send to A and B came to exactly this."""
    assert receipt is not None, error
    assert type(error) is (expected or type(None)), error
    assert [(outcome.callee, outcome.status) for outcome in receipt] == list(zip((A, B), statuses, strict=True))


def row(callee: str, code: str | int | None = "0", call_id: str | None = "id") -> dict[str, Any]:
    return {
        "callee": callee.removeprefix("+"),
        "terminationCode": code,
        "voiceId": call_id,
        "terminationReason": "said",
    }


def envelope(*rows: Mapping[str, Any], status: object = "0", reason: str = "success") -> bytes:
    return json.dumps({"status": status, "reason": reason, "data": list(rows) or None}).encode()


class PlainSettings(Settings):
    base_url: str = "http://127.0.0.1:1/api"


class Plain(Provider):
    """Takes two callees a request; encodes them as text, and decodes by a function that a test hands in."""

    name = "plain"
    Settings = PlainSettings
    limits = {
        UploadedAudio: Limits(callees=PAGE.span(1, 2, "callees"), callee_digits=PAGE.span(7, 15, "digits")),
    }

    def __init__(self, root: str = "http://127.0.0.1:1", **methods: Callable[..., Any]) -> None:
        super().__init__(PlainSettings(base_url=f"{root}/api"))
        for name, method in methods.items():
            setattr(self, name, method)

    def encode(self, message: VoiceMessage, now: float) -> Request:
        headers = {"content-type": "text/plain", "sign": f"{SECRET}-{now:.0f}"}
        return Request("POST", self.settings.url("/call"), headers, ",".join(message.to).encode())

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        return [Outcome(callee, "accepted", "id") for callee in message.to]

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        raise NotImplementedError("no vendor's side is needed here")

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        raise NotImplementedError("no vendor's side is needed here")
