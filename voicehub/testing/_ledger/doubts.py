"""Laws of a ledger: what a crash leaves, what a person may decide of doubts, and how a campaign ends early."""

from typing import get_args

from voicehub.campaign import CampaignState, Counts, Decision
from voicehub.receipt import Outcome
from voicehub.testing._checked import claim
from voicehub.testing._ledger.stand import (
    ACCOUNT,
    NAME,
    Stand,
    decide,
    maybe,
    number,
    numbers,
    refused,
    rows,
    said,
    settle,
    stands,
    take,
)


def a_crash_leaves_doubt_and_nothing_else(stand: Stand) -> None:
    """What was submitting is in doubt, exactly that, and stays so; what was settled stays settled; the rest goes on."""
    ledger = stand.running(3, 2, 2, 1)
    done, lost = take(ledger, most=2), take(ledger, now=2.5)
    settle(ledger, done, "accepted", "refused")
    lost_too = take(ledger, now=2.75)
    ledger.flush()
    ledger = stand.crashed(ledger)
    stands(ledger, Counts(pending=3, submitting=3, accepted=1, refused=1))
    doubts = ledger.own()
    told = [(one.batch, one.attempt, one.account, one.began, one.callees) for one in doubts]
    expected = [(one.batch, 1, ACCOUNT, began, len(one.callees)) for one, began in ((lost, 2.5), (lost_too, 2.75))]
    claim(told == expected, f"the doubts of the crash are {told}, and should be {expected}")
    claim(list(ledger.doubts(NAME)) == list(doubts), "doubts() tells it otherwise than own()")
    stands(ledger, Counts(pending=3, accepted=1, refused=1, in_doubt=3))
    claim(rows(ledger)[lost.callees[0]][5:] == (ACCOUNT, 1, 2.5), "of whom is in doubt it is told who was to call")
    claim(ledger.record(NAME).state is CampaignState.RUNNING, "a killed run is running still")
    claimed = [maybe(ledger) for _ in range(3)]
    claim([one and len(one.callees) for one in claimed] == [2, 1, None], f"after a crash were claimed {claimed}")
    with refused("to settle a claim of an earlier run"):
        settle(ledger, lost, "accepted")
    ledger = stand.crashed(ledger)
    claim(len(ledger.own()) == 2, "the doubts of the first crash came again, or the others did not")


def a_claim_outlives_a_crash(stand: Stand) -> None:
    """Once `claim` returned, the intent is kept, and what was settled before it too."""
    ledger = stand.running(1, 1)
    settle(ledger, take(ledger), "accepted")
    take(ledger)
    ledger = stand.crashed(ledger)
    stands(ledger, Counts(submitting=1, accepted=1))


def doubts_say_what_was_heard(stand: Stand) -> None:
    """Whole batches and single callees in doubt, with account, time and words; none when there are none."""
    ledger = stand.running(2, 3)
    claim(not ledger.doubts(NAME), "doubts before anything was sent")
    whole, part = take(ledger, now=5), take(ledger, now=6)
    ledger.settle(whole, said(whole, "in_doubt"), now=7, why="no answer")
    ledger.settle(part, said(part, "accepted", "in_doubt"), now=8)
    found = [tuple(one) for one in ledger.doubts(NAME)]
    expected = [
        (whole.batch, 1, ACCOUNT, 5.0, 2, "no answer", 7.0, None),
        (part.batch, 1, ACCOUNT, 6.0, 2, None, 8.0, None),
    ]
    claim(found == expected, f"the doubts are {found}, and should be {expected}")
    claim(maybe(ledger) is None, "somebody in doubt was claimed")


