"""Whom a number reaches: the codes of ITU-T E.164, compared with another list of them."""

from collections import Counter
from itertools import pairwise

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.planning import plan_of
from voicehub.campaign._input.countries import Countries, calling_codes, country_of


def test_every_calling_code_is_there() -> None:
    assert set(calling_codes()) == {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}


def test_no_code_begins_another() -> None:
    codes = sorted(calling_codes())
    assert not [pair for pair in pairwise(codes) if pair[1].startswith(pair[0])]
    assert max(map(len, codes)) == 3


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        ("2025550123", "+20 Egypt"),
        ("12025550123", "+1 North America (NANP)"),
        ("932111111111", "+93 Afghanistan"),
        ("2105550123", "+210 nobody: no such calling code"),
    ],
)
def test_the_country(digits: str, country: str) -> None:
    assert country_of(digits) == country


def test_counts() -> None:
    countries = Countries()
    countries.add("932111111111,2025550123,932111111112")
    countries.add("")
    countries.add("935111111111")
    assert list(countries.counts().items()) == [("+93 Afghanistan", 3), ("+20 Egypt", 1)]


@given(
    st.lists(st.lists(st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), max_size=20), max_size=9), st.integers(0, 9)
)
def test_however_they_are_counted_it_is_one_country_a_callee(blocks: list[list[str]], few: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("voicehub.campaign._input.countries._FEW", few)
        countries = Countries()
        for block in blocks:
            countries.add(",".join(block))
    assert countries.counts() == Counter(country_of(callee) for block in blocks for callee in block)


def test_a_plan_shows_them() -> None:
    plan, _ = plan_of("phone\n2025550123\n+1 202 555 0123\n2025550123\n")
    assert plan.countries == {"+20 Egypt": 1, "+1 North America (NANP)": 1}
