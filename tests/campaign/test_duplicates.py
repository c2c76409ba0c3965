"""De-duplication is exact, keeps the first, and needs little memory."""

import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub.campaign._input.duplicates import COMES_AGAIN, REPEATED, Duplicates

FEW = st.integers(1, 60).map(lambda number: str(9_320_000_000 + number * 512))  # in one array, often repeated
ANY = st.integers(10**6, 10**15 - 1).map(str)
BLOCKS = st.lists(st.lists(st.one_of(FEW, FEW, ANY), max_size=90), max_size=12)


def _marks(blocks: list[list[str]], held: int = 10**6) -> list[list[int]]:
    with Duplicates(held) as duplicates:
        for block in blocks:
            duplicates.add(",".join(block).encode())
        return [list(found or bytes(len(block))) for found, block in zip(duplicates.found(), blocks, strict=True)]


@given(BLOCKS, st.sampled_from([1, 50, 200, 10**6]))
def test_it_is_what_a_dict_does(blocks: list[list[str]], held: int) -> None:
    times = Counter(number for block in blocks for number in block)
    seen: set[str] = set()
    for block, marks in zip(blocks, _marks(blocks, held), strict=True):
        for number, mark in zip(block, marks, strict=True):
            first = COMES_AGAIN if times[number] > 1 else 0
            assert mark == (REPEATED if number in seen else first)
            seen.add(number)


@pytest.mark.parametrize("number", ["1000000", "932111111111", "999999999999999", "100000000000000"])
def test_numbers_that_differ_by_a_digit_differ(number: str) -> None:
    others = {number[:at] + digit + number[at + 1 :] for at in range(len(number)) for digit in "0123456789"}
    others |= {number[:-1], number + "0"[: 15 - len(number)], "1" + number[:14]}
    others = {other for other in others if not other.startswith("0")}
    assert _marks([sorted(others)]) == [[0] * len(others)]
    assert _marks([[other] for other in sorted(others)]) == [[0]] * len(others)


def test_nobody_is_no_number() -> None:
    assert _marks([[], ["932111111"], [], ["932111111"], []]) == [[], [COMES_AGAIN], [], [REPEATED], []]


def test_memory_does_not_grow_with_the_numbers() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with Duplicates(1000) as duplicates:
            for start in range(0, count, 500):
                duplicates.add(",".join(str(93_000_000_000 + number) for number in range(start, start + 500)).encode())
            for _ in duplicates.found():
                pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(100_000) < 2 * peak(10_000) + 500_000  # 90 000 numbers more would be 5 MB in a set
