"""Providers broken on purpose, each with the law that has to catch it."""

import json
import logging
import os
import random
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from voicehub_onbuka import Onbuka

from tests.testing.providers import ByForm, ByLine
from voicehub import Outcome, UploadedAudio, VoiceMessage
from voicehub.provider import Page, Provider, Refusal, RefusalKind, Reply, Request, http_verdict

MUTANTS: list[tuple[type[Provider], str]] = []


def caught_by(law: str) -> Callable[[type[Provider]], type[Provider]]:
    def register(mutant: type[Provider]) -> type[Provider]:
        MUTANTS.append((mutant, law))
        return mutant

    return register


def _edited(request: Request, **values: Any) -> Request:
    return replace(request, body=json.dumps({**json.loads(request.body), **values}).encode())


@caught_by("what_is_encoded_is_parsed")
class SwapsTwoFields(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        swapped = {"plays": message.max_duration_seconds, "max_duration_seconds": message.plays}
        return super().encode(message.model_copy(update=swapped), now)


@caught_by("what_is_encoded_is_parsed")
class DropsTheLastCallee(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"to": message.to[:-1] or message.to}), now)


@caught_by("what_is_encoded_is_parsed")
class SendsAnEmptyStringForUnset(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"reference": message.reference or ""}), now)


@caught_by("what_is_encoded_is_parsed")
class DropsAnEmptyString(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"reference": message.reference or None}), now)


@caught_by("what_is_encoded_is_parsed")
class SignsWithMilliseconds(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message, now * 1000)


@caught_by("what_is_encoded_is_parsed")
class DropsOptions(ByForm):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"provider_options": {}}), now)


@caught_by("what_is_encoded_is_parsed")
class SendsABodyOfText(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        return replace(request, body=request.body.decode())  # type: ignore[arg-type]


@caught_by("what_is_encoded_is_parsed")
class WritesAHeaderInCapitals(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        return replace(request, headers={**request.headers, "X-Client": "1"})


@caught_by("one_step_outside_is_refused")
class ClampsAValue(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"plays": message.plays and min(message.plays, 3)}), now)


@caught_by("one_step_outside_is_refused")
class CutsALongText(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        reference = message.reference and message.reference[:1000]
        return super().encode(message.model_copy(update={"reference": reference}), now)


@caught_by("one_step_outside_is_refused")
class VendorIsOffByOneAboveABound(Onbuka):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if b'"maxRingingTime":121' in request.body:
            return super().parse(_edited(request, maxRingingTime=120), now)
        return super().parse(request, now)


@caught_by("what_is_encoded_is_parsed")
class VendorIsOffByOneBelowABound(Onbuka):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if b'"maxRingingTime":20' in request.body:
            return Refusal(RefusalKind.REQUEST, "-22", "too short")
        return super().parse(request, now)


@caught_by("too_many_callees_are_split")
class VendorTakesOneCalleeTooMany(Onbuka):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        numbers = json.loads(request.body)["callee"].split(",")
        return super().parse(_edited(request, callee=",".join(numbers[:1000])), now)


@caught_by("too_many_callees_are_split")
class SendsTheFirstCalleeOnly(ByForm):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"to": message.to[:1]}), now)


@caught_by("what_no_message_holds_is_refused")
class VendorForgivesAnImpossibleCount(Onbuka):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        values = json.loads(request.body)
        if values.get("loopCount") == 0:
            return super().parse(_edited(request, loopCount=1), now)
        return super().parse(request, now)


@caught_by("opened_fields_are_carried")
class ForgetsAnOpenedField(ByLine):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"plays": None}), now)


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


@caught_by("credentials_are_checked")
class VendorLetsAnybodyIn(ByForm):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        headers = {"authorization": self.settings.authorization()}
        return super().parse(replace(request, headers=headers), now)


@caught_by("nothing_is_remembered")
class KeepsStateBetweenCalls(Onbuka):
    _calls = 0

    def encode(self, message: VoiceMessage, now: float) -> Request:
        self._calls += 1
        return super().encode(message, now + self._calls)


@caught_by("nothing_is_asked_of_the_world")
class ReadsTheClock(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        time.time()
        return super().encode(message, now)


@caught_by("nothing_is_asked_of_the_world")
class ReadsTheEnvironment(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        os.environ.get("VENDOR_MODE")
        return super().decode(message, reply)


@caught_by("nothing_is_asked_of_the_world")
class DrawsRandomness(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        random.random()
        return super().decode(message, reply)


@caught_by("nothing_is_asked_of_the_world")
class OpensASocket(Onbuka):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        socket.gethostname()
        return super().parse(request, now)


@caught_by("nothing_secret_is_shown")
class LeaksTheSecretInItsRepr(Onbuka):
    def __repr__(self) -> str:
        return f"Onbuka({self.settings.api_secret.get_secret_value()})"


@caught_by("nothing_secret_is_shown")
class LogsTheNumbers(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        logging.getLogger("vendor").debug("calling %s", ", ".join(message.to))
        return super().encode(message, now)


@caught_by("facts_are_well_formed")
class NamesNoSource(Onbuka):
    limits = {
        kind: replace(rows, plays=Page("", "2026-11").span(1, 3, "plays")) for kind, rows in Onbuka.limits.items()
    }


@caught_by("facts_are_well_formed")
class CountsInAnUnknownUnit(Onbuka):
    limits = {
        UploadedAudio: replace(Onbuka.limits[UploadedAudio], plays=Page("page", "2026-11").span(1, 3, "bananas")),
    }


@caught_by("facts_are_well_formed")
class DropsUnknownOptions(ByForm):
    class Options(BaseModel):
        tag: str | None = None


@caught_by("golden_requests_are_met")
class ForgetsAHeader(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        return replace(request, headers={**request.headers, "content-type": "application/json"})

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        headers = {**request.headers, "content-type": "application/json;charset=UTF-8"}
        return super().parse(replace(request, headers=headers), now)


@caught_by("golden_codes_are_met")
class MistakesACodeAtBothEnds(Onbuka):
    refusal_kinds = {**Onbuka.refusal_kinds, "-18": RefusalKind.REQUEST}
