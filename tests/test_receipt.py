"""What became of every callee: an outcome for each, and a receipt that shows no number."""

import pickle
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicehub import Outcome, Receipt
from voicehub.receipt import Accepted, Ids, Status, counts_of, statuses_of

ACCEPTED = Outcome("+932111111111", "accepted", "2203031134011000001", "0", "success")
REFUSED = Outcome("+932111111112", "refused", None, "-22", "bad number 932111111112")
DOUBT = Outcome("+932111111113", "in_doubt")
NOT_TRIED = Outcome("+932111111114", "not_attempted")
RECEIPT = Receipt("alerts", "onbuka-v3", (ACCEPTED, REFUSED, DOUBT, NOT_TRIED), (Outcome("+932111111119", "accepted"),))


def test_a_receipt_tells_the_callees_apart() -> None:
    assert RECEIPT.accepted == (ACCEPTED,)
    assert RECEIPT.refused == (REFUSED,)
    assert RECEIPT.in_doubt == (DOUBT,)
    assert RECEIPT.not_attempted == (NOT_TRIED,)
    assert RECEIPT.counts() == {"accepted": 1, "refused": 1, "in_doubt": 1, "not_attempted": 1}
    assert RECEIPT.counts().keys() == set(get_args(Status))


def test_a_receipt_is_gone_through_in_order() -> None:
    assert list(RECEIPT) == [ACCEPTED, REFUSED, DOUBT, NOT_TRIED]
    assert len(RECEIPT) == 4


@given(st.lists(st.sampled_from(get_args(Status))))
def test_every_callee_is_in_one_of_the_four(statuses: list[str]) -> None:
    outcomes = tuple(Outcome(f"+{9000000 + n}", status) for n, status in enumerate(statuses))  # type: ignore[arg-type]
    receipt = Receipt(None, "acme", outcomes)
    parts = (*receipt.accepted, *receipt.refused, *receipt.in_doubt, *receipt.not_attempted)
    assert sorted(parts) == sorted(outcomes)
    assert sum(receipt.counts().values()) == len(receipt)


def test_no_repr_shows_a_number() -> None:
    assert repr(ACCEPTED) == (
        "Outcome(callee='+**********11', status='accepted', call_id='2203031134011000001', code='0', reason='success')"
    )
    assert repr(REFUSED) == (
        "Outcome(callee='+**********12', status='refused', call_id=None, code='-22', reason='bad number **********12')"
    )
    named = Outcome("+932111111111", "accepted", "call-932111111111", "932111111111")
    assert "932111111111" not in repr(named)
    assert repr(RECEIPT) == (
        "Receipt(account='alerts', provider='onbuka-v3', accepted=1, refused=1, in_doubt=1, not_attempted=1, "
        "unmatched=1)"
    )


def test_no_repr_repaints_a_terminal() -> None:
    wicked = Outcome("+932111111111", "accepted", "\x1b[2J", "\r", "line\nline \u202e")
    assert repr(wicked).isprintable()


def test_both_are_plain_values() -> None:
    for thing in (ACCEPTED, RECEIPT):
        assert pickle.loads(pickle.dumps(thing)) == thing
        assert hash(thing) == hash(pickle.loads(pickle.dumps(thing)))
    assert ACCEPTED._replace(status="in_doubt") != ACCEPTED
    with pytest.raises(AttributeError):
        RECEIPT.account = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ACCEPTED.status = "refused"  # type: ignore[misc]


@pytest.mark.parametrize("width", [1, 2, 3, 6])
def test_ids_in_one_text_are_those_of_a_tuple(width: int) -> None:
    ids = Ids("abcdef", width)
    each = tuple("abcdef"[at : at + width] for at in range(0, 6, width))
    assert (len(ids), tuple(ids), ids[:1], ids[-1], ids[0]) == (len(each), each, each[:1], each[-1], each[0])
    assert pickle.loads(pickle.dumps(ids)) == ids
    assert repr(ids) == f"<{len(each)} call ids>"
    with pytest.raises(IndexError):
        ids[6]


def test_columns_are_the_rows_they_stand_for() -> None:
    columns = Accepted(("+932111111111", "+932111111112"), ["1", "2"], "0", "success")
    rows = tuple(Outcome(f"+93211111111{at}", "accepted", str(at), "0", "success") for at in (1, 2))
    assert columns == rows
    assert rows == columns
    assert columns == Accepted(*(getattr(columns, name) for name in ("callees", "call_ids", "code", "reason")))
    assert columns != [*rows]
    assert columns != rows[:1]
    for other in ({"callee": "+932111111113"}, {"call_id": "3"}, {"code": "1"}, {"reason": None}):
        assert columns != (rows[0], rows[1]._replace(**other))
    assert (hash(columns), repr(columns), len(columns)) == (hash(rows), repr(rows), 2)
    assert (columns[1], columns[-1], columns[:1], [*columns]) == (rows[1], rows[1], rows[:1], [*rows])
    assert (counts_of(columns), statuses_of(columns)) == (counts_of(rows), statuses_of(rows))
    assert pickle.loads(pickle.dumps(columns)) == rows
    receipt = Receipt("a", "b", columns)
    assert receipt == Receipt("a", "b", rows)
    assert receipt.accepted == rows
