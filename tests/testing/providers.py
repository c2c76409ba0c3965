"""Small vendors of other shapes than the first two: one callee a request, one id for all, no id at all."""

import base64
import json
from collections.abc import Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from voicehub import AudioUrl, Outcome, Speech, UploadedAudio, VoiceMessage
from voicehub.provider import (
    Limits,
    Page,
    Provider,
    Refusal,
    RefusalKind,
    Reply,
    Request,
    Settings,
    find_request_problem,
    http_verdict,
)

PAGE = Page("docs.example/calls", "2026-11")
_AUTH = Refusal(RefusalKind.AUTH, "E401", "who are you")


class Account(Settings):
    base_url: str = "https://api.vendor.example/v1"
    token: SecretStr

    def authorization(self) -> str:
        return "Basic " + base64.b64encode(self.token.get_secret_value().encode()).decode()


class Fake(Provider):
    """What the small vendors share: one token, a check of it, and a message that is refused by its limits."""

    Settings = Account
    settings: Account
    path: ClassVar[str] = "/calls"
    sample_settings = {"token": "made-up-token-1"}

    def _request(self, body: bytes) -> Request:
        return Request("POST", self.settings.url(self.path), {"authorization": self.settings.authorization()}, body)

    def _stranger(self, request: Request) -> Refusal | None:
        if request.headers.get("authorization") != self.settings.authorization():
            return _AUTH
        if (request.method, request.url) != ("POST", self.settings.url(self.path)):
            return Refusal(RefusalKind.REQUEST, "E400", "no such call")
        return None

    def _taken(self, **fields: Any) -> VoiceMessage | Refusal:
        message = VoiceMessage(**fields)
        problem = find_request_problem(self, message)
        return message if problem is None else Refusal(RefusalKind.REQUEST, "E400", str(problem))


