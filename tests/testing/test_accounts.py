"""Laws of what is an account's own: what they leave out, and what they say."""

from typing import Any, ClassVar, Literal

import hypothesis
import pytest
from hypothesis import Phase
from pydantic import BaseModel, SecretBytes, SecretStr

from tests.testing.mutants_of_accounts import Unlucky
from tests.testing.providers import PAGE, Account, ByForm, ByLine
from voicehub import MessageError, UploadedAudio, VoiceMessage
from voicehub.client._echoes import Echoes
from voicehub.provider import Limits, Provider, Refusal, Request, Settings
from voicehub.testing import LAWS, Exam, LawBroken, provider_contract

QUICK = hypothesis.settings(database=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)

TestUnlucky = provider_contract(Unlucky)


class Fixed(ByLine):
    """For anybody, at one address; its only row holds one value."""

    class Settings(Settings):
        base_url: Literal["https://api.vendor.example/v1"] = "https://api.vendor.example/v1"

    sample_settings: ClassVar[dict[str, Any]] = {}
    limits = {UploadedAudio: Limits(callees=PAGE.span(1, 1, "callees"), callee_digits=PAGE.span(9, 9, "digits"))}

    def refuse(self, message: VoiceMessage) -> MessageError | None:
        return None

    def _stranger(self, request: Request) -> Refusal | None:
        return None

    def _request(self, body: bytes) -> Request:
        return Request("POST", self.settings.url(self.path), {}, body)


@pytest.mark.parametrize(
    ("law", "reason"),
    [
        ("an_account_may_be_elsewhere", "its Settings take no other base_url and no other secret"),
        ("moved_limits_are_held", "no row of its table can be narrowed"),
        ("its_own_rules_are_held", "refuse objects to nothing that was tried"),
    ],
)
def test_what_does_not_apply_is_left_out_with_its_reason(law: str, reason: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=reason):
        LAWS[law](Exam(Fixed, effort=QUICK))


def test_what_cannot_be_written_cannot_be_sent() -> None:
    class Strict(Unlucky):
        def encode(self, message: VoiceMessage, now: float) -> Request:
            if message.plays == 3:
                raise ArithmeticError("three")
            return super().encode(message, now)

    LAWS["its_own_rules_are_held"](Exam(Strict, effort=QUICK))


def test_a_message_error_of_another_method_is_told_as_it_is() -> None:
    class Odd(ByForm):
        def encode(self, message: VoiceMessage, now: float) -> Request:
            raise MessageError("plays", "not today")

    with pytest.raises(MessageError, match="plays: not today"):
        Exam(Odd).provider.encode(VoiceMessage(to=["+932111111111"], content=UploadedAudio("a")), 0)


class Login(BaseModel):
    password: SecretStr = SecretStr("made-up")


class Nested(Account):
    logins: dict[str, Login] = {"main": Login()}


class Listed(Account):
    keys: tuple[SecretStr, ...] = (SecretStr("made-up"),)


class Bare(Account):
    key: SecretBytes = SecretBytes(b"made-up")


@pytest.mark.parametrize(("settings", "field"), [(Nested, "logins"), (Listed, "keys"), (Bare, "key")])
def test_a_secret_that_nobody_would_find_is_told(settings: type[Account], field: str) -> None:
    cls: type[Provider] = type("Hiding", (ByForm,), {"Settings": settings, "__module__": __name__})
    with pytest.raises(LawBroken, match=f"Settings.{field} holds a secret; make each a field of its own, a SecretStr"):
        LAWS["facts_are_well_formed"](Exam(cls))


def test_the_exam_sees_a_core_that_hands_an_echo_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Echoes, "hidden_in", lambda self, rows: rows)
    monkeypatch.setattr(Echoes, "hide", lambda self, text: text)
    with pytest.raises(LawBroken, match="a vendor that echoes a credential gets it into"):
        LAWS["no_echo_is_handed_on"](Exam(ByForm, effort=QUICK))
