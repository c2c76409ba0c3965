"""Broken in what a provider asks of the world, remembers, shows or states."""

import logging
import os
import random
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel
from voicehub_onbuka import Onbuka

from tests.testing.mutants import caught_by
from tests.testing.providers import ByForm
from voicehub import Outcome, UploadedAudio, VoiceMessage
from voicehub.provider import Page, Refusal, RefusalKind, Reply, Request


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


@caught_by("nothing_is_remembered")
class DecodesWhatItEncodedLast(ByForm):
    _last: VoiceMessage | None = None

    def encode(self, message: VoiceMessage, now: float) -> Request:
        self._last = message
        return super().encode(message, now)

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        return super().decode(self._last or message, reply)


@caught_by("nothing_is_asked_of_the_world")
class WritesLocalTime(ByForm):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        local = datetime.fromtimestamp(now).isoformat()  # noqa: DTZ006 - the mistake itself
        return replace(request, headers={**request.headers, "x-time": local})


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
