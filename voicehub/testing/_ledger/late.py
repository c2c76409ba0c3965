"""Laws of a ledger: whose call by an earlier attempt was told of, released or put back, is not attempted again."""

from voicehub.campaign import Call, CampaignState, Claim, Counts, Ledger, Placed
from voicehub.receipt import CallState
from voicehub.testing._checked import claim
from voicehub.testing._ledger.stand import (
    ACCOUNT,
    NAME,
    Stand,
    batches,
    decide,
    maybe,
    number,
    numbers,
    rows,
    settle,
    stands,
    take,
)

_OTHER = "backup"
REFERENCE = "order 42"


def who_was_released_and_told_of_is_accepted(stand: Stand) -> None:
    """With the id of the call, which is evidence no more; others of the batch are phoned, as the person decided."""
    ledger = running(stand, 4, 1)
    _released(ledger, 4)
    told = [_call(0), _call(1, reference="another"), _call(2, account=_OTHER), _call(3, submitted=5000.0)]
    stand.beside(ledger).hear(told, now=150.0)
    again = _claims(ledger)
    attempts = {callee: one.attempt for one in again for callee in one.callees}
    claim(attempts == dict(zip(numbers(4, 1), (2, 2, 2, 1), strict=True)), f"claimed were {again}")
    stands(ledger, Counts(submitting=4, accepted=1))
    settle(ledger, again[0], "in_doubt", now=201.0)
    ledger.flush()
    ledger = stand.crashed(ledger)
    ledger.own()
    claim(rows(ledger)[number(0)][1:] == ("accepted", "c0", None, None, ACCOUNT, 1, 110.0), "the call is not told of")
    used = Placed(again[0].batch, again[0].callees[0], ACCOUNT, "c0", 105.0)
    claim(ledger.place(NAME, [used], now=300.0) == 0, "one call settled two")


def where_all_are_told_of_the_next_are_claimed(stand: Stand) -> None:
    """Also if nobody is left, and then it can be completed. As of any doubt the vendor's clock may be behind."""
    ledger = running(stand, 2, 1)
    _released(ledger, 2)
    ledger.hear([_call(0), _call(1, submitted=95.0)], now=150.0)
    last = take(ledger, now=200.0)
    claim(last.callees == (number(2),), f"claimed was {last}")
    settle(ledger, last, "in_doubt", now=201.0)
    decide(ledger, "released", callees=[number(2)])
    ledger.hear([_call(2, submitted=200.5)], now=250.0)
    claim(maybe(ledger, now=300.0) is None, "somebody told of was claimed")
    stands(ledger, Counts(accepted=3))
    claim(ledger.change(NAME, CampaignState.COMPLETED, now=400.0) is CampaignState.COMPLETED, "it is not completed")


def who_was_put_back_and_told_of_is_accepted(stand: Stand) -> None:
    """If it was submitted since that attempt began: what was told of an earlier time is no call of it."""
    ledger = running(stand, 3)
    settle(ledger, take(ledger, now=100.0), "not_attempted", now=110.0)
    ledger.hear([_call(0, submitted=100.0), _call(1, submitted=98.5)], now=150.0)
    claim(_callees(ledger) == [*numbers(2, 1)], "who was phoned is phoned again, or others are not")
    claim(rows(ledger)[number(0)][1:3] == ("accepted", "c0"), "a call of an attempt that was put back is not theirs")


def what_does_not_count_makes_doubt(stand: Stand) -> None:
    """Pushed, and not asked for, of an account that wants it so: nobody is phoned by it, and nothing is believed."""
    ledger = running(stand, 2)
    _released(ledger, 2)
    ledger.hear([_call(0), _call(1)], now=150.0)
    ledger.hear([_call(1)._replace(verified=True)], now=150.0)
    claim(ledger.claim(NAME, _OTHER, most=None, now=200.0, verified=[ACCOUNT]) is None, "who was told of was claimed")
    stands(ledger, Counts(accepted=1, in_doubt=1))
    (doubt,) = ledger.doubts(NAME)
    claim((doubt[1:5], doubt.ended) == ((1, ACCOUNT, 100.0, 1), 110.0), f"the doubt is {doubt}")
    claim(ledger.place(NAME, [Placed(doubt.batch, number(0), ACCOUNT, "c0", 105.0)], now=300.0) == 1, "it stays so")