def a_person_decides_of_callees(stand: Stand) -> None:
    """Placed, held, released, in several batches at once; who is released is claimed with the next attempt."""
    ledger = stand.running(3, 3)
    for claimed in (take(ledger), take(ledger)):
        outcomes = [Outcome(callee, "in_doubt", "id", "-18", "unclear") for callee in claimed.callees]
        ledger.settle(claimed, [outcomes[0]._replace(status="accepted"), *outcomes[1:]], now=3)
    claim(decide(ledger, "held", callees=[number(1), number(4)]) == 0, "held moved somebody")
    claim(decide(ledger, "placed", callees=[number(1), number(4)]) == 2, "placed moved others than asked")
    stands(ledger, Counts(accepted=4, in_doubt=2))
    claim(rows(ledger)[number(4)][1:] == ("accepted", "id", "-18", "unclear", ACCOUNT, 1, 3.0), "placed lost the words")
    claim(decide(ledger, "released", callees=iter([number(5)])) == 1, "released moved others than asked")
    stands(ledger, Counts(pending=1, accepted=4, in_doubt=1))
    again = take(ledger)
    claim((again.callees, again.attempt) == ((number(5),), 2), f"who was released is claimed as {again}")
    settle(ledger, again, "refused", now=4)
    claim(rows(ledger)[number(5)][1:] == ("refused", None, None, None, ACCOUNT, 2, 4.0), "the last word is not told")
    claim([result.callee for result in ledger.results(NAME)] == list(numbers(6)), "the results lost the input order")


def a_person_decides_of_a_batch(stand: Stand) -> None:
    """All who are in doubt in it, also after a crash; then it has no doubts."""
    ledger = stand.running(2, 2, 2)
    for _ in range(3):
        take(ledger)
    ledger = stand.crashed(ledger)
    first, second, third = (doubt.batch for doubt in ledger.own())
    claim(decide(ledger, "placed", batch=first) == 2, "placed moved others than the batch")
    claim(decide(ledger, "released", batch=second) == 2, "released moved others than the batch")
    claim(decide(ledger, "held", batch=third) == 0, "held moved somebody")
    stands(ledger, Counts(pending=2, accepted=2, in_doubt=2))
    claim([doubt.batch for doubt in ledger.doubts(NAME)] == [third], "a decided batch is in doubt still")
    claim(take(ledger).attempt == 2, "a released batch forgot its first attempt")
    with refused("to decide a second time"):
        decide(ledger, "placed", batch=first)
    for callees, batch in ((None, None), ([number(4)], third)):
        with refused("callees and a batch, or neither", ValueError):
            decide(ledger, "placed", callees, batch)


def a_decision_is_whole_or_none(stand: Stand) -> None:
    """One callee that is not in doubt refuses all of them; the error shows no number."""
    ledger = stand.running(2, 2)
    settle(ledger, take(ledger), "in_doubt")
    settle(ledger, take(ledger), "in_doubt", "accepted")
    before = list(ledger.results(NAME))
    for other in (number(3), number(77)):
        for decision in get_args(Decision):
            try:
                with refused("a callee that is not in doubt"):
                    decide(ledger, decision, callees=[number(0), number(2), other])
            finally:
                claim(list(ledger.results(NAME)) == before, "a refused decision changed something")


def who_is_released_is_phoned_again_or_refused(stand: Stand) -> None:
    """A completed campaign is paused then, for somebody is pending; a canceled one phones nobody any more."""
    ledger = stand.running(2)
    settle(ledger, take(ledger), "in_doubt")
    ledger.change(NAME, CampaignState.COMPLETED, now=4)
    decide(ledger, "released", callees=[number(0)])
    claim(ledger.record(NAME).state is CampaignState.PAUSED, "a campaign with somebody pending is completed")
    ledger.change(NAME, CampaignState.CANCELED, now=5)
    with refused("to release of a canceled campaign"):
        decide(ledger, "released", callees=[number(1)])
    decide(ledger, "placed", callees=[number(1)])
    stands(ledger, Counts(accepted=1, canceled=1))


def a_cancel_lets_what_is_in_flight_finish(stand: Stand) -> None:
    """Who is pending is canceled, at once and for good; a claim is settled still, but nobody of it is pending again."""
    ledger = stand.running(3, 2, 2, 1)
    claims = [take(ledger) for _ in range(3)]
    ledger.change(NAME, CampaignState.CANCELED, now=2)
    stands(ledger, Counts(submitting=7, canceled=1))
    settle(ledger, claims[0], "accepted", "not_attempted", "in_doubt")
    settle(ledger, claims[1], "not_attempted")
    stands(ledger, Counts(submitting=2, accepted=1, in_doubt=1, canceled=4))
    ledger = stand.crashed(ledger)
    ledger.own()
    stands(ledger, Counts(accepted=1, in_doubt=3, canceled=4))
    claim(ledger.record(NAME).state is CampaignState.CANCELED, "a canceled campaign came back")


