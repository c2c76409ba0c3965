"""Broken in what is an account's own: where it is, its credentials, its limits, and the rules that no table states."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urljoin

from pydantic import BaseModel, SecretStr, field_validator

from tests.testing.mutants import caught_by
from tests.testing.providers import Account, ByForm, ByLine
from voicehub import MessageError, Outcome, VoiceMessage
from voicehub.provider import CallState, Refusal, RefusalKind, Reply, Request, Settings

_HOME = "https://api.vendor.example/v1/calls"


@caught_by("an_account_may_be_elsewhere")
class KnowsOnlyOneAddress(ByLine):
    def _request(self, body: bytes) -> Request:
        return replace(super()._request(body), url=_HOME)

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        return super().parse(replace(request, url=self.settings.url(self.path)), now)


@caught_by("an_account_may_be_elsewhere")
class LosesThePathOfTheRoot(ByLine):
    class Settings(Account):
        base_url: str = "https://api.vendor.example"

    def _request(self, body: bytes) -> Request:
        return replace(super()._request(body), url=urljoin(self.settings.base_url, "/calls"))


@caught_by("an_account_may_be_elsewhere")
class SendsItsTokenUnquoted(ByForm):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        return replace(request, headers={}, body=request.body + b"&token=" + self._token().encode())

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        body, _, token = request.body.rpartition(b"&")
        known = parse_qsl(token.decode(errors="replace")) == [("token", self._token())]
        headers = {"authorization": self.settings.authorization() if known else "nobody"}
        return super().parse(replace(request, body=body, headers=headers), now)

    def _token(self) -> str:
        return self.settings.token.get_secret_value()


@caught_by("moved_limits_are_held")
class TakesNoLimitsWhenItIsMade(ByForm):
    def __init__(self, settings: Account) -> None:
        super().__init__(settings)


@caught_by("moved_limits_are_held")
class VendorHoldsTheTableOfThePage(ByForm):
    def _taken(self, **fields: object) -> VoiceMessage | Refusal:
        return ByForm(self.settings)._taken(**fields)


class Unlucky(ByForm):
    """Three plays are refused, by no row of the table."""

    def refuse(self, message: VoiceMessage) -> MessageError | None:
        return MessageError("plays", "three is unlucky") if message.plays == 3 else None


@caught_by("its_own_rules_are_held")
class VendorForgetsItsRule(Unlucky):
    def _taken(self, **fields: object) -> VoiceMessage | Refusal:
        return ByForm(self.settings)._taken(**fields)


@caught_by("its_own_rules_are_held")
class NamesAFieldOfTheWire(Unlucky):
    def refuse(self, message: VoiceMessage) -> MessageError | None:
        return super().refuse(message) and MessageError("content.loop", "three is unlucky")


@caught_by("its_own_rules_are_held")
class QuotesTheNumberInItsObjection(Unlucky):
    def refuse(self, message: VoiceMessage) -> MessageError | None:
        return super().refuse(message) and MessageError("to", f"{message.to[0]} is tired of it")


@caught_by("what_is_encoded_is_parsed")
class RaisesItsObjection(Unlucky):
    def refuse(self, message: VoiceMessage) -> MessageError | None:
        if problem := super().refuse(message):
            raise problem
        return None


@caught_by("facts_are_well_formed")
class RaisesAtAWordItDoesNotKnow(ByForm):
    call_states = {"up": CallState.ANSWERED}

    def call_state(self, word: str) -> CallState:
        return self.call_states[word]


@caught_by("facts_are_well_formed")
class KeepsItsSecretInATable(ByForm):
    class Settings(Account):
        class Login(BaseModel):
            password: SecretStr

        login: Login

    sample_settings = {**ByForm.sample_settings, "login": {"password": "made-up-password"}}


@caught_by("nothing_secret_is_shown")
class QuotesTheTokenItRefuses(ByForm):
    class Settings(Account):
        @field_validator("token")
        @classmethod
        def _looks_right(cls, value: SecretStr) -> SecretStr:
            if (token := value.get_secret_value()) != "made-up-token-1":
                raise ValueError(f"{token!r} is no token")
            return value


@caught_by("nothing_secret_is_shown")
class StatesItsTokenAsText(ByForm):
    class Settings(Settings):
        base_url: str = "https://api.vendor.example/v1"
        token: str

        def authorization(self) -> str:
            return f"Bearer {self.token}"


@caught_by("no_echo_is_handed_on")
class KeepsNoListOfItsSecrets(ByForm):
    class Settings(Account):
        def secrets(self) -> tuple[str, ...]:
            return ()


@caught_by("what_is_answered_is_decoded")
class StopsAFanOutAtABadNumber(ByForm):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal) or read[0].status != "refused":
            return read
        return Refusal(RefusalKind.ADDRESS, read[0].code, read[0].reason)
