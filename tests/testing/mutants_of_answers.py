"""Broken on the way back: what is read of an answer."""

import json
from collections.abc import Sequence
from dataclasses import replace

from voicehub_onbuka import Onbuka

from tests.testing.mutants import caught_by
from tests.testing.providers import ByForm
from voicehub import Outcome, VoiceMessage
from voicehub.provider import Refusal, RefusalKind, Reply, Request, http_verdict, json_object


@caught_by("what_is_answered_is_decoded")
class CallsEverybodyAccepted(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        return [Outcome(callee, "accepted", "1") for callee in message.to]


@caught_by("what_is_answered_is_decoded")
class MixesUpTheKinds(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        return replace(read, kind=RefusalKind.REQUEST) if isinstance(read, Refusal) else read


@caught_by("rows_are_matched_by_callee")
class ReadsRowsByPosition(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal) or len(read) != len(message.to):
            return read
        return [row._replace(callee=callee) for row, callee in zip(read, message.to, strict=True)]


@caught_by("any_reply_is_read")
class TrustsTheReply(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        rows = json.loads(reply.body)["data"]
        return [Outcome(f"+{row['callee']}", "accepted", row["voiceId"]) for row in rows]


@caught_by("any_request_is_parsed")
class TrustsTheRequest(Onbuka):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        json.loads(request.body)
        return super().parse(request, now)


@caught_by("server_errors_refuse_nobody")
class Takes5xxForRefused(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        if reply.status >= 500:
            return Refusal(RefusalKind.REQUEST, str(reply.status), "server error")
        return super().decode(message, reply)


@caught_by("a_bare_status_is_read_by_http")
class Takes429ForDoubt(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        return () if reply.status == 429 else super().decode(message, reply)


@caught_by("an_unreadable_success_is_doubt")
class TakesABare2xxForAccepted(ByForm):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        if reply.status < 300 and not reply.body:
            return [Outcome(message.to[0], "accepted", "unknown")]
        return super().decode(message, reply)


@caught_by("a_truncated_answer_is_doubt")
class TakesATruncatedAnswerForRefused(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        if not reply.body.endswith(b"}"):
            return Refusal(RefusalKind.REQUEST, None, "unreadable")
        return super().decode(message, reply)


@caught_by("an_unheard_of_code_accepts_nobody")
class TakesAnUnknownCodeForSuccess(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal):
            return read
        known = {self.callee_refusal_code, "-18", "0", None}
        return [row if row.code in known else row._replace(status="accepted") for row in read]


@caught_by("an_unheard_of_code_accepts_nobody")
class TakesAnUnknownCodeForRefused(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if not isinstance(read, Refusal) and all(row.code and row.code.startswith("-99") for row in read):
            return Refusal(RefusalKind.REQUEST, "unknown")
        return read


@caught_by("a_missing_row_is_doubt")
class TakesAMissingRowForRefused(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal) or http_verdict(reply):
            return read
        return read if any(row.call_id for row in read) else Refusal(RefusalKind.REQUEST, None, "nobody")


@caught_by("any_reply_is_read")
class WalksDownTheReply(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        _lowered(_loaded(reply.body))
        return super().decode(message, reply)


def _loaded(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _lowered(value: object) -> object:
    if isinstance(value, list):
        return [_lowered(inside) for inside in value]
    if isinstance(value, dict):
        return {key: _lowered(inside) for key, inside in value.items()}
    return value


@caught_by("any_reply_is_read")
class TakesAnyReason(ByForm):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        return replace(read, reason=json_object(reply.body).get("message")) if isinstance(read, Refusal) else read


@caught_by("any_reply_is_read")
class NeedsAHeader(ByForm):
    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        return replace(super().answer(result), headers={"content-type": "application/json"})

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        return super().decode(message, reply) if "json" in reply.headers["content-type"] else ()


@caught_by("what_is_answered_is_decoded")
class DecodesLazily(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        return read if isinstance(read, Refusal) else (row for row in read)  # type: ignore[return-value]


@caught_by("what_is_answered_is_decoded")
class WritesTheNumberInItsOwnWay(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        return read if isinstance(read, Refusal) else [row._replace(callee=row.callee[1:]) for row in read]


@caught_by("a_call_id_is_no_refusal")
class LooksAtTheStatusFirst(ByForm):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        verdict = http_verdict(reply)
        return verdict if verdict and "id" in json_object(reply.body) else super().decode(message, reply)
