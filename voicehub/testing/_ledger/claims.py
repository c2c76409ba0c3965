"""Laws of a ledger: who may be claimed, once; what a claim settles to; and when who went back is due again."""

from hypothesis import strategies as st

from voicehub.campaign import CampaignState, Counts
from voicehub.receipt import Outcome, Status
from voicehub.testing._checked import claim
from voicehub.testing._ledger.stand import (
    ACCOUNT,
    NAME,
    Stand,
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

_STATUSES: st.SearchStrategy[Status] = st.sampled_from(["accepted", "refused", "in_doubt"])
_WORDS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_HEX = st.text("0123456789abcdef", min_size=8, max_size=8)


def each_batch_is_claimed_once_in_order(stand: Stand) -> None:
    """First to last, each once, with its first attempt; then there is nothing."""
    ledger = stand.running(2, 1, 3)
    claims = [take(ledger) for _ in range(3)]
    claim([one.callees for one in claims] == [numbers(2), numbers(1, 2), numbers(3, 3)], f"claimed were {claims}")
    claim({one.attempt for one in claims} == {1}, f"first attempts are {claims}")
    claim(len({one.batch for one in claims}) == 3, "two batches of one number")
    claim(maybe(ledger) is None, "something was claimed twice")
    stands(ledger, Counts(submitting=6))
    submitting = rows(ledger)[number(0)]
    claim(submitting[5:] == (ACCOUNT, 1, 2.0), f"of a submitting callee is told {submitting[5:]}")


def only_the_owner_claims_and_settles(stand: Stand) -> None:
    """Without `own` both are refused, and there is one owner."""
    ledger = stand.planned(1)
    ledger.change(NAME, CampaignState.RUNNING, now=1)
    with refused("a claim without own()"):
        maybe(ledger)
    ledger.own()
    claim(list(ledger.own()) == [], "to own twice is no error, and finds nothing")
    other = stand.beside(ledger)
    with refused("a second owner"):
        other.own()
    with refused("a claim of who is no owner"):
        maybe(other)
    claimed = take(ledger)
    with refused("to settle for the owner"):
        settle(other, claimed, "accepted")
    stands(other, Counts(submitting=1))
    settle(ledger, claimed, "accepted")
    ledger.close()
    claim(list(other.own()) == [], "the next owner found doubts")


def only_a_running_campaign_is_claimed(stand: Stand) -> None:
    """Not before it runs, not while it is paused (by whomever), and never after it was canceled."""
    ledger = stand.planned(1, 1, 1)
    ledger.own()
    other = stand.beside(ledger)
    claim(maybe(ledger) is None, "a planned campaign was claimed")
    ledger.change(NAME, CampaignState.RUNNING, now=1)
    take(ledger)
    other.change(NAME, CampaignState.PAUSED, now=1)
    claim(maybe(ledger) is None, "a paused campaign was claimed")
    ledger.change(NAME, CampaignState.RUNNING, now=1)
    take(ledger)
    other.change(NAME, CampaignState.CANCELED, now=1)
    claim(maybe(ledger) is None, "a canceled campaign was claimed")
    stands(ledger, Counts(submitting=2, canceled=1))


def a_batch_is_cut_to_what_fits(stand: Stand) -> None:
    """``most`` callees from the front; the rest stays in its place, before later batches."""
    ledger = stand.running(5, 2)
    claims = [take(ledger, most=2) for _ in range(3)]
    claim([one.callees for one in claims] == [numbers(2), numbers(2, 2), numbers(1, 4)], f"cut were {claims}")
    stands(ledger, Counts(pending=2, submitting=5))
    settle(ledger, claims[1], "not_attempted")
    claim(take(ledger, most=1).callees == (number(2),), "who went back is not in its place")
    settle(ledger, claims[0], "accepted", "in_doubt")
    settle(ledger, claims[2], "refused")
    order = [result.callee for result in ledger.results(NAME)]
    claim(order == list(numbers(7)), f"after cuts the results are not in input order: {order}")
    stands(ledger, Counts(pending=3, submitting=1, accepted=1, refused=1, in_doubt=1))
    with refused("a claim of nobody", ValueError):
        maybe(ledger, most=0)


def who_is_suppressed_is_not_claimed(stand: Stand) -> None:
    """Recorded in the same change; whole batches too; and the cut is filled with those who are left."""
    ledger = stand.running(2, 4, 1)
    claimed = take(ledger, most=2, spare={number(0), number(1), number(3)})
    claim(claimed.callees == (number(2), number(4)), f"claimed was {claimed.callees}")
    stands(ledger, Counts(pending=2, submitting=2, suppressed=3))
    settle(ledger, claimed, "accepted")
    claim(maybe(ledger, spare={number(5), number(6)}) is None, "a suppressed callee was claimed")
    stands(ledger, Counts(accepted=2, suppressed=5))
    claim(rows(ledger)[number(3)][2:] == (None, None, None, None, 0, None), "words of a suppressed callee")


def a_suppression_that_fails_changes_nothing(stand: Stand) -> None:
    """The caller gets its own error back, and the ledger goes on."""
    ledger = stand.running(2)

    def unreadable(_: object) -> list[int]:
        raise ZeroDivisionError("the list cannot be read")

    with refused("a suppression that failed", ZeroDivisionError):
        ledger.claim(NAME, ACCOUNT, most=1, now=2, suppress=unreadable)
    stands(ledger, Counts(pending=2))
    claim(take(ledger).attempt == 1, "an attempt was counted that never was")


def what_was_said_is_kept_word_for_word(stand: Stand) -> None:
    """Any mixture of outcomes, with any ids, codes and reasons."""
    words = st.tuples(_STATUSES, _HEX | _WORDS, _WORDS, _WORDS) | st.tuples(_STATUSES, _HEX, st.just("0"), st.none())

    def check(told: list[tuple[Status, str | None, str | None, str | None]]) -> None:
        ledger = stand.running(len(told))
        claimed = take(ledger, now=2.5)
        outcomes = [Outcome(callee, *said) for callee, said in zip(claimed.callees, told, strict=True)]
        ledger.settle(claimed, outcomes, now=3.5)
        for outcome, result in zip(outcomes, ledger.results(NAME), strict=True):
            claim(tuple(result) == (*outcome, ACCOUNT, 1, 3.5), f"{tuple(outcome)} became {tuple(result)}")
        ledger.close()

    stand.for_all(check, st.lists(words, min_size=1, max_size=6), share=4)


def a_claim_is_settled_once(stand: Stand) -> None:
    """Not twice, not with another attempt's claim, not with outcomes of others."""
    ledger = stand.running(2)
    claimed = take(ledger)
    for wrong in (said(claimed, "accepted")[:1], said(claimed, "accepted")[::-1], []):
        with refused("outcomes of others", ValueError):
            ledger.settle(claimed, wrong, now=3)
    settle(ledger, claimed, "not_attempted")
    with refused("to settle a second time"):
        settle(ledger, claimed, "accepted")
    again = take(ledger)
    claim((again.callees, again.attempt) == (claimed.callees, 2), f"the second claim is {again}")
    with refused("to settle with an older claim"):
        settle(ledger, claimed, "accepted")
    settle(ledger, again, "refused")
    stands(ledger, Counts(refused=2))


def who_was_not_attempted_is_due_again(stand: Stand) -> None:
    """All or some of them, at ``not_before`` and no sooner, with the next attempt; the others keep their outcome."""
    ledger = stand.running(3, 1)
    claim(ledger.next_due(NAME) == 0.0, "who never waited is due")
    first, second = take(ledger), take(ledger)
    claim(ledger.next_due(NAME) is None, "nobody is pending")
    settle(ledger, first, "not_attempted", "accepted", "not_attempted", not_before=20)
    settle(ledger, second, "not_attempted", not_before=30)
    stands(ledger, Counts(pending=3, accepted=1))
    claim(rows(ledger)[number(0)][2:] == (None, None, None, None, 0, None), "words of a pending callee")
    claim(ledger.next_due(NAME) == 20, f"the first is due at {ledger.next_due(NAME)}")
    claim(maybe(ledger, now=19.9) is None, "claimed before it was due")
    again = take(ledger, now=20)
    claim((again.callees, again.attempt) == ((number(0), number(2)), 2), f"due again is {again}")
    claim(maybe(ledger, now=20) is None, "claimed before it was due")
    settle(ledger, again, "in_doubt", "refused", now=21)
    claim([rows(ledger)[number(at)].attempt for at in range(4)] == [2, 1, 2, 0], "attempts are counted wrong")
    claim(take(ledger, now=30).callees == (number(3),), "who waited longest was lost")


LAWS = (
    each_batch_is_claimed_once_in_order,
    only_the_owner_claims_and_settles,
    only_a_running_campaign_is_claimed,
    a_batch_is_cut_to_what_fits,
    who_is_suppressed_is_not_claimed,
    a_suppression_that_fails_changes_nothing,
    what_was_said_is_kept_word_for_word,
    a_claim_is_settled_once,
    who_was_not_attempted_is_due_again,
)
