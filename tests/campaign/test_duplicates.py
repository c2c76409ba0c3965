"""De-duplication is exact, keeps the first, and needs little memory."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from voicehub.campaign._duplicates import Duplicates

FEW = st.integers(1, 60).map(lambda number: str(9_320_000_000 + number * 512))  # in one array, often repeated
ANY = st.integers(10**6, 10**15 - 1).map(str)
BLOCKS = st.lists(st.lists(st.one_of(FEW, FEW, ANY), max_size=90), max_size=12)


def _without(blocks: list[list[str]], held: int) -> list[str]:
    with Duplicates(held) as duplicates:
        for block in blocks:
            duplicates.add(",".join(block).encode())
        left, at = [], iter(blocks)
        for run in duplicates.runs():
            kept: set[str] = set()
            for _ in range(run.blocks):
                block = next(at)
                gone = set(run.places(block, kept))
                left += [number for place, number in enumerate(block) if place not in gone]
    assert next(at, None) is None
    return left


@given(BLOCKS, st.sampled_from([1, 50, 200, 10**6]))
def test_it_is_what_a_dict_does(blocks: list[list[str]], held: int) -> None:
    assert _without(blocks, held) == list(dict.fromkeys(number for block in blocks for number in block))


def test_memory_does_not_grow_with_the_numbers() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with Duplicates(1000) as duplicates:
            for start in range(0, count, 500):
                duplicates.add(",".join(str(93_000_000_000 + number) for number in range(start, start + 500)).encode())
            for _ in duplicates.runs():
                pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(100_000) < 2 * peak(10_000) + 500_000  # 90 000 numbers more would be 5 MB in a set