def whose_call_nobody_can_tell_is_for_the_person(stand: Stand) -> None:
    """It is another campaign's, or may be: who was released is phoned, for that is what was decided."""
    ledger = running(stand, 2)
    planned(ledger, "b", 2)
    ledger.change("b", CampaignState.RUNNING, now=1.0)
    _released(ledger, 2)
    theirs = take(ledger, now=101.0, name="b")
    settle(ledger, theirs, "in_doubt", now=111.0)
    claim(ledger.place("b", [Placed(theirs.batch, number(0), ACCOUNT, "c0", 105.0)], now=120.0) == 1, "it was none")
    ledger.hear([_call(0), _call(1)], now=150.0)
    claim(_callees(ledger) == [*numbers(2)], "a call of another campaign was taken for theirs")


def without_a_reference_no_call_is_known(stand: Stand) -> None:
    """Nor by one of which the document says so otherwise than as text."""
    for document in (
        {},
        {"announcement": None},
        {"announcement": {"reference": ""}},
        {"announcement": {"reference": 7}},
    ):
        ledger = stand.fresh()
        with ledger.draft(NAME, now=0.0) as draft:
            draft.add(numbers(1))
            draft.seal(document)
        ledger.own()
        ledger.change(NAME, CampaignState.RUNNING, now=1.0)
        _released(ledger, 1)
        ledger.hear([_call(0), _call(0, "empty", reference=""), _call(0, "none", reference=None)], now=150.0)
        claim(take(ledger, now=200.0).callees == numbers(1), "who was released cannot be phoned")


def who_is_told_of_is_not_canceled(stand: Stand) -> None:
    """Nor do they expire, for who is canceled may be planned again. Accepted is only of whom the vendor was asked."""
    for expires in (False, True):
        ledger = running(stand, 3, 1)
        _released(ledger, 3)
        ledger.hear([_call(0), _call(1)._replace(verified=True)], now=150.0)
        if expires:
            claim(ledger.expire(NAME, now=200.0) == 2, "others expired than nobody told of")
        else:
            ledger.change(NAME, CampaignState.CANCELED, now=200.0)
        stands(ledger, Counts(accepted=1, in_doubt=1, canceled=2))
        claim(rows(ledger)[number(1)][1:3] == ("accepted", "c1"), "a call that was asked for is not told of")


def planned(ledger: Ledger, name: str, *sizes: int) -> None:
    """Plan a campaign whose calls can be told from others."""
    with ledger.draft(name, now=0.0) as draft:
        for batch in batches(sizes):
            draft.add(batch)
        draft.seal({"announcement": {"reference": REFERENCE}})


def running(stand: Stand, *sizes: int) -> Ledger:
    """A ledger with such a campaign, owned and running."""
    ledger = stand.fresh()
    planned(ledger, NAME, *sizes)
    ledger.own()
    ledger.change(NAME, CampaignState.RUNNING, now=1.0)
    return ledger


def _released(ledger: Ledger, count: int) -> None:
    """So many were in doubt from 100 to 110, and are not any more."""
    settle(ledger, take(ledger, now=100.0), "in_doubt", now=110.0)
    decide(ledger, "released", callees=numbers(count))


def _claims(ledger: Ledger) -> list[Claim]:
    """All there are."""
    return list(iter(lambda: maybe(ledger, now=200.0), None))


def _callees(ledger: Ledger) -> list[str]:
    """All who are claimed."""
    return sorted(callee for one in _claims(ledger) for callee in one.callees)


def _call(
    at: int, call_id: str = "", *, account: str = ACCOUNT, reference: str | None = REFERENCE, submitted: float = 105.0
) -> Call:
    """A telling of the callee at this position."""
    return Call(account, call_id or f"c{at}", CallState.RINGING, number(at), reference, submitted)


LAWS = (
    who_was_released_and_told_of_is_accepted,
    where_all_are_told_of_the_next_are_claimed,
    who_was_put_back_and_told_of_is_accepted,
    what_does_not_count_makes_doubt,
    whose_call_nobody_can_tell_is_for_the_person,
    without_a_reference_no_call_is_known,
    who_is_told_of_is_not_canceled,
)
