"""Laws of a ledger: what vendors tell of calls is kept, however often and in whatever order; and settles doubts."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import reduce
from itertools import permutations
from typing import Any

from hypothesis import strategies as st

from voicehub.campaign import Call, CampaignState, Counts, Ledger, Placed, merge
from voicehub.receipt import CallState, Outcome
from voicehub.testing._checked import claim
from voicehub.testing._ledger.stand import NAME, Stand, decide, number, numbers, refused, rows, settle, stands, take

_MINE, _OTHER = "account", "other-account"
_REFERENCE = "order 42"
_TEXTS = st.none() | st.sampled_from(("a", "b", "c\u00e9"))
_TIMES = st.none() | st.sampled_from((1.0, 2.5, 1764000000.125))
_TIED = (("0.05", "b"), ("0.050", "b"), ("0.05", "c"))  # equal amounts, of which the longer one decides
_TELLINGS = st.builds(
    Call,
    st.just(_MINE),
    st.just("one"),
    st.sampled_from(CallState),
    callee=st.none() | st.just(number(1)),
    reference=_TEXTS,
    submitted=_TIMES,
    answered=_TIMES,
    ended=_TIMES,
    call_seconds=st.none() | st.integers(0, 9),
    cost=st.none() | st.sampled_from((Decimal("0.05"), Decimal("0.050"), Decimal(2))),
    currency=_TEXTS,
    pressed_key=_TEXTS,
    code=_TEXTS,
    reason=_TEXTS,
    verified=st.booleans(),
)


def tellings_of_a_call_are_joined(stand: Stand) -> None:
    """Any order and any number of repeats end in the same, at once or one by one; what is known never gets less."""

    def check(told: list[Call], again: list[Call], shuffled: list[Call]) -> None:
        ledger, other = stand.fresh(), stand.fresh()
        try:
            for call in (*told, *(call for call in again if repr(tuple(call)) in map(repr, map(tuple, told))), *told):
                ledger.hear([call], now=1.0)
            claim(other.hear(shuffled, now=1.0) > 0, "what is heard first changes nothing")
            for verified in (False, True):
                either = [known(each, verified=verified) for each in (ledger, other)]
                claim(repr(tuple(either[0] or ())) == repr(tuple(either[1] or ())), "the order of tellings shows")
                meant = [call for call in told if call.verified or not verified]
                claim(either[0] == (reduce(merge, meant) if meant else None), "it is not the join of what was told")
            claim(ledger.hear(told, now=2.0) == 0, "what was heard before changed something")
        finally:
            stand.close()

    tied = [Call(_MINE, "one", CallState.QUEUED, cost=Decimal(cost), currency=currency) for cost, currency in _TIED]
    for order in permutations(tied):
        check(tied, tied, list(order))
        check(list(order), tied, tied)
    lists = st.lists(_TELLINGS, min_size=1, max_size=5)
    both = lists.flatmap(lambda told: st.tuples(st.just(told), lists, st.permutations(told)))
    stand.for_all(lambda each: check(*each), both, share=2)


def known(ledger: Ledger, call_id: str = "one", *, verified: bool = False) -> Call | None:
    """What is known of this call."""
    return ledger.calls(_MINE, [call_id, "nobody's"], verified=verified).get(call_id)


def states_never_go_backwards(stand: Stand) -> None:
    """In each order of ringing, answered and completed it is completed; only a later hang-up says otherwise."""
    steps = [call(CallState.RINGING), call(CallState.ANSWERED), call(CallState.COMPLETED, ended=50.0)]
    for order in permutations(steps):
        ledger = stand.fresh()
        for step in order:
            ledger.hear([step], now=1.0)
            ledger.hear([call(CallState.UNKNOWN)], now=1.0)
        found = known(ledger)
        claim(found is not None and found.state is CallState.COMPLETED, f"it is {found}")
        for ended, expected in ((49.0, CallState.COMPLETED), (51.0, CallState.BUSY)):
            ledger.hear([call(CallState.BUSY, ended=ended)], now=2.0)
            found = known(ledger)
            claim(found is not None and found.state is expected, f"after a hang-up at {ended} it is {found}")


def what_was_heard_outlives_a_crash(stand: Stand) -> None:
    """Durable on return, also of many who tell at the same time; nobody need own the ledger for it."""
    ledger = stand.fresh()
    claim(not ledger.has_heard(_MINE), "it heard before anything was told")
    told = [call(CallState.BUSY, f"{at}", ended=at) for at in range(40)]
    with ThreadPoolExecutor(8) as threads:
        changed = list(threads.map(lambda one: ledger.hear([one, one], now=1.0), told))
    claim(changed == [1] * len(told), f"heard were {changed}")
    ledger = stand.crashed(ledger)
    found = ledger.calls(_MINE, [one.call_id for one in told])
    claim(found == {one.call_id: one for one in told}, "a call was forgotten, or changed")
    claim(ledger.calls(_OTHER, ["1"]) == {}, "a call of another account")
    claim((ledger.has_heard(_MINE), ledger.has_heard(_OTHER)) == (True, False), "of whom it heard is wrong")


def calls_are_found_by_callee_and_reference(stand: Stand) -> None:
    """Both, and a time of submission; of the account asked for, and verified where that is asked."""
    ledger = stand.fresh()
    whole: dict[str, Any] = {"callee": number(1), "reference": _REFERENCE, "submitted": 5.0}
    right = call(CallState.BUSY, "right", **whole)
    missing = [call(CallState.BUSY, f"no {name}", **{**whole, name: None}) for name in whole]
    wrong = [call(CallState.BUSY, "other", **{**whole, "reference": "x"}), right._replace(account=_OTHER)]
    ledger.hear([*missing, *wrong, right, call(CallState.RINGING, "right")], now=1.0)
    asked = [number(1), number(2)]
    found = ledger.heard(_MINE, _REFERENCE, asked)
    claim([one.call_id for one in found] == ["right"], f"found were {found}")
    claim(list(ledger.heard(_MINE, _REFERENCE, asked, verified=True)) == [], "what was pushed is verified")
    ledger.hear([right._replace(verified=True)], now=1.0)
    claim(len(ledger.heard(_MINE, _REFERENCE, asked, verified=True)) == 1, "what was asked for is not found")
    claim(len(ledger.heard(_MINE, _REFERENCE, asked)) == 1, "one call was found twice")


def who_was_found_is_accepted(stand: Stand) -> None:
    """With the call's id alone, durably, also beside the owner; only who is in doubt, and others of the batch stay."""
    ledger = stand.running(3, 2)
    first, submitting = take(ledger), take(ledger)
    ledger.settle(first, [Outcome(each, "in_doubt", None, "-18", "unclear") for each in first.callees], now=3.0)
    beside = stand.beside(ledger)
    asked = [placed(first.batch, at, f"c{at}") for at in (1, 2)]
    strays = [placed(submitting.batch, 3, "c3"), placed(first.batch, 9, "c9"), placed(99, 0, "c0")]
    claim(beside.place(NAME, [*asked, *strays], now=9.0) == 2, "others were placed than are in doubt")
    stands(ledger, Counts(submitting=2, accepted=2, in_doubt=1))
    claim(rows(ledger)[number(1)][1:5] == ("accepted", "c1", None, None), "it lacks the id, or keeps the doubt's words")
    claim(beside.place(NAME, asked, now=9.0) == 0, "somebody was placed twice")
    settle(ledger, submitting, "accepted")
    ledger.flush()
    ledger = stand.crashed(ledger)
    stands(ledger, Counts(accepted=4, in_doubt=1))


