"""Which column holds the numbers: told, or the only one that can be meant."""

import pytest

from tests.campaign.planning import A, B, layout_of, plan_of
from voicehub import ConfigError


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"id,Phone Number\n1234567,{A}\n", 1),  # by its name, though another looks alike
        (f"to,what\nx,{A}\n", 0),  # by its name alone
        (f"MSISDN\n{A}\n", 0),
        (f"mobile,phone\nyes,{A}\n", 1),  # of two names the one with numbers
        (f"wer,was\nAli,{A}\nBo,{B}\n", 1),  # by its values
        (f"wer,was\nAli,\nBo,{B}\n", 1),
        (f"wer,wann\nAli,{A}\nBo\n", 1),
        (f"what,when\n123456,{A}\n", 1),  # six digits are no number
    ],
)
def test_guessed(text: str, place: int) -> None:
    column = layout_of(text).column
    assert (column.place, column.guessed) == (place, True)


@pytest.mark.parametrize(
    "first",
    [
        "\u202a+932111111119\u202c",
        "+93 211\u00a0111 1119",
        "'+932111111119",
        "tel:+932111111119",
        f"{A} / {B}",
        "n/a 932111111119",
    ],
)
def test_a_first_row_that_could_be_somebody_is_no_header(first: str) -> None:
    plan, callees = plan_of(f"{first}\n{A}\n{B}\n", column="1")
    assert (plan.header, plan.rows, sum(plan.invalid.values()), callees) == (False, 3, 1, [A, B])


def test_nobody_is_shown_where_no_column_is_found() -> None:
    with pytest.raises(ConfigError) as caught:
        layout_of("'+932111111119\n'+932111111112\n")
    assert "The columns are 1 'column_1'" in str(caught.value)


@pytest.mark.parametrize("date", ["2026-11-23", "23.11.2026", "1/12/2026"])
def test_dates_are_no_guess(date: str) -> None:
    assert layout_of(f"a,b\n{date},{A}\n{date},{B}\n").column.place == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"phone,mobile\n{A},{B}\n", "several columns could hold the numbers"),
        (f"a,b\n{A},{B}\n", "several columns could hold the numbers"),
        (f"phone,phone\n{A},{B}\n", "several columns could hold the numbers"),
        ("a,b\nx,y\n", "no column looks like numbers"),
        ("a,b\n,\n", "no column looks like numbers"),
    ],
)
def test_never_guessed_between_two(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        layout_of(text)
    assert told in str(caught.value)
    assert "--column" in str(caught.value)
    assert f"The columns are 1 '{text.split(',')[0]}', 2 " in str(caught.value)


@pytest.mark.parametrize("asked", ["b", "2"])
def test_asked_for(asked: str) -> None:
    column = layout_of(f"a,b,phone\n{A},{B},{A}\n", asked).column
    assert (column.place, column.name, column.guessed) == (1, "b", False)


def test_a_name_goes_before_a_position() -> None:
    assert layout_of(f"2,x\n{A},{B}\n", "2").column.place == 0


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("c", "there is no column 'c'. The columns are 1 'a', 2 'a'"),
        ("0", "there is no column '0'"),
        ("3", "there is no column '3'"),
        ("", "there is no column ''"),
        ("a", "2 columns are named 'a'; ask for one by its position, 1 and 2"),
    ],
)
def test_asked_for_in_vain(asked: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        layout_of(f"a,a\n{A},{B}\n", asked)
    assert told in str(caught.value)


def test_a_wide_file_is_listed_in_part() -> None:
    names = ",".join(f"c{place}" for place in range(50))
    with pytest.raises(ConfigError, match=r"30 'c29' and 20 more$"):
        layout_of(f"{names}\n{',' * 49}\n")