def who_expires_is_canceled(stand: Stand) -> None:
    """Everybody pending, at whatever time they are due; the campaign goes on otherwise."""
    ledger = stand.running(2, 3, 1)
    first, second = take(ledger, most=1), take(ledger)
    settle(ledger, second, "not_attempted", not_before=100)
    claim(ledger.expire(NAME, now=5) == 5, "others expired than were pending")
    claim((ledger.expire(NAME, now=5), ledger.next_due(NAME)) == (0, None), "somebody is pending still")
    stands(ledger, Counts(submitting=1, canceled=5))
    settle(ledger, first, "accepted")
    claim(ledger.change(NAME, CampaignState.COMPLETED, now=6) is CampaignState.COMPLETED, "it cannot be completed")


def who_was_phoned_elsewhere_is_known(stand: Stand) -> None:
    """Accepted, in doubt or submitting in other campaigns, since then; nobody of one's own, refused, or put back."""
    ledger = stand.running(5, 1, 1)
    part, back, _ = take(ledger, now=10), take(ledger, now=11), take(ledger, now=12)
    settle(ledger, part, "accepted", "refused", "in_doubt", "not_attempted", now=20)
    settle(ledger, back, "not_attempted", now=21)
    stand.planned(1, ledger=ledger, name="b", first=100)

    def phoned(since: float, other_than: str) -> list[str]:
        return sorted(callee for some in ledger.phoned_since(since, other_than=other_than) for callee in some)

    claim(phoned(0, "b") == [number(0), number(2), number(6)], f"phoned were {phoned(0, 'b')}")
    claim(phoned(20, "b") == [number(0), number(2)], f"phoned since 20 were {phoned(20, 'b')}")
    claim(phoned(20.5, "b") == [] == phoned(0, NAME), "phoned before, or by this campaign")


def who_is_released_may_have_rung(stand: Stand) -> None:
    """A release says of one campaign that it may phone again: of others, who was in doubt may have been phoned."""
    ledger = stand.running(2, 1)
    told, _ = take(ledger, now=10), take(ledger, now=12)
    settle(ledger, told, "in_doubt", "accepted", now=20)
    ledger.flush()
    ledger = stand.crashed(ledger)
    ledger.own()
    decide(ledger, "released", callees=[number(0), number(2)])

    def phoned(since: float) -> set[str]:
        return {callee for some in ledger.phoned_since(since, other_than="b") for callee in some}

    def under_way(since: float, until: float) -> set[tuple[str, float, float | None]]:
        each = [one for one in ledger.attempted(since, until) if one.campaign == NAME]
        return {(row.callee, one.began, one.ended) for one in each for row in one.results if row.state == "in_doubt"}

    first, second = (number(0), 10.0, 20.0), (number(2), 12.0, None)
    for _ in range(2):  # pending again, then refused
        claim(phoned(12) == set(numbers(3)), f"phoned since 12 were {phoned(12)}")
        claim(phoned(12.5) == {number(0), number(1)}, f"phoned since 12.5 were {phoned(12.5)}")
        claim(phoned(20.5) == set() == set(ledger.phoned_since(0, other_than=NAME)), "phoned before, or by this one")
        for since, until, expected in ((0, 10, {first}), (20, 99, {first, second}), (21, 99, {second}), (0, 9, set())):
            claim(under_way(since, until) == expected, f"from {since} to {until} it is {under_way(since, until)}")
        while (again := maybe(ledger, now=30)) is not None:
            settle(ledger, again, "refused", now=31)


LAWS = (
    a_crash_leaves_doubt_and_nothing_else,
    a_claim_outlives_a_crash,
    doubts_say_what_was_heard,
    a_person_decides_of_callees,
    a_person_decides_of_a_batch,
    a_decision_is_whole_or_none,
    who_is_released_is_phoned_again_or_refused,
    a_cancel_lets_what_is_in_flight_finish,
    who_expires_is_canceled,
    who_was_phoned_elsewhere_is_known,
    who_is_released_may_have_rung,
)
