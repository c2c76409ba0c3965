"""Plays a plugin author under ``mypy --strict``: a complete tiny provider, with nothing but the author's door."""

import json
from collections.abc import Sequence
from typing import Literal, assert_type

from pydantic import BaseModel, SecretStr

from voicehub.hooks import hookimpl
from voicehub.provider import (
    Limits,
    MessageError,
    Outcome,
    Page,
    Provider,
    Refusal,
    RefusalKind,
    Reply,
    Request,
    Settings,
    Span,
    Speech,
    UploadedAudio,
    VoiceMessage,
    find_request_problem,
    http_verdict,
)

PAGE = Page("acme.example/api/calls", "2026-11")
ROWS = Limits(
    callees=PAGE.span(1, 1, "callees", required=True),
    callee_digits=PAGE.span(7, 15, "digits"),
    text=PAGE.span(1, 500, "UTF-8 bytes"),
)


class AcmeSettings(Settings):
    """An account."""

    base_url: str = "https://api.acme.example"
    token: SecretStr


class AcmeOptions(BaseModel):
    """What only Acme has."""

    record: bool = False


class Acme(Provider):
    """One callee a request, spoken or played."""

    name = "acme"
    Settings = AcmeSettings
    Options = AcmeOptions
    settings: AcmeSettings
    limits = {Speech: ROWS, UploadedAudio: Limits(callees=ROWS.callees, callee_digits=ROWS.callee_digits)}
    wire_names = {"to": "number", "content": "play"}
    call_ids = "request"
    refusal_kinds = {"E1": RefusalKind.BALANCE}
    sample_settings = {"token": "sample"}

    def encode(self, message: VoiceMessage, now: float) -> Request:
        """A JSON body and a token."""
        said = message.content.text if isinstance(message.content, Speech) else None
        headers = {"authorization": f"Bearer {self.settings.token.get_secret_value()}", "date": str(int(now))}
        return Request("POST", self.settings.url("/calls"), headers, json.dumps([*message.to, said]).encode())

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        """One id for the request."""
        if reply.status != 200:
            return http_verdict(reply) or ()
        return [Outcome(callee, "accepted", reply.body.decode(errors="replace")) for callee in message.to]

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        """The vendor's side."""
        try:
            number, said = json.loads(request.body)
            message = VoiceMessage(to=[number], content=Speech(said, "en"))
        except (ValueError, TypeError):
            return Refusal(RefusalKind.REQUEST, "400", "no call")
        problem = find_request_problem(self, message)
        assert_type(problem, MessageError | None)
        return message if problem is None else Refusal(RefusalKind.REQUEST, "400", str(problem))

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        """The vendor's side of the reply."""
        if isinstance(result, Refusal):
            return Reply(400, {})
        return Reply(200, {"content-type": "text/plain"}, (result[0].call_id or "").encode())

    def refuse(self, message: VoiceMessage) -> MessageError | None:
        """A rule that no row can state."""
        if isinstance(message.content, Speech) and message.content.voice == "shouting":
            return MessageError("content", "Acme does not shout")
        return None


@hookimpl
def voicehub_providers() -> list[type[Provider]]:
    """Offer it."""
    return [Acme]


acme = Acme(AcmeSettings(token=SecretStr("t")))
assert_type(acme.settings.token, SecretStr)
assert_type(Acme.limits[Speech].text, Span | None)
assert_type(acme.call_ids, Literal["request"])


class Wrong(Acme):
    """What the checker must refuse: an ignore that is not needed is an error of its own."""

    call_ids = "sometimes"  # type: ignore[assignment]

    def encode(self, message: VoiceMessage) -> Request:  # type: ignore[override]
        """No clock."""
        return super().encode(message)  # type: ignore[call-arg]