class ByForm(Fake):
    """One callee a request, a form, speech or a URL, options, a caller id it needs, text counted in UTF-8 bytes."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

        priority: Literal["high", "low"] | None = None
        tag: str | None = Field(default=None, min_length=1, max_length=8)
        pin: str | None = Field(default=None, pattern="^[0-9]{4}$")
        level: int = Field(default=1, ge=1, le=3)

    name = "by-form"
    _common: ClassVar[dict[str, Any]] = {
        "callees": PAGE.span(1, 1, "callees"),
        "callee_digits": PAGE.span(8, 14, "digits"),
        "caller_id": PAGE.span(8, 14, "digits", required=True),
        "plays": PAGE.span(1, None, "plays"),
    }
    limits = {
        AudioUrl: Limits(**_common),
        Speech: Limits(
            **_common,
            text=PAGE.span(2, 60, "UTF-8 bytes"),
            voice=PAGE.span(1, 12, "characters"),
            rate=PAGE.span(0.25, 4, "times normal speed"),
        ),
    }
    callee_refusal_code = "bad_number"
    refusal_kinds = {"E401": RefusalKind.AUTH, "E402": RefusalKind.BALANCE, "E400": RefusalKind.REQUEST}

    def encode(self, message: VoiceMessage, now: float) -> Request:
        (callee,) = message.to
        fields: dict[str, Any] = {"to": callee, "from": message.caller_id, "plays": message.plays}
        fields |= {f"content.{name}": value for name, value in message.content.model_dump().items()}
        fields |= {f"option.{name}": value for name, value in message.provider_options.get(self.name, {}).items()}
        return self._request(urlencode({name: value for name, value in fields.items() if value is not None}).encode())

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if refusal := self._stranger(request):
            return refusal
        try:
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
            fields: dict[str, Any] = dict(pairs)
            tables: dict[str, dict[str, Any]] = {"content": {}, "option": {}}
            for name in list(fields):
                table, dot, key = name.partition(".")
                if dot:
                    tables[table][key] = fields.pop(name)
            if "rate" in tables["content"]:
                tables["content"]["rate"] = float(tables["content"]["rate"])
            plays = {"plays": int(fields.pop("plays"))} if "plays" in fields else {}
            options = {self.name: tables["option"]}
            return self._taken(
                to=[fields.pop("to")],
                caller_id=fields.pop("from", None),
                content=tables["content"],
                provider_options=options,
                **plays,
                **fields,
            )
        except (ValueError, KeyError):
            return Refusal(RefusalKind.REQUEST, "E400", "cannot be read")

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        if isinstance(result, Refusal):
            said = {"error": result.code, "message": result.reason}
            return Reply({RefusalKind.AUTH: 401}.get(result.kind, 422), {}, json.dumps(said).encode())
        (outcome,) = result
        if outcome.status == "accepted":
            return Reply(201, {}, json.dumps({"id": outcome.call_id}).encode())
        said = {"error": outcome.code, "message": outcome.reason}
        return Reply(422 if outcome.status == "refused" else 503, {}, json.dumps(said).encode())

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        (callee,) = message.to
        try:
            said = json.loads(reply.body)
        except (ValueError, RecursionError):
            said = None
        said = said if isinstance(said, dict) else {}
        call_id, code, reason = (value if isinstance(value := said.get(name), str) else None for name in _SAID)
        if call_id:
            return [Outcome(callee, "accepted", call_id)]
        verdict = http_verdict(reply)
        if verdict is None or code is None:
            return verdict or [Outcome(callee, "in_doubt", None, code, reason)]
        if code == self.callee_refusal_code:
            return [Outcome(callee, "refused", None, code, reason)]
        return Refusal(self.refusal_kinds.get(code, verdict.kind), code, reason)


_SAID = ("id", "error", "message")


class ByLine(Fake):
    """Lines of text: a header line, a line for each callee; one id for the whole request, no single refusals."""

    name = "by-line"
    call_ids: ClassVar[Literal["callee", "request", "none"]] = "request"
    limits = {
        UploadedAudio: Limits(
            callees=PAGE.span(1, 3, "callees"),
            callee_digits=PAGE.span(7, 15, "digits"),
            caller_id=PAGE.span(7, 15, "digits"),
            ring_timeout_seconds=PAGE.span(5, 60, "seconds"),
            max_duration_seconds=PAGE.span(10, 3600, "seconds"),
            reference=PAGE.span(1, 20, "characters"),
        )
    }
    wire_names = {"plays": "n"}  # its page has no plays; a configuration may open them
    refusal_kinds = {"7": RefusalKind.AUTH, "8": RefusalKind.REQUEST, "9": RefusalKind.THROTTLED}

    _fields: ClassVar[tuple[str, ...]] = (
        "caller_id",
        "ring_timeout_seconds",
        "max_duration_seconds",
        "plays",
        "reference",
    )

    def encode(self, message: VoiceMessage, now: float) -> Request:
        head = [message.content.model_dump(), *(getattr(message, name) for name in self._fields)]
        return self._request("\n".join([json.dumps(head), *(number[1:] for number in message.to)]).encode())

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if refusal := self._stranger(request):
            return refusal
        try:
            head, *numbers = request.body.decode().split("\n")
            content, *values = json.loads(head)
            fields = {"content": content, **dict(zip(self._fields, values, strict=True))}
            return self._taken(to=[f"+{number}" for number in numbers], **fields)
        except (ValueError, TypeError, RecursionError):
            return Refusal(RefusalKind.REQUEST, "8", "cannot be read")

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        if isinstance(result, Refusal):
            return self._line("NO", result.code or "8", result.reason)
        accepted = [outcome for outcome in result if outcome.status == "accepted"]
        return self._line("OK", accepted[0].call_id, None) if accepted else Reply(502, {})

    def _line(self, word: str, what: str | None, reason: str | None) -> Reply:
        return Reply(200, {}, f"{word} {what or '*'} {reason or ''}".rstrip(" ").encode() + b"\n")

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        word, _, rest = reply.body.decode(errors="replace").removesuffix("\n").partition(" ")
        what, _, reason = rest.partition(" ")
        complete = reply.body.endswith(b"\n") and reply.status == 200
        if word == "OK" and what and not complete:
            return ()  # cut short, or a call beside a status that denies it
        if complete and word == "OK" and what:
            return [Outcome(callee, "accepted", None if what == "*" else what) for callee in message.to]
        if complete and word == "NO" and what in self.refusal_kinds:
            return Refusal(self.refusal_kinds[what], what, reason or None)
        return http_verdict(reply) or ()


class Silent(ByLine):
    """The same lines, but no id at all; it needs a reference and takes any number of callees."""

    name = "silent"
    call_ids = "none"
    wire_names = {}
    limits = {
        UploadedAudio: Limits(
            callees=PAGE.span(1, None, "callees"),
            callee_digits=PAGE.span(7, 15, "digits"),
            reference=PAGE.span(0, 9, "UTF-16 units", required=True),
        )
    }
