"""Packed columns: nothing is lost, and what vendors mostly say takes next to nothing."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub._callees import Canonical, Joined, digits_of
from voicehub.campaign._sqlite.packing import Columns, pack, pack_callees, unpack, unpack_callees, unpack_ids
from voicehub.errors import LedgerError
from voicehub.receipt import Accepted, Ids, Outcome

NUMBERS = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
HEX = st.text("0123456789abcdef", min_size=1, max_size=33)
WORDS = st.none() | HEX | st.sampled_from(["", "0", "-18", "ABCD", "0x1f", " 12", "é\u2028\x00", "\ud800"]) | st.text()


@given(st.lists(NUMBERS, max_size=30, unique=True))
def test_any_numbers_come_back(callees: list[str]) -> None:
    packed = pack_callees(callees)
    assert unpack_callees(packed) == tuple(callees)
    digits = digits_of(callees)
    known = Canonical.of(digits)  # what is known to be canonical is packed without a look at each
    assert (known, known.digits, pack_callees(known)) == (tuple(callees), digits_of(known), packed)
    assert Canonical(callees).digits == digits
    joined = Joined(digits)
    assert (list(joined), len(joined), pack_callees(joined), digits_of(joined)) == (
        callees,
        len(callees),
        packed,
        digits,
    )


@given(st.lists(NUMBERS, min_size=1, max_size=9, unique=True), st.data())
def test_a_number_twice_is_refused_by_its_place(callees: list[str], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(callees))
    with pytest.raises(ValueError, match=f"^callee {len(callees)} is in the batch twice"):
        pack_callees([*callees, again])


NIBBLES = "0123456789abcdef"


@given(st.integers(5, 17), st.integers(1, 6), st.data())
def test_what_is_taken_for_callees_is_what_the_pattern_takes(width: int, count: int, data: st.DataObject) -> None:
    """Of numbers of one length the columns are looked at: they must never tell otherwise than one by one."""
    digit = st.text(NIBBLES[:10], min_size=width, max_size=width).map(lambda number: "a" + number.replace("0", "1", 1))
    written = data.draw(st.lists(digit, min_size=count, max_size=count).map("".join))
    at = data.draw(st.integers(0, len(written) - 1))
    if data.draw(st.booleans()):
        written = written[:at] + data.draw(st.sampled_from(NIBBLES)) + written[at + 1 :]
    right = re.fullmatch("(a[1-9][0-9]{6,14})*", written.rstrip("f"))
    packed = bytes.fromhex(written + "f" * (len(written) % 2))
    if right:
        assert unpack_callees(packed) == tuple(f"+{number}" for number in written.rstrip("f").split("a")[1:])
    else:
        with pytest.raises(LedgerError, match="the ledger is damaged"):
            unpack_callees(packed)


@pytest.mark.parametrize(
    "packed", ["a932", "fa9320000001", "b93200000001", "a0932000001f", "a9320000000000000f", "93200000001f"]
)
def test_what_was_packed_otherwise_is_damage(packed: str) -> None:
    with pytest.raises(LedgerError, match="the ledger is damaged"):
        unpack_callees(bytes.fromhex(packed))


@pytest.mark.parametrize("wrong", ["", "+", "932000001", "+0932000001", "+93200", "+9320000000000000", "+93 2000001"])
@pytest.mark.parametrize("others", [[], ["+93200000001"]])
def test_what_is_no_number_is_refused_by_its_place(wrong: str, others: list[str]) -> None:
    with pytest.raises(ValueError, match=f"^callee {len(others)} of the batch is not E.164"):
        pack_callees([*others, wrong, *others])
    with pytest.raises(ValueError, match=r"^callee 0 of the batch is not E.164"):
        pack_callees(["+93200000001,+93200000002", *others])  # two in one


@given(st.lists(st.tuples(st.sampled_from(".ardscm"), WORDS, WORDS, WORDS), min_size=1, max_size=20))
def test_any_words_come_back(said: list[tuple[str, str | None, str | None, str | None]]) -> None:
    letters = "".join(status for status, *_ in said)
    columns = Columns(letters, *([row[at] for row in said] for at in (1, 2, 3)))
    assert [list(column) for column in unpack(pack(columns))] == [list(column) for column in columns]


_SAID = st.lists(st.tuples(st.sampled_from(".ardscm"), WORDS, WORDS), min_size=1, max_size=4)


@given(st.lists(_SAID | _SAID.map(lambda said: said[:1]), max_size=9))
def test_ids_of_many_batches_are_those_of_each(batches: list[list[tuple[str, str | None, str | None]]]) -> None:
    each = [
        Columns("".join(row[0] for row in rows), *([row[at] for row in rows] for at in (1, 2, 2))) for rows in batches
    ]
    found = [(states, [*ids]) for states, ids in unpack_ids([pack(columns) for columns in each])]
    assert sorted(found, key=repr) == sorted(((one.states, [*one.call_ids]) for one in each), key=repr)


@pytest.mark.parametrize("ids", [["AB", "CD", "EF"], ["ab", "Cd", "ef"], [" a", "b ", "cc"], ["a\n", "bc", "de"]])
def test_what_is_nearly_hex_comes_back_as_it_was(ids: list[str]) -> None:
    columns = Columns("aaa", ids, [None] * 3, [None] * 3)
    assert list(unpack(pack(columns)).call_ids) == ids


@given(st.data(), st.integers(1, 40), st.integers(1, 300))
def test_ids_of_one_length_come_back_with_gaps_between_them(data: st.DataObject, width: int, count: int) -> None:
    drawn = random.Random(data.draw(st.integers()))
    ids = [None if drawn.random() < 0.1 else drawn.randbytes(width).hex()[:width] for _ in range(count)]
    columns = Columns("a" * count, ids, ids[::-1], [None] * count)
    assert [list(column) for column in unpack(pack(columns))] == [list(column) for column in columns]


def test_more_kinds_than_an_index_holds_come_back() -> None:
    codes = [str(at // 3) * 2 for at in range(900)]
    assert unpack(pack(Columns("a" * 900, codes, codes, codes))).codes == codes


def test_what_vendors_mostly_say_takes_little() -> None:
    callees = tuple(f"+93{at:010d}" for at in range(1000))
    drawn = random.Random(1)
    accepted = [Outcome(callee, "accepted", drawn.randbytes(16).hex(), "0") for callee in callees]
    mixed = [row if at % 10 else Outcome(row.callee, "refused", None, "-7", "bad") for at, row in enumerate(accepted)]
    assert len(pack_callees(callees)) == 6500
    assert len(pack(Columns.of(callees, accepted))) < 16_100
    assert len(pack(Columns.of(callees, mixed))) < 15_000


def test_outcomes_of_others_are_refused() -> None:
    one, two = Outcome("+93200000001", "accepted"), Outcome("+93200000002", "accepted")
    for outcomes in ([], [one], [two, one], [one, two, two]):
        with pytest.raises(ValueError, match="one outcome per callee is needed, in their order: 2; given were"):
            Columns.of((one.callee, two.callee), outcomes)


@given(st.lists(NUMBERS, min_size=1, max_size=9, unique=True), WORDS, WORDS)
def test_columns_of_who_is_accepted_are_those_of_their_rows(
    callees: list[str], code: str | None, why: str | None
) -> None:
    told = Accepted(callees, [f"id {at}" for at in range(len(callees))], code, why)
    assert pack(Columns.of(callees, told)) == pack(Columns.of(callees, tuple(told)))
    for others in ([*callees, "+93200000001"], [*callees[1:], "+93200000001"], [*callees[1:], callees[0]]):
        if others != callees:
            with pytest.raises(ValueError, match="one outcome per callee"):
                Columns.of(others, told)


@given(
    st.integers(1, 9), st.integers(1, 40), st.randoms(use_true_random=False), st.sampled_from(["09", "0f", "0F", "0x"])
)
def test_ids_kept_as_one_text_are_packed_as_they_are_one_by_one(
    width: int, count: int, drawn: random.Random, kind: str
) -> None:
    signs = [sign for sign in "0123456789abcdefABCDEFx" if kind == "0x" or "0" <= sign <= kind[1]]
    ids = Ids("".join(drawn.choices(signs, k=width * count)), width)
    assert (len(ids), list(ids)) == (count, [ids[at] for at in range(count)])
    letters, nothing = "a" * count, (None,) * count
    assert pack(Columns(letters, ids, nothing, nothing)) == pack(Columns(letters, list(ids), nothing, nothing))
