"""Broken on the way there: what is encoded, what the vendor's side takes."""

import json
import unicodedata
from dataclasses import replace
from typing import Any

from voicehub_onbuka import Onbuka

from tests.testing.mutants import caught_by
from tests.testing.providers import ByForm, ByLine
from voicehub import VoiceMessage
from voicehub.provider import Refusal, RefusalKind, Request


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


@caught_by("what_is_encoded_is_parsed")
class TidiesTheReference(ByLine):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        tidy = message.reference and (message.reference.strip() or "-")
        return super().encode(message.model_copy(update={"reference": tidy}), now)


@caught_by("what_is_encoded_is_parsed")
class ComposesTheLetters(ByLine):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        composed = message.reference and unicodedata.normalize("NFC", message.reference)
        return super().encode(message.model_copy(update={"reference": composed}), now)


@caught_by("what_is_encoded_is_parsed")
class WritesOutADefault(ByForm):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return super().encode(message.model_copy(update={"plays": message.plays or 1}), now)
