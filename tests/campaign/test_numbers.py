"""A block is looked at whole, and says what a look at each number would say."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voicehub import ConfigError
from voicehub._forms import callee
from voicehub.campaign._input import numbers
from voicehub.campaign._input.numbers import Numbers

VALID = st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True)
DIRTY = st.tuples(VALID, st.lists(st.tuples(st.integers(0, 15), st.sampled_from(" .-()+0")), max_size=4)).map(
    lambda pair: _dressed(*pair)
)
LIKE = st.text(alphabet="0123456789 .-()+,", max_size=20)
WRITTEN = st.lists(st.one_of(VALID, VALID.map("+{}".format), DIRTY, LIKE, st.text(max_size=12)), max_size=40)


def _dressed(number: str, signs: list[tuple[int, str]]) -> str:
    for place, sign in signs:
        number = number[:place] + sign + number[place:]
    return number


def _oracle(written: list[str], least: int = 7, most: int = 15) -> tuple[list[str], list[tuple[int, str]]]:
    """Number by number, by the rule for single numbers and the three that files need besides."""
    valid, faults = [], []
    for place, number in enumerate(written):
        whole, _, decimals = number.strip(" ").rpartition(".")
        try:
            if not number.strip():
                raise ValueError("is empty")
            if whole.removeprefix("+").isascii() and whole.removeprefix("+").isdigit() and set(decimals) == {"0"}:
                raise ValueError(
                    "ends in .0, as a spreadsheet writes a number; make the column text, and save it again"
                )
            found = callee(number)
            if not least <= len(found) - 1 <= most:
                raise ValueError(f"has {len(found) - 1} digits; the rule")
            valid.append(found[1:])
        except ValueError as error:
            faults.append((place, str(error)))
    return valid, faults


@given(WRITTEN)
@example(["+93 211 111 1111", "(93) 211-111.1111", "932111111111"])
@example(["93+2111111111", "+", "++932111111111", "(+93) 2111111111", "-+932111111111"])
@example(["932111111,932111112"])
@example(["+44 (0)20 79460000", "932111111111"])
@example(["932111111111.0", "932111111111.00 ", "93.211.111.11.0"])
@example(["9321111111", "932", "93211111111111111"])  # together as long as three of the first
@example(["932111111111", "", "   ", "\t"])
@example(["0932111111111", "00932111111111", "932111111111"])
@example(["9321111111111111", "932111111111"])
@example(["٩٣٢١١١١١١١١", "932111111111", "\ud800"])
@example([])
def test_a_block_says_what_each_number_says(written: list[str]) -> None:
    checked = Numbers().check(written)
    assert (checked.numbers(), list(checked.faults)) == _oracle(written)


@given(st.integers(6, 16), st.booleans(), st.data(), st.sampled_from(["", ",", "+", "0", "+0", "a", "7"]))
def test_a_look_at_columns_says_what_the_pattern_says(digits: int, plus: bool, data: st.DataObject, odd: str) -> None:
    numbers = data.draw(st.lists(st.integers(10 ** (digits - 1), 10**digits - 1), min_size=1, max_size=9))
    text = "".join(f"{'+' * plus}{number}," for number in numbers)
    place = data.draw(st.integers(0, len(text) - 1))
    text = text[:place] + odd + text[place + data.draw(st.integers(0, 1)) :]
    if "," in text:
        looked = Numbers()
        alike, joined = {len(one) for one in text.split(",")[:-1]}, text.encode()
        signs = {one.startswith("+") for one in text.split(",")[:-1]}
        whole = looked._run(joined) == len(joined)
        assert looked._are_alike(joined) == (whole and len(alike) == len(signs) == 1)


@given(WRITTEN, st.integers(7, 15), st.integers(7, 15))
def test_the_vendors_bounds(written: list[str], one: int, other: int) -> None:
    least, most = sorted((one, other))
    checked = Numbers(least=least, most=most, rule="the rule").check(written)
    assert (checked.numbers(), list(checked.faults)) == _oracle(written, least, most)


DATES = ["2026-11-23", "1999-01-31", "23.11.2026", "1.2.2026", " 2026-11-23 ", "2026.11.23", "23-11-2026", "2026 11 23"]
DATES += ["23 11 2026", "11-23-2026", "2026-11-5", "2026- 11-23", "(2026) 11-23", "2026.11-23", "23 - 11 - 2026"]


@pytest.mark.parametrize("date", DATES)
def test_a_date_is_no_number(date: str) -> None:
    checked = Numbers().check(["+932111111111", date, "93-211-111-1112", "93.211.111.1113"])
    assert checked.faults == [(1, "is a date")]
    assert checked.numbers() == ["932111111111", "932111111112", "932111111113"]


@given(VALID, st.from_regex(numbers._DATE, fullmatch=True), st.sampled_from(["", " ", "+"]))
def test_every_date_is_found_in_a_block(number: str, date: str, before: str) -> None:
    """A block is searched in other words than a single number is."""
    written = [number, before + date, number]
    checked, alone = Numbers().check(written), Numbers().check([before + date])
    assert checked.numbers() == [number, *alone.numbers(), number]
    assert checked.faults == [(1, why) for _, why in alone.faults]
    assert (before == "+") != (alone.faults == [(0, "is a date")])


def test_a_wider_limit_than_everybodys_opens_nothing() -> None:
    assert Numbers(least=1, most=None).check(["12345", "9321111111111111"]).digits == b""


def test_most_of_a_block_with_one_wrong_number_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(written: str) -> str:
        asked.append(written)
        return callee(written)

    monkeypatch.setattr(numbers, "callee", counted)
    checked = Numbers().check(["932111111111"] * 1000 + ["n/a"] + ["+932111111111"] * 1000)
    assert (asked, [place for place, _ in checked.faults]) == (["n/a"], [1000])
    assert checked.numbers() == ["932111111111"] * 2000


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0700 123 456", "93700123456"),
        ("700123456", "93700123456"),
        ("93700123456", "93700123456"),
        ("0093 700 123 456", "93700123456"),
        ("+44 20 7946 0000", "442079460000"),
    ],
)
def test_national_numbers(written: str, number: str) -> None:
    assert Numbers("af").check(["+932111111111", written]).numbers() == ["932111111111", number]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("07", "is no number of AF: it is too short"),
        ("0700 123 456 789 012 345", "is no number that could be dialled in AF"),
        ("0700 123 456 78", "is no number of AF: it is too long"),
        ("00999 123 4567", "is no number that could be dialled in AF"),
        ("1800FLOWERS", "holds something other than"),
        ("0700123456 x5", "holds something other than"),
        ("700123456.0", "ends in .0"),
        ("+0700123456", "starts with 0"),
    ],
)
def test_what_is_no_national_number(written: str, why: str) -> None:
    ((place, reason),) = Numbers("AF").check(["+932111111111", written]).faults
    assert place == 1
    assert why in reason


def test_a_number_without_its_area() -> None:
    ((_, reason),) = Numbers("US").check(["5550123"]).faults
    assert reason == "is no number of US: it lacks the area code"


def test_numbers_that_are_international_already_need_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = Numbers("AF")
    monkeypatch.setattr("voicehub.campaign._input.numbers._international", None)
    assert numbers.check(["+93 211 111 1111"] * 2).numbers() == ["932111111111"] * 2


def test_a_region_nobody_knows() -> None:
    with pytest.raises(ConfigError, match="two letters"):
        Numbers("Afghanistan")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'voicehub-core\[phone\]'"):
        Numbers("AF")
    assert Numbers().check(["932111111111"]).numbers() == ["932111111111"]
