"""The exam is itself examined: right providers of every shape pass, broken ones are caught."""

import base64
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from hypothesis import Phase

from tests.testing import (
    mutants_of_abilities,
    mutants_of_accounts,
    mutants_of_answers,
    mutants_of_care,
    mutants_of_doubt,
    mutants_of_gaps,
    mutants_of_numbers,
    mutants_of_requests,
)
from tests.testing.job_provider import ByJob
from tests.testing.mutants import MUTANTS
from tests.testing.mutants_of_doubt import ByFlag
from tests.testing.providers import ByForm, ByLine, Silent
from tests.testing.row_provider import ByRow
from tests.testing.xml_provider import ByXml
from voicehub import Outcome, VoiceMessage
from voicehub.provider import Provider, Refusal, Reply, Request, Settings
from voicehub.testing import LAWS, Exam, provider_contract

GOLDEN = Path(__file__).parents[2] / "plugins" / "voicehub-onbuka" / "voicehub_onbuka" / "golden"
QUICK = hypothesis.settings(database=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)

TestByForm = provider_contract(ByForm)
TestByLine = provider_contract(ByLine)
TestSilent = provider_contract(Silent)
TestByXml = provider_contract(ByXml)
TestByRow = provider_contract(ByRow)
TestByJob = provider_contract(ByJob)
TestByFlag = provider_contract(ByFlag)


# Importing them enters their mutants.
_FILES = (
    mutants_of_abilities,
    mutants_of_accounts,
    mutants_of_answers,
    mutants_of_care,
    mutants_of_doubt,
    mutants_of_gaps,
    mutants_of_numbers,
    mutants_of_requests,
)
assert all(_FILES)


@pytest.mark.parametrize(("mutant", "law"), MUTANTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_broken_provider_is_caught(mutant: type[Provider], law: str) -> None:
    exam = Exam(mutant, golden=GOLDEN, effort=QUICK)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the broken provider raises fails its test too
        LAWS[law](exam)
    assert not isinstance(caught.value, hypothesis.errors.HypothesisException), "the exam failed, not the provider"
    assert not re.search("hypothesis|[Ff]alsifying|check\\(", str(caught.value)), (
        "it speaks of the exam's own machinery"
    )


def test_every_law_has_a_mutant_or_says_why_not() -> None:
    unproved = LAWS.keys() - {law for _, law in MUTANTS}
    assert unproved == {"golden_replies_are_met"}  # shown by test_golden.py, on files that are wrong


def test_a_class_has_a_test_for_each_law() -> None:
    assert TestByForm.__name__ == "TestByForm"
    assert {name for name in vars(TestByForm) if name.startswith("test_")} == {f"test_{law}" for law in LAWS}
    assert TestByForm.__dict__["test_any_reply_is_read"].__doc__ == LAWS["any_reply_is_read"].__doc__


def test_settings_are_laid_over_the_sample_settings() -> None:
    exam = Exam(ByForm, {"base_url": "https://eu.vendor.example", "token": "another-token"})
    assert exam.provider.settings.base_url == "https://eu.vendor.example"
    assert exam.secrets() == {"token": "another-token"}


class Wrapped(ByLine):
    """The same lines, in Base64."""

    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        return replace(request, body=base64.b64encode(request.body))

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        return super().parse(replace(request, body=base64.b64decode(request.body)), now)


class Endless(ByLine):
    """The same lines, without the character that ends them: nobody can see where one was cut."""

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        reply = super().answer(result)
        return replace(reply, body=reply.body.removesuffix(b"\n"))

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        return super().decode(message, replace(reply, body=reply.body + b"\n"))


class Open(ByLine):
    """The same lines, for anybody, and without codes."""

    Settings = Settings  # type: ignore[assignment]
    sample_settings = {"base_url": "https://open.example"}

    def _stranger(self, request: Request) -> Refusal | None:
        return None

    def _request(self, body: bytes) -> Request:
        return Request("POST", self.settings.url(self.path), {}, body)

    refusal_kinds = {}


@pytest.mark.parametrize(
    ("provider", "law", "reason"),
    [
        (ByForm, "opened_fields_are_carried", "by-form: no field that its page lacks has a wire name"),
        (ByForm, "rows_are_matched_by_callee", "by-form: its reply has no row for each of several callees"),
        (ByForm, "golden_requests_are_met", "by-form: there are no golden samples"),
        (ByForm, "an_unclear_number_is_nobodys", "by-form: it takes one callee per request"),
        (ByForm, "a_row_about_nobody_is_told", "by-form: it takes one callee per request"),
        (
            ByLine,
            "an_unclear_number_is_nobodys",
            "by-line: its replies do not have the callees' numbers as digits",
        ),
        (ByLine, "a_row_about_nobody_is_told", "by-line: its replies do not have the callees' numbers as digits"),
        (Endless, "a_truncated_answer_is_doubt", r"by-line: an answer cut short is another .*b'OK [^ ]+'"),
        (Silent, "too_many_callees_are_split", "silent: it takes any number of callees"),
        (Wrapped, "what_no_message_holds_is_refused", "by-line: the body of its request does not have the numbers"),
        (Open, "credentials_are_checked", "by-line: its settings have no secret"),
        (Open, "an_unheard_of_code_accepts_nobody", "by-line: it states no code"),
        (Silent, "an_unreadable_success_is_doubt", "silent: it gives no call id"),
    ],
)
def test_what_a_provider_does_not_support_is_skipped_with_its_reason(
    provider: type[Provider], law: str, reason: str
) -> None:
    with pytest.raises(pytest.skip.Exception, match=reason):
        LAWS[law](Exam(provider, effort=QUICK))
