"""At most the last two digits of a number, never a secret, never a control character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub._masking import HIDDEN, hide, mask_number, mask_text, printable, size_of

numbers = st.integers(10**6, 10**15 - 1).map("+{}".format)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+932111111111", "+**********11"),
        ("932111111111", "**********11"),
        ("1234", "**34"),
        ("+123", "+*23"),
        ("123", "***"),
        ("12", "**"),
        ("", ""),
    ],
)
def test_a_masked_number(number: str, shown: str) -> None:
    assert mask_number(number) == shown


@given(numbers)
def test_a_masked_number_keeps_its_length_and_two_digits(number: str) -> None:
    masked = mask_number(number)
    assert len(masked) == len(number)
    assert sum(char.isdigit() for char in masked) == 2


@given(st.lists(numbers, min_size=1, max_size=4, unique=True), st.text(st.sampled_from("ab <>"), max_size=5))
def test_numbers_are_hidden_wherever_they_stand(hidden: list[str], glue: str) -> None:
    text = glue.join([f"x{number[1:]}y" for number in hidden])
    shown = hide(text, numbers=hidden)
    assert not any(number[1:] in shown for number in hidden)
    assert len(shown) == len(text)


def test_a_number_that_begins_another_does_not_uncover_it() -> None:
    assert hide("12345678 1234567", numbers=["+1234567", "+12345678"]) == "******78 *****67"


def test_secrets_are_hidden_and_an_empty_one_hides_nothing() -> None:
    shown = hide("key=abcdef sign=abcdefgh", secrets=["abcdefgh", "abcdef"])
    assert shown == f"key={HIDDEN} sign={HIDDEN}"
    assert hide("text", secrets=[""], numbers=["", "+"]) == "text"


@given(st.text(max_size=5))
def test_a_short_secret_makes_no_text_unreadable(secret: str) -> None:
    told = f"ConnectError: {secret}"
    assert hide(told, secrets=[secret]) == told
    assert mask_text("ConnectError", [secret, "e"]) == "ConnectError"


def test_a_secret_is_hidden_from_six_characters_on() -> None:
    assert hide("ConnectError", secrets=["nectE"]) == "ConnectError"
    assert hide("ConnectError", secrets=["nectEr"]) == f"Con{HIDDEN}ror"


def test_a_secret_is_hidden_in_capital_and_small_letters() -> None:
    assert hide("ABCdef ghijkl", secrets=["abcDEF", "GHIJKL"]) == f"{HIDDEN} {HIDDEN}"


@given(st.permutations(["abcdef", "abcdefghi", "defghi"]))
def test_the_order_of_secrets_does_not_matter(secrets: list[str]) -> None:
    shown = hide("<abcdefghi>", secrets=secrets)
    assert not any(secret in shown for secret in secrets)


@given(numbers, st.text(max_size=8), st.text(max_size=8))
def test_a_strangers_text_shows_no_number(number: str, before: str, after: str) -> None:
    shown = mask_text(f"{before} {number} {after}")
    assert number[1:] not in shown
    assert number[1:-2] not in shown


@pytest.mark.parametrize(
    "text",
    [
        *("+93 211 111 1111", "93-211-1111111", "(93) 211.1111111", "93\xa0211\u202f111\xa01111", "93,211,111,1111"),
        *("93/211/1111111", "93_211_1111111", "93 - 211 - 111 - 1111", "93\u2013211\u20131111111"),
        *("\u0669\u0663\u0662\u0661\u0661\u0661\u0661\u0661", "\uff19\uff13 \uff12\uff11\uff11 \uff11\uff11\uff11"),
        *("93\t211\t1111111", "93\u2212211\u22121111111", "93\xad211\xad1111111", "93\xb7211\u20221111111"),
        "\u096f\u0969\u0968\u0967\u0967\u0967\u0967\u0967",
    ],
)
def test_a_number_with_separators_is_masked_too(text: str) -> None:
    assert sum(char.isdigit() for char in mask_text(f"bad {text}!")) == 2


def test_a_strangers_text_is_cut_and_may_be_missing() -> None:
    assert mask_text("a" * 500) == "a" * 200 + " ..."
    assert mask_text("a" * 200) == "a" * 200
    assert mask_text(None) == ""


@given(st.text(st.characters()))
def test_what_is_printed_repaints_no_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u2029\u202e\u2066" for char in shown)
    shown.encode()  # no lone surrogate is left


def test_what_is_printed_keeps_the_rest() -> None:
    assert printable("a\x1b[2J\n\u202e\ud800\u00e9\u4e2d") == "a\\x1b[2J\\n\\u202e\\ud800\u00e9\u4e2d"


def test_of_a_text_only_its_size_is_told() -> None:
    assert size_of("code 4711") == "<9 characters>"
    assert size_of("") == "<0 characters>"
    assert size_of(None) == "None"