def a_call_settles_one_doubt(stand: Stand) -> None:
    """What was evidence once is none again: not in the same batch, not in another campaign."""
    ledger = stand.running(2)
    stand.running(2, ledger=ledger, name="b")
    mine, theirs = take(ledger), take(ledger, name="b")
    settle(ledger, mine, "in_doubt")
    settle(ledger, theirs, "in_doubt")
    claim(ledger.place(NAME, [placed(mine.batch, at, "same") for at in (0, 1)], now=9.0) == 1, "one call placed two")
    claim(ledger.place("b", [placed(theirs.batch, 0, "same")], now=9.0) == 0, "one call settled two campaigns")
    claim(ledger.place("b", [placed(mine.batch, 1, "new")], now=9.0) == 0, "a batch of another campaign was placed")
    claim(ledger.place("b", [placed(theirs.batch, 0, "new")], now=9.0) == 1, "a new call is no evidence")
    stands(ledger, Counts(accepted=1, in_doubt=1))
    stands(ledger, Counts(accepted=1, in_doubt=1), "b")


def who_was_not_seen_stays_in_doubt(stand: Stand) -> None:
    """It is noted until when, a later note stands, and nobody moves; batches without doubts have no note."""
    ledger = stand.running(2, 1, 1)
    doubted, accepted, elsewhere = take(ledger, now=4.0), take(ledger), take(ledger)
    settle(ledger, doubted, "in_doubt", now=6.0)
    settle(ledger, accepted, "accepted")
    settle(ledger, elsewhere, "in_doubt", "accepted")
    before = list(ledger.results(NAME))
    asked = [doubted.batch, accepted.batch]
    notes = [ledger.unseen(NAME, asked, until) for until in (50.0, 40.0, 60.0)]
    claim(notes == [1, 0, 1], f"noted were {notes}")
    claim([one.unseen_until for one in ledger.doubts(NAME)] == [60.0, None], "the note is lost, or of others")
    claim(list(ledger.results(NAME)) == before, "a note moved somebody")
    stands(ledger, Counts(accepted=1, in_doubt=3))
    decide(ledger, "released", callees=[number(0)])
    claim(take(ledger).callees == (number(0),), "who was not seen cannot be released")


