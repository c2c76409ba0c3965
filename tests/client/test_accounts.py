"""A refusal of the whole request, and a call id that came for a callee nobody asked for."""

import pytest

from voicehub import Outcome, RefusalKind
from voicehub.client import account_for
from voicehub.provider import Refusal, Reply
from voicehub.receipt import Status

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
