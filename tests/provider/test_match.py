"""Whom a vendor means by a number: a callee where there is no doubt, else nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub import UploadedAudio, VoiceMessage
from voicehub.provider import match_callee

KABUL, BERLIN, ALSO_KABUL = "+932111111111", "+4917012345678", "+342111111111"
CONTENT = UploadedAudio("a.mp3")


def whose(digits: object, *callees: str) -> str | None:
    return match_callee(VoiceMessage(to=callees or [KABUL, BERLIN], content=CONTENT), digits)


@pytest.mark.parametrize(
    "digits",
    [
        "932111111111",
        "+932111111111",
        "+ 93 (211) 111-1111",
        "0093.211.111.1111",
        " 93\u00a0211111 1111\n",
        932111111111,
        "2111111111",
        "211-111-1111",
        "1111111",
    ],
)
def test_a_number_is_its_owners(digits: object) -> None:
    assert whose(digits) == KABUL


@pytest.mark.parametrize(
    "digits",
    [
        "",
        " ",
        "+",
        "00",
        "-",
        None,
        True,
        1.5,
        [],
        b"932111111111",
        "111111",  # six digits
        "932111111112",
        "1932111111111",  # more than the number
        "+2111111111",  # international, and not the number
        "002111111111",
        "+00932111111111",
        "93211111****",
        "\u0669\u0663\u0662111111111",
        "93211111111\u00b9",
        "02111111111",  # a national 0
        10**30,
    ],
)
def test_what_is_no_evidence_is_nobodys(digits: object) -> None:
    assert whose(digits) is None


def test_what_fits_two_is_nobodys_until_it_is_written_in_full() -> None:
    both = KABUL, ALSO_KABUL
    assert whose("2111111111", *both) is None
    assert whose("932111111111", *both) == KABUL
    shorter = "+2111111111"
    assert whose("2111111111", KABUL, shorter) is None
    assert whose("+2111111111", KABUL, shorter) == shorter
    assert whose("002111111111", KABUL, shorter) == shorter
    assert whose("002111111", "+93002111111", "+2111111") is None
    assert whose("002111111", "+93002111111") == "+93002111111"


@given(st.lists(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), min_size=1, max_size=5, unique=True), st.data())
def test_it_is_never_somebody_whose_number_does_not_end_so(callees: list[str], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(callees))
    tail = one[data.draw(st.integers(1, len(one))) :]
    ends = [callee for callee in callees if callee.endswith(tail) or callee[1:] == tail.removeprefix("00")]
    expected = one if len(tail) >= 7 and len(ends) == 1 else None
    assert whose(tail, *callees) == expected
    assert whose(one, *callees) == one