def doubts_are_told_with_their_callees(stand: Stand) -> None:
    """Each batch of `doubts`, with whoever of it is in doubt, in order; after a crash, too, and then without an end."""
    ledger = stand.running(3, 2, 1)
    settle(ledger, take(ledger, now=5.0), "accepted", "in_doubt", now=6.0)
    take(ledger)
    ledger = stand.crashed(ledger)
    ledger.own()
    decide(ledger, "released", callees=[number(1)])
    told = list(ledger.doubted(NAME))
    claim([doubt for doubt, _ in told] == list(ledger.doubts(NAME)), "they are not the doubts")
    claim([list(callees) for _, callees in told] == [[number(2)], [*numbers(2, 3)]], "others are in doubt")
    claim([doubt.ended for doubt, _ in told] == [6.0, None], "an attempt that was lost has an end, or the other none")


def who_was_under_way_is_known(stand: Stand) -> None:
    """Of every campaign, whose last attempt was under way then: accepted, in doubt or submitting, and nobody else."""
    ledger = stand.running(4, 1)
    stand.running(1, ledger=ledger, name="b", first=50)
    part, back = take(ledger, now=10.0), take(ledger, now=11.0)
    settle(ledger, part, "accepted", "refused", "in_doubt", "not_attempted", now=20.0)
    settle(ledger, back, "not_attempted", now=21.0)
    take(ledger, now=30.0, name="b")

    def under_way(since: float, until: float) -> list[tuple[str, str]]:
        each = ledger.attempted(since, until)
        return sorted((one.campaign, result.callee) for one in each for result in one.results)

    mine, theirs = [(NAME, number(0)), (NAME, number(2))], [("b", number(50))]
    for since, until, expected in (
        (0, 9, []),
        (0, 10, mine),
        (20, 29, mine),
        (20.5, 29, []),
        (99, 99, theirs),
        (0, 99, mine + theirs),
    ):
        claim(under_way(since, until) == expected, f"from {since} to {until} it is {under_way(since, until)}")
    found = {one.campaign: (one.began, one.ended) for one in ledger.attempted(0, 99)}
    claim(found == {NAME: (10.0, 20.0), "b": (30.0, None)}, f"the times are {found}")


def evidence_asks_for_a_campaign(stand: Stand) -> None:
    """`place`, `unseen` and `doubted` refuse a name nobody planned; a canceled campaign's doubts are settled still."""
    ledger = stand.running(1)
    with refused("evidence for a name nobody planned"):
        ledger.place("nobody", [], now=1.0)
    with refused("a note for a name nobody planned"):
        ledger.unseen("nobody", [], 1.0)
    with refused("doubts of a name nobody planned"):
        list(ledger.doubted("nobody"))
    claimed = take(ledger)
    ledger.change(NAME, CampaignState.CANCELED, now=3.0)
    settle(ledger, claimed, "in_doubt", now=4.0)
    claim(ledger.place(NAME, [placed(claimed.batch, 0, "late")], now=5.0) == 1, "a canceled campaign keeps its doubts")
    stands(ledger, Counts(accepted=1))


def call(state: CallState, call_id: str = "one", **told: Any) -> Call:
    """A telling."""
    return Call(_MINE, call_id, state, **told)


def placed(batch: int, at: int, call_id: str) -> Placed:
    """Evidence for the callee at this position of a list."""
    return Placed(batch, number(at), _MINE, call_id, 5.0)


LAWS = (
    tellings_of_a_call_are_joined,
    states_never_go_backwards,
    what_was_heard_outlives_a_crash,
    calls_are_found_by_callee_and_reference,
    who_was_found_is_accepted,
    a_call_settles_one_doubt,
    who_was_not_seen_stays_in_doubt,
    doubts_are_told_with_their_callees,
    who_was_under_way_is_known,
    evidence_asks_for_a_campaign,
)
