"""The check names field, rule, limit and source; the splitter is in order, lossless, and keeps the bound."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from tests.testing.providers import ByForm, ByLine, Silent
from voicehub import AudioUrl, Speech, UploadedAudio, VoiceMessage
from voicehub.errors import LimitExceeded, MessageError, MissingField, UnsupportedField
from voicehub.provider import Provider, find_problem, find_request_problem, override, split
from voicehub.testing import Exam, Outside, messages, messages_outside

NUMBER = "+4917012345678"


def provider_of(cls: type[Provider], **limits: Any) -> Provider:
    provider = Exam(cls).provider
    moved = override(provider.limits, limits, source="voicehub.toml", wire_names=cls.wire_names)
    return cls(provider.settings, limits=moved)


def problem(cls: type[Provider], **fields: Any) -> MessageError | None:
    return find_problem(Exam(cls).provider, VoiceMessage.model_validate({"to": [NUMBER], **fields}))


@given(messages_outside(Exam(ByForm).provider))
def test_every_problem_is_told_in_one_line_without_a_number(outside: Outside) -> None:
    found = find_problem(Exam(ByForm).provider, outside.message)
    assert type(found) is outside.error
    assert "\n" not in str(found)
    shown = set(re.findall("[0-9]+", str(found)))  # whole numbers: a rate such as 0.2499999 is no callee
    assert shown.isdisjoint(number[1:] for number in outside.message.to)


def test_a_bound_is_told_with_its_source() -> None:
    found = problem(ByLine, content=UploadedAudio("a"), ring_timeout_seconds=61)
    assert isinstance(found, LimitExceeded)
    assert str(found) == (
        "ring_timeout_seconds: has 61 seconds; by-line takes 5 to 60 seconds "
        "(docs.example/calls, read 2026-11; limits.ring_timeout_seconds)"
    )
    assert (found.field, found.limit, found.position) == ("ring_timeout_seconds", 60, None)
    below = problem(ByLine, content=UploadedAudio("a"), ring_timeout_seconds=4)
    assert isinstance(below, LimitExceeded)
    assert below.limit == 5


@given(st.integers(1, 9), st.none() | st.integers(1, 9), st.integers(1, 10))
def test_a_value_is_taken_if_and_only_if_it_is_in_the_row(low: int, high: int | None, value: int) -> None:
    provider = Exam(ByLine).provider
    (limits,) = provider.limits.values()
    row = replace(limits.callees, low=low, high=high, unit="plays")
    moved = ByLine(provider.settings, limits={UploadedAudio: replace(limits, plays=row)})
    found = find_problem(moved, VoiceMessage(to=[NUMBER], content=UploadedAudio("a"), plays=value))
    assert (found is None) == (value in row)


def test_a_bound_of_the_configuration_names_the_file() -> None:
    moved = provider_of(ByLine, ring_timeout_seconds=[5, 30])
    message = VoiceMessage(to=[NUMBER], content=UploadedAudio("a"), ring_timeout_seconds=31)
    assert "5 to 30 seconds (voicehub.toml; limits.ring_timeout_seconds)" in str(find_problem(moved, message))


@pytest.mark.parametrize("value", [10**9, 10**400, 10**5000], ids=["9", "400", "5000"])
def test_a_number_no_float_can_hold(value: int) -> None:
    found = problem(ByLine, content=UploadedAudio("a"), ring_timeout_seconds=value)
    assert isinstance(found, LimitExceeded)
    assert "has more than 10^9 seconds" in str(found)


def test_a_row_of_the_content_is_told_as_such() -> None:
    found = problem(ByForm, content=Speech("\u00e9" * 31, "en"), caller_id="4930123456")
    assert isinstance(found, LimitExceeded)
    assert str(found).startswith("content: its text has 62 UTF-8 bytes; by-form takes 2 to 60 UTF-8 bytes")
    assert found.limit == 60


def test_a_callee_is_named_by_its_position() -> None:
    found = problem(ByForm, to=[NUMBER, "+4917012"], content=AudioUrl("https://a.example"), caller_id="4930123456")
    assert isinstance(found, LimitExceeded)
    assert str(found).startswith("to[1]: (+*****12) has 7 digits; by-form takes 8 to 14 digits")
    assert (found.field, found.limit, found.position) == ("to", 8, 1)


def test_what_is_needed_and_unset_is_missing() -> None:
    found = problem(ByForm, content=AudioUrl("https://a.example"))
    assert isinstance(found, MissingField)
    assert str(found) == "caller_id: is unset and by-form needs it (docs.example/calls)"


def test_what_the_vendor_lacks_is_unsupported() -> None:
    found = problem(ByLine, content=UploadedAudio("a"), plays=1)
    assert isinstance(found, UnsupportedField)
    assert str(found) == "plays: is set and by-line has no such field; leave it unset"
    content = problem(ByLine, content=AudioUrl("https://a.example"))
    assert isinstance(content, UnsupportedField)
    assert str(content) == "content: by-line plays UploadedAudio, not AudioUrl"


@pytest.mark.parametrize(
    ("cls", "options", "kind", "told"),
    [
        (ByLine, {"acme": {"a": 1}}, UnsupportedField, "has options for acme, and this account's provider is by-line"),
        (ByLine, {"by-line": {"a": 1}}, UnsupportedField, "by-line has no options of its own"),
        (ByForm, {"by-form": {"tag": "a"}, "acme": {"a": 1}}, UnsupportedField, "has options for acme"),
        (ByForm, {"by-form": {"tagg": "a"}}, MessageError, "by-form.tagg: Extra inputs are not permitted"),
        (ByForm, {"by-form": {"pin": "49301"}}, MessageError, "by-form.pin: String should match pattern"),
    ],
)
def test_options_that_are_refused(cls: type[Provider], options: Any, kind: type[MessageError], told: str) -> None:
    content = UploadedAudio("a") if cls is ByLine else AudioUrl("https://a.example")
    caller = {"caller_id": "4930123456"} if cls is ByForm else {}
    found = problem(cls, content=content, provider_options=options, **caller)
    assert type(found) is kind
    assert found.field == "provider_options"
    assert told in str(found)
    assert "49301" not in str(found)


def test_options_that_are_taken() -> None:
    options = {"by-form": {"tag": "a", "pin": "1234"}}
    content = AudioUrl("https://a.example")
    assert problem(ByForm, content=content, caller_id="4930123456", provider_options=options) is None


def test_a_rule_of_the_providers_own_is_asked_last() -> None:
    class Picky(Silent):
        class Options(BaseModel):
            model_config = ConfigDict(extra="forbid")

        def refuse(self, message: VoiceMessage) -> MessageError | None:
            return MessageError("reference", "is not lower case") if message.reference != "ok" else None

    for reference, told in (("ok", None), ("NO", "reference: is not lower case"), (None, "reference: is unset")):
        found = problem(Picky, content=UploadedAudio("a"), reference=reference)
        assert (found and str(found)[: len(told or "")]) == told


def test_only_one_request_has_a_number_of_callees() -> None:
    provider = Exam(ByLine).provider
    four = VoiceMessage(to=[f"+{9000000 + n}" for n in range(4)], content=UploadedAudio("a"))
    assert find_problem(provider, four) is None
    found = find_request_problem(provider, four)
    assert isinstance(found, LimitExceeded)
    assert str(found).startswith("to: has 4 callees; by-line takes 1 to 3 callees")
    assert found.limit == 3
    assert find_request_problem(provider, four.model_copy(update={"to": four.to[:3]})) is None
    assert find_request_problem(provider, four.model_copy(update={"plays": 1})) is not None


@given(st.integers(1, 40), st.integers(1, 12))
def test_a_split_is_in_order_lossless_and_keeps_the_bound(count: int, most: int) -> None:
    provider = provider_of(ByLine, callees=most)
    message = VoiceMessage(to=[f"+{9000000 + n}" for n in range(count)], content=UploadedAudio("a"), reference="r")
    parts = list(split(provider, message))
    assert [number for part in parts for number in part.to] == list(message.to)
    assert [len(part.to) for part in parts[:-1]] == [most] * (len(parts) - 1)
    assert 1 <= len(parts[-1].to) <= most
    assert {part.model_copy(update={"to": message.to}) for part in parts} == {message}


@given(messages(Exam(Silent).provider, max_callees=30))
def test_without_a_bound_there_is_one_request(message: VoiceMessage) -> None:
    assert list(split(Exam(Silent).provider, message)) == [message]
