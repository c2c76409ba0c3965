"""What the tests of this folder share: the first-party providers by account, a vendor without rows, messages."""

import socket
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import SecretStr
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from voicehub import Outcome, RefusalKind, UploadedAudio, VoiceMessage
from voicehub.provider import Limits, Provider, Refusal, Reply, Request, Settings, Span, http_verdict
from voicehub.sandbox import SandboxServer

NOW = 1_700_000_000.0
FIRST, SECOND = "+932111111111", "+932111111112"
PROVIDERS: Mapping[str, Provider] = {
    "alerts": Onbuka(Onbuka.Settings(**Onbuka.sample_settings)),
    "calls": Itniotech(Itniotech.Settings(**Itniotech.sample_settings)),
}


def message(*callees: str) -> VoiceMessage:
    return VoiceMessage(to=callees or (FIRST, SECOND), content=UploadedAudio("12022022570cc.mp3"))


class Whole(Provider):
    """A vendor that takes or refuses whole requests, with one id for all of them, and knows no clock."""

    class Settings(Settings):
        base_url: str = "https://whole.example/api"
        token: SecretStr

    name = "whole"
    call_ids: ClassVar[Literal["callee", "request", "none"]] = "request"
    refusal_kinds = {"who": RefusalKind.AUTH, "what": RefusalKind.REQUEST}
    sample_settings = {"token": "open-sesame"}
    limits = {
        UploadedAudio: Limits(callees=Span(1, 10, "callees", "", ""), callee_digits=Span(7, 15, "digits", "", ""))
    }
    settings: "Whole.Settings"

    def encode(self, message: VoiceMessage, now: float) -> Request:
        assert isinstance(message.content, UploadedAudio)
        body = " ".join([message.content.file_id, *message.to]).encode()
        return Request("POST", self.settings.url("call"), {"token": self.settings.token.get_secret_value()}, body)

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        if reply.status == 200:
            return [Outcome(callee, "accepted", reply.body.decode() or None) for callee in message.to]
        return http_verdict(reply) or ()

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if request.headers.get("token") != self.settings.token.get_secret_value():
            return Refusal(RefusalKind.AUTH, "who")
        try:
            file_id, *callees = request.body.decode().split(" ")
            return VoiceMessage(to=callees, content=UploadedAudio(file_id))
        except ValueError:
            return Refusal(RefusalKind.REQUEST, "what")

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        if isinstance(result, Refusal):
            return Reply(401 if result.kind is RefusalKind.AUTH else 400, {}, (result.code or "").encode())
        return Reply(200, {}, (result[0].call_id or "").encode())


class Silent(Whole):
    """The same without any id."""

    name = "silent"
    call_ids = "none"


def whole(cls: type[Whole] = Whole, **settings: str) -> Whole:
    return cls(cls.Settings(**{**cls.sample_settings, **settings}))


def raw(server: SandboxServer) -> socket.socket:
    """A connection that speaks bytes."""
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def call(body: bytes, target: bytes = b"/api/call", length: int | None = None) -> bytes:
    """A request to `Whole` as bytes; ``length`` is what it claims of its body."""
    head = b"POST %b HTTP/1.1\r\nhost: sandbox\r\ntoken: open-sesame\r\ncontent-length: %d\r\n\r\n"
    return head % (target, len(body) if length is None else length) + body
