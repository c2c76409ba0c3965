"""The forms of the values in a message: numbers, texts, languages, URLs, counts."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from voicehub import AudioUrl, Speech, UploadedAudio, VoiceMessage

FIRST, SECOND = "+932111111111", "+932111111112"
AUDIO = UploadedAudio("12022022570cc.mp3")
digits = st.integers(10**6, 10**15 - 1).map(str)
separators = st.text(" .-()", max_size=2)


def refusal(build: Callable[[], object]) -> str:
    with pytest.raises(ValidationError) as caught:
        build()
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


def to(*numbers: Any) -> tuple[str, ...]:
    return tuple(VoiceMessage(to=numbers, content=AUDIO).to)


@st.composite
def written(draw: st.DrawFn, number: str) -> str:
    """A number as people write it."""
    as_written = draw(st.sampled_from(["", "+", " +", "(+"])) + "".join(digit + draw(separators) for digit in number)
    assume(not re.search(r"\( *0 *\)", as_written))  # a national prefix
    return as_written


@given(st.data(), digits)
def test_every_way_to_write_a_number_has_one_canonical_form(data: st.DataObject, number: str) -> None:
    assert to(data.draw(written(number))) == (f"+{number}",)


@pytest.mark.parametrize("other", [5, None, b"932111111112"])
def test_what_is_no_text_is_named_by_its_place_among_numbers(other: object) -> None:
    assert "to[1]" in refusal(lambda: to(FIRST, other))


@given(st.data(), digits)
def test_00_is_refused_and_the_plus_form_named(data: st.DataObject, number: str) -> None:
    told = refusal(lambda: to(FIRST, "0" + data.draw(separators) + "0" + number))
    assert "to[1] starts with 00; write the international form with +" in told


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("+123456", "to[0] has 6 digits; E.164 numbers have 7 to 15"),
        ("+1234567890123456", "to[0] has 16 digits"),
        ("", "to[0] has 0 digits"),
        ("+", "to[0] has 0 digits"),
        ("0932111111111", "starts with 0; write the number with its country code"),
        ("+0932111111111", "starts with 0"),
        ("+44 (0)20 7946 0958", "holds (0), which is dialled inside the country only"),
        ("+44 ( 0 ) 20 7946 0958", "drop the national 0"),
        ("++932111111111", "something other than the digits 0 to 9"),
        ("932+111111111", "something other than the digits"),
        ("932111111111,932111111112", "something other than the digits"),
        ("932111111111x", "something other than the digits"),
        ("93211111111\n", "something other than the digits"),
        ("93211\u00a01111111", "something other than the digits"),
        ("\u0669\u0663\u0662\u0661\u0661\u0661\u0661\u0661", "something other than the digits"),
        ("\uff19\uff13\uff12\uff11\uff11\uff11\uff11\uff11", "something other than the digits"),
        ("93211111\u00b2", "something other than the digits"),
        (932111111111, "a callee is text such as"),
        (b"932111111111", "a callee is text such as"),
        (None, "a callee is text such as"),
    ],
)
def test_numbers_that_are_refused(number: object, told: str) -> None:
    text = refusal(lambda: to(number))
    assert told in text
    assert "\nto\n" in text


@given(st.text(min_size=1).filter(lambda text: not re.fullmatch(r"[ .()-]*\+?[ .()0-9-]*", text)))
def test_no_other_text_is_a_number(text: str) -> None:
    assert "to[0]" in refusal(lambda: to(text))


@given(st.text("+0123456789 .-()", max_size=18) | digits)
def test_a_number_alone_is_read_as_it_is_beside_another(number: str) -> None:
    def read(*numbers: str) -> str:
        try:
            return to(*numbers)[0]
        except ValidationError as error:
            return error.errors(include_url=False)[0]["msg"]

    other = "+4917012345678"
    assume(number.translate(str.maketrans("", "", "+ .-()")) != other[1:])
    assert read(number) == read(number, other)


@given(st.text(st.characters(codec=None) | st.sampled_from("\r\n\t\x00\ufffe\ud800")))
def test_a_text_holds_what_xml_carries_and_no_cr(text: str) -> None:
    def carried(character: str) -> bool:  # XML 1.0, section 2.2
        return (
            character in "\t\n\r"
            or " " <= character <= "\ud7ff"
            or "\ue000" <= character <= "\ufffd"
            or character > "\uffff"
        )

    def build() -> str | None:
        return VoiceMessage(to=[FIRST], content=AUDIO, reference=text).reference

    if all(map(carried, text)):
        assert build() == text.replace("\r\n", "\n").replace("\r", "\n")
    else:
        assert "reference" in refusal(build)


@given(st.text(st.characters(categories=["Nd"], exclude_characters="0123456789"), min_size=7, max_size=15))
def test_digits_of_other_scripts_are_none(text: str) -> None:
    assert "to[0]" in refusal(lambda: to(text))
    assert "caller_id" in refusal(lambda: VoiceMessage(to=[FIRST], content=AUDIO, caller_id=text))


@pytest.mark.parametrize("length", [7, 15])
def test_the_bounds_of_a_number_are_taken(length: int) -> None:
    assert to("9" * length) == ("+" + "9" * length,)


def test_a_list_of_numbers_is_asked_for() -> None:
    wrongs: list[Any] = [FIRST, FIRST.encode(), None, 7, {FIRST}, iter([FIRST])]
    for wrong in wrongs:
        assert "'to' is a list of numbers" in refusal(partial(VoiceMessage, to=wrong, content=AUDIO))
    assert "no callee" in refusal(lambda: VoiceMessage(to=[], content=AUDIO))
    assert "Field required" in refusal(lambda: VoiceMessage.model_validate({"content": AUDIO}))


@given(digits, st.lists(digits, min_size=1, max_size=5, unique=True), st.data())
def test_a_number_listed_twice_is_refused_however_it_is_written(number: str, others: list[str], data: Any) -> None:
    listed = [number, *(other for other in others if other != number), data.draw(written(number))]
    told = refusal(lambda: to(*listed))
    assert f"to[{len(listed) - 1}]" in told
    assert "is the same callee as to[0]" in told
    assert number not in told


def test_text_of_another_class_becomes_plain_text() -> None:
    class Loud(str):
        __slots__ = ()

        def __repr__(self) -> str:
            return "LOUD"

    (number,) = to(Loud(FIRST))
    assert type(number) is str


@pytest.mark.parametrize(
    ("given_as", "canonical"),
    [
        ("1008122211", "1008122211"),
        ("+1 (008) 122-2211", "10081222211"),
        ("0101234567", "0101234567"),
        ("+49.30.123456", "4930123456"),
        ("1234567", "1234567"),
        ("1" * 15, "1" * 15),
    ],
)
def test_a_caller_id_is_digits_and_may_begin_with_0(given_as: str, canonical: str) -> None:
    assert VoiceMessage(to=[FIRST], content=AUDIO, caller_id=given_as).caller_id == canonical


@pytest.mark.parametrize("caller_id", ["", "123456", "1" * 16, "Acme", "1008122211x", "++1008122211", 1008122211, True])
def test_caller_ids_that_are_refused(caller_id: Any) -> None:
    told = refusal(lambda: VoiceMessage(to=[FIRST], content=AUDIO, caller_id=caller_id))
    assert told.splitlines()[1] == "caller_id"


@pytest.mark.parametrize("field", ["ring_timeout_seconds", "max_duration_seconds", "plays"])
@pytest.mark.parametrize("value", [0, -1, True, False, "1", 1.0, 1.5, float("nan"), float("inf"), [1]])
def test_counts_are_whole_numbers_from_1(field: str, value: object) -> None:
    told = refusal(lambda: VoiceMessage.model_validate({"to": [FIRST], "content": AUDIO, field: value}))
    assert told.splitlines()[1] == field


@given(st.text(st.sampled_from("a\r\n"), max_size=12))
def test_cr_and_crlf_become_lf(text: str) -> None:
    made = VoiceMessage(to=[FIRST], content=Speech("x" + text, "en"), reference=text)
    assert made.reference == re.sub("\r\n?", "\n", text)
    assert made.content.text == "x" + made.reference  # type: ignore[union-attr]


@given(st.characters(max_codepoint=0x9F) | st.characters(min_codepoint=0xD700) | st.characters(categories=["Cs"]))
def test_text_holds_what_xml_1_0_holds(char: str) -> None:
    code = ord(char)
    carried = code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
    for build in (
        lambda: VoiceMessage(to=[FIRST], content=AUDIO, reference=f"ab{char}"),
        lambda: Speech(f"ab{char}", "en"),
        lambda: UploadedAudio(f"ab{char}cd"),
        lambda: Speech("ab", "en", voice=f"ab{char}cd"),
    ):
        if carried:
            build()
        else:
            assert f"character 2 (U+{code:04X}) cannot be carried" in refusal(build)


@pytest.mark.parametrize("text", ["", " ", "\n", " a", "a ", "a\n", "\u00a0a"])
def test_ids_and_voices_have_no_white_space_around_them(text: str) -> None:
    assert "is empty or has white space around it" in refusal(lambda: UploadedAudio(text))
    assert "is empty or has white space around it" in refusal(lambda: Speech("text", "en", voice=text))


def test_an_empty_reference_is_a_value_and_an_empty_speech_none() -> None:
    assert VoiceMessage(to=[FIRST], content=AUDIO, reference="").reference == ""
    assert "text" in refusal(lambda: Speech("", "en"))


@pytest.mark.parametrize(
    ("given_as", "canonical"),
    [("EN", "en"), ("en-gb", "en-GB"), ("ZH-HANT-tw", "zh-Hant-TW"), ("es-419", "es-419"), ("SL-ROZAJ", "sl-rozaj")],
)
def test_a_language_is_bcp_47_in_its_recommended_case(given_as: str, canonical: str) -> None:
    assert Speech("text", given_as).language == canonical


@pytest.mark.parametrize(
    "language", ["", "e", "english language", "en_GB", "en-", "-en", "en--GB", "\u0435n", "en-\u0661", "e1"]
)
def test_languages_that_are_refused(language: str) -> None:
    assert "is not a BCP 47 language tag" in refusal(lambda: Speech("text", language))


@pytest.mark.parametrize("rate", [0, -1, 0.0, float("nan"), float("inf"), True, "1"])
def test_rates_that_are_refused(rate: Any) -> None:
    assert refusal(lambda: Speech("text", "en", rate=rate)).splitlines()[1] == "rate"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "http or https URL with a host"),
        ("audio.mp3", "http or https URL with a host"),
        ("ftp://host/a.mp3", "http or https URL with a host"),
        ("https:///a.mp3", "http or https URL with a host"),
        ("https://[::1/a.mp3", "is not a URL"),
        ("https://host:port/a.mp3", "is not a URL"),
        ("https://host/a b.mp3", "percent-encode"),
        ("https://host/\u00e9.mp3", "percent-encode"),
        ("https://host/a\n.mp3", "percent-encode"),
    ],
)
def test_urls_that_are_refused(url: str, told: str) -> None:
    assert told in refusal(lambda: AudioUrl(url))


@pytest.mark.parametrize("url", ["https://host/a.mp3?token=1#x", "http://127.0.0.1:80/a", "https://[::1]/a"])
def test_urls_that_are_taken(url: str) -> None:
    assert AudioUrl(url).url == url


@pytest.mark.parametrize("broken", ["+9+932111111112", "+93+932111111112", "+9", "+", "932111111+12"])
def test_what_looks_like_a_number_from_behind_is_none(broken: str) -> None:
    """Possessive groups of Python before 3.11.5 would take the first of these behind a right number."""
    with pytest.raises(ValidationError, match=r"to\[1\]"):
        VoiceMessage(to=["+932111111111", broken], content=UploadedAudio("a.mp3"))
