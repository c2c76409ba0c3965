"""Languages of a vendor: a region it has no word for is left out, and nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicehub_onbuka import Onbuka

from voicehub import Client, Speech, UnsupportedField, VoiceMessage
from voicehub.provider import find_problem, match_language, split

ONBUKA = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))
CALLEES = ["+932111111111", "+932111111112"]


def spoken(language: str) -> VoiceMessage:
    return VoiceMessage(to=CALLEES, content=Speech("Hello", language))


@pytest.mark.parametrize(
    ("tag", "table", "found"),
    [
        ("en", "en de", "en"),
        ("en-GB", "en de", "en"),
        ("en-GB", "en en-GB", "en-GB"),
        ("en-GB", "en en-US", "en"),
        ("en-GB", "en-US", None),
        ("en", "en-US", None),
        ("es-419", "es", "es"),
        ("sr-Latn", "sr", None),
        ("sr-Latn-RS", "sr", None),
        ("sr-Latn-RS", "sr sr-Latn", "sr-Latn"),
        ("zh-Hant-TW", "zh zh-Hans", None),
        ("de-CH-1996", "de de-CH", None),
        ("en-x-GB", "en", None),
        ("de-1996", "de", None),
        ("yue", "zh", None),
        ("en-GB", "", None),
    ],
)
def test_a_region_is_left_out_and_nothing_else(tag: str, table: str, found: str | None) -> None:
    assert Speech("Hello", tag).language == tag
    assert match_language(tag, table.split()) == found


@given(st.from_regex("[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", fullmatch=True), st.sets(st.sampled_from(
    ["en", "en-GB", "zh", "zh-Hant", "zh-Hant-TW", "sr-Latn"])))  # fmt: skip
def test_what_is_found_is_in_the_table_and_has_language_and_script(tag: str, table: set[str]) -> None:
    found = match_language(tag, table)
    assert found is None or found in table
    if found is not None:
        assert tag in (found, *(f"{found}-{region}" for region in re.findall("[^-]+$", tag)))
        script = re.findall("-([A-Z][a-z]{3})", tag)
        assert re.findall("-([A-Z][a-z]{3})", found) == script


@pytest.mark.parametrize("tag", ["en-GB", "en-US", "EN-gb"])
def test_the_vendor_is_asked_in_its_own_tag(tag: str) -> None:
    message = spoken(tag)
    assert find_problem(ONBUKA, message) is None
    parts = split(ONBUKA, message)
    assert [part.content for part in parts] == [Speech("Hello", "en")] * 2
    assert [part.to for part in parts] == [(callee,) for callee in CALLEES]
    with Client(ONBUKA) as client:
        assert all(b'"language":"EN"' in request.body for request in client.check(message))
    assert isinstance(message.content, Speech)
    assert message.content.language == tag[:2].lower() + tag[2:].upper()  # the caller's own stays as it is


@pytest.mark.parametrize("tag", ["en-Latn", "en-Latn-GB", "tlh", "tlh-GB", "en-x-private"])
def test_what_says_more_than_a_region_is_refused(tag: str) -> None:
    problem = find_problem(ONBUKA, spoken(tag))
    assert isinstance(problem, UnsupportedField)
    assert f"its language {tag} is none of onbuka-v3's (ar, bn, de, en" in problem.rule
    assert problem.rule.endswith("; write 'en'") is tag.startswith("en")


def test_a_vendor_that_takes_tags_is_given_the_tag() -> None:
    free = type("Free", (Onbuka,), {"languages": {}})(ONBUKA.settings)
    assert find_problem(free, spoken("en-Latn-GB")) is None
    assert {part.content for part in split(free, spoken("en-Latn-GB"))} == {Speech("Hello", "en-Latn-GB")}
