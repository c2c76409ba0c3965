"""voicehub provider ``acme``: an invented vendor that takes many callees and answers with one id for all of them."""

import json
from collections.abc import Sequence

from pydantic import SecretStr, ValidationError

from voicehub import provider as vh
from voicehub.hooks import hookimpl
from voicehub.provider import AudioUrl, Outcome, Refusal, RefusalKind, Reply, Request, VoiceMessage

DOCS = vh.Page("acme.example/docs/calls", "2026-11")


class Acme(vh.Provider):
    class Settings(vh.Settings):
        base_url: str = "https://api.acme.example"
        token: SecretStr

    settings: Settings
    name = "acme"
    call_ids = "request"
    wire_names = {"to": "numbers", "content": "audio", "plays": "repeat"}
    refusal_kinds = {"no_credit": RefusalKind.BALANCE, "bad_call": RefusalKind.REQUEST, "bad_token": RefusalKind.AUTH}
    sample_settings = {"token": "made-up-token"}
    limits = {AudioUrl: vh.Limits(
        callees=DOCS.span(1, 50, "callees"), callee_digits=DOCS.span(8, 15, "digits"), plays=DOCS.span(1, 5, "plays"),
    )}  # fmt: skip

    def encode(self, message: VoiceMessage, now: float) -> Request:
        fields = {"numbers": message.to, "audio": message.content.model_dump()["url"], "repeat": message.plays}
        body = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
        return Request("POST", self.settings.url("calls"), {"authorization": self._bearer()}, body)

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        said = vh.json_object(reply.body)
        if isinstance(said.get("call"), str) and said["call"]:  # an id is a call, whatever the status
            return [Outcome(callee, "accepted", said["call"]) for callee in message.to]
        verdict, code = vh.http_verdict(reply), vh.code_text(said.get("error"))
        kind = self.refusal_kinds.get(code or "")
        if verdict is None or kind is None:  # 5xx, 408 and what nobody can read prove nothing: all are in doubt
            return verdict or ()
        return Refusal(kind, code, vh.reason_text(said.get("text")))

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if request.headers.get("authorization") != self._bearer():
            return Refusal(RefusalKind.AUTH, "bad_token", "unknown token")
        fields = vh.json_object(request.body)
        try:
            message = VoiceMessage(to=fields["numbers"], content=AudioUrl(fields["audio"]), plays=fields.get("repeat"))
        except (KeyError, ValidationError) as error:
            return Refusal(RefusalKind.REQUEST, "bad_call", type(error).__name__)
        problem = vh.find_request_problem(self, message)
        return message if problem is None else Refusal(RefusalKind.REQUEST, "bad_call", str(problem))

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        if isinstance(result, Refusal):
            return Reply(400, {}, json.dumps({"error": result.code, "text": result.reason}).encode())
        call = next((row.call_id for row in result if row.status == "accepted"), None)
        return Reply(200, {}, json.dumps({"call": call}).encode())

    def _bearer(self) -> str:
        return f"Bearer {self.settings.token.get_secret_value()}"


@hookimpl
def voicehub_providers() -> list[type[vh.Provider]]:
    return [Acme]
