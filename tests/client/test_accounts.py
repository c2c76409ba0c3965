"""A refusal of the whole request, a call id that came for a callee nobody asked for, and rows that are none."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.client.support import message
from voicehub import Outcome, RefusalKind
from voicehub.client import Tally, account_for
from voicehub.provider import Refusal, Reply
from voicehub.receipt import Accepted, Ids, Status

A, B, STRANGER = "+932111111111", "+932111111112", "+4917012345678"


@pytest.mark.parametrize("callee", [STRANGER, ""])
@pytest.mark.parametrize(
    ("said", "call_id", "expected"),
    [
        ("accepted", "1", "in_doubt"),
        ("in_doubt", "1", "in_doubt"),
        ("refused", "1", "refused"),
        ("accepted", None, "refused"),
        ("in_doubt", None, "refused"),
    ],
)
def test_a_call_of_a_stranger_may_be_that_of_who_has_no_row(
    callee: str, said: Status, call_id: str | None, expected: Status
) -> None:
    rows = (Outcome(callee, said, call_id), Outcome(A, "refused", None, "-22"))
    outcomes, left_over = account_for([A, B], Refusal(RefusalKind.REQUEST, "-1", "no", rows), Reply(200, {}))
    assert outcomes == [rows[1], Outcome(B, expected, None, "-1", "no")]
    assert left_over == [rows[0]]


def test_a_further_row_of_who_was_asked_for_leaves_the_others_refused() -> None:
    rows = (Outcome(A, "accepted", "1"), Outcome(A, "accepted", "2"))
    outcomes, _ = account_for([A, B], Refusal(RefusalKind.REQUEST, outcomes=rows), Reply(200, {}))
    assert [outcome.status for outcome in outcomes] == ["accepted", "refused"]


ROWS: st.SearchStrategy[Any] = st.builds(
    Outcome,
    st.sampled_from([A, B, None, 7]),
    st.sampled_from(["accepted", "refused", "in_doubt", "not_attempted", "", None, [], 1]),
    *[st.sampled_from([None, "1", 1, b"1"])] * 3,
) | st.sampled_from([None, (A, "accepted", "1", "0", ""), "row"])


def believed(rows: list[Any]) -> bool:
    try:
        account_for([A], rows, Reply(200, {}))
    except TypeError:
        return False
    return True


@given(ROWS)
def test_a_row_is_believed_alone_as_it_is_among_many(row: Any) -> None:
    many = [Outcome(f"+9321{number:08}", "accepted") for number in range(20)]
    assert believed([row]) == believed([*many, row])


@given(ROWS, st.sampled_from([(A,), (B,), (A, B)]), st.sampled_from([200, 408]))
@example(Outcome(A, "refused"), (A,), 408)
@example(Outcome(A, "accepted"), (B,), 200)
def test_a_row_in_a_list_settles_whom_it_settles_in_any_sequence(row: Any, asked: Any, status: int) -> None:
    def settled(rows: Any) -> Any:
        try:
            outcomes, left_over = account_for(asked, rows, Reply(status, {}))
        except TypeError:
            return None
        return [*outcomes], [*left_over]

    assert settled([row]) == settled((row,))


def test_not_every_row_is_believed() -> None:
    assert believed([Outcome(A, "accepted", "1")])
    assert not believed([Outcome(A, "accepted", 1)])  # type: ignore[arg-type]


def test_columns_are_believed_as_their_rows_are() -> None:
    asked = [A, B]
    told = Accepted(asked, ["1", "2"], "0", None)
    outcomes, left_over = account_for(asked, told, Reply(200, {}))
    assert outcomes is told
    assert not left_over
    assert account_for(asked, tuple(told), Reply(200, {})) == (tuple(told), ())


def test_a_column_that_is_too_short_leaves_the_last_in_doubt() -> None:
    asked = [A, B]
    outcomes, _ = account_for(asked, Accepted(asked, ["1"], "0", None), Reply(200, {}))
    assert [outcome.status for outcome in outcomes] == ["accepted", "in_doubt"]


@pytest.mark.parametrize(("call_ids", "code"), [(["1", 2], "0"), (["1", "2"], 0)])
def test_columns_of_what_is_no_text_are_not_believed(call_ids: list[Any], code: Any) -> None:
    asked = [A, B]
    with pytest.raises(TypeError):
        account_for(asked, Accepted(asked, call_ids, code, None), Reply(200, {}))


@pytest.mark.parametrize(
    ("joined", "width", "right"), [("ab", 1, True), ("ab", 2, False), ("a", 1, False), ("", 0, False)]
)
def test_ids_in_one_text_are_believed_if_there_is_one_for_each(joined: str, width: int, right: bool) -> None:
    asked = [A, B]
    told = Accepted(asked, Ids(joined, width), "0", None)
    if right:
        assert account_for(asked, told, Reply(200, {}))[0] is told
        assert list(told) == list(Accepted(asked, ["a", "b"], "0", None))
    else:
        assert not believed_whole(asked, told)


def believed_whole(asked: list[str], told: Accepted) -> bool:
    """Whether nobody of them is left in doubt."""
    try:
        outcomes, _ = account_for(asked, told, Reply(200, {}))
    except ValueError:  # as any exception of a reading: everybody is in doubt
        return False
    return all(outcome.status == "accepted" for outcome in outcomes)


@pytest.mark.parametrize("ids", [Ids(12, 1), Ids("ab", "1")])  # type: ignore[arg-type]
def test_ids_of_what_is_no_text_are_not_believed(ids: Ids) -> None:
    with pytest.raises(TypeError):
        account_for([A, B], Accepted([A, B], ids, "0", None), Reply(200, {}))


def test_columns_of_others_settle_nobody() -> None:
    outcomes, left_over = account_for([A], Accepted([STRANGER], ["1"], "0", None), Reply(200, {}))
    assert [outcome.status for outcome in outcomes] == ["in_doubt"]
    assert [outcome.callee for outcome in left_over] == [STRANGER]


words = st.sampled_from(["", "0", "success", None, 0, ["x"]])


@given(st.sampled_from([A, B, "", None]), st.sampled_from(["accepted", "refused", "in_doubt", "other"]), words, words)
def test_a_single_row_is_accounted_for_as_one_of_many(callee: Any, status: Any, call_id: Any, reason: Any) -> None:
    row = Outcome(callee, status, call_id, "0", reason)

    def told(rows: Any) -> object:
        try:
            outcomes, left_over = account_for([A], rows, Reply(200, {}))
        except TypeError:
            return TypeError
        return [*outcomes], [*left_over]

    assert told([row]) == told((row,))  # a tuple goes the long way


class Interrupting(list[Outcome]):
    """Rows that are interrupted the n-th time they are counted, as by Ctrl-C in the midst of `Tally.settle`."""

    left = 0

    def __len__(self) -> int:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return list.__len__(self)


def test_an_interruption_while_an_answer_is_recorded_leaves_each_callee_once() -> None:
    third = "+932111111113"
    first, rest = message(A, B), message(third)
    found = set()
    for moment in range(1, 5):
        tally, rows = Tally(), Interrupting([Outcome(A, "accepted", "1"), Outcome(B, "accepted", "2")])
        tally.begin(message(A, B, third), None, "plain")
        tally.hand_over(first)
        rows.left = moment
        try:
            tally.settle(rows)
        except KeyboardInterrupt:
            pass
        else:
            tally.hand_over(rest)
        rows.left = 0
        receipt = tally.receipt()
        assert [outcome.callee for outcome in receipt] == [A, B, third]
        found.add(" ".join(outcome.status for outcome in receipt))
    assert found == {"in_doubt in_doubt not_attempted", "accepted accepted in_doubt"}
