"""Laws of a ledger: plans and drafts, the states of a campaign, and what is shown of it."""

from collections.abc import Callable

from voicehub.campaign import CampaignState, Counts
from voicehub.testing._checked import claim
from voicehub.testing._ledger.stand import (
    NAME,
    Stand,
    batches,
    maybe,
    number,
    numbers,
    plan,
    refused,
    rows,
    settle,
    stands,
    take,
)

Verb = Callable[..., object]
PLANNED, RUNNING, PAUSED, COMPLETED, CANCELED = CampaignState
MOVES = {(PLANNED, RUNNING), (PLANNED, CANCELED), (RUNNING, PAUSED), (PAUSED, RUNNING)} | {
    (before, after) for before in (RUNNING, PAUSED) for after in (COMPLETED, CANCELED)
}


def a_plan_is_kept_whole_and_in_order(stand: Stand) -> None:
    """Names oldest first; document, attachment and time as given; every callee pending, in input order."""
    ledger = stand.fresh()
    document = {"text": "Grüße \u2713", "deep": {"list": [1, 2.5, None, True]}}
    for name, first in (("z", 0), ("a", 100)):
        with ledger.draft(name, now=12.5) as draft:
            for batch in batches((3, 1, 4), first):
                draft.add(batch)
            draft.seal(document, b"\x00\xff attached")
    claim(list(ledger.names()) == ["z", "a"], f"the names are {list(ledger.names())}")
    record = ledger.record("a")
    claim((record.name, record.state, record.created) == ("a", PLANNED, 12.5), f"the record is {record}")
    claim((record.document, record.attachment) == (document, b"\x00\xff attached"), f"the record is {record}")
    stands(ledger, Counts(pending=8), "a")
    order = [result.callee for result in ledger.results("a")]
    claim(order == list(numbers(8, 100)), "the results are not in input order")
    claim(all(row[2:] == (None, None, None, None, 0, None) for row in ledger.results("a")), "words without an attempt")


def numbers_of_any_length_are_kept(stand: Stand) -> None:
    """7 to 15 digits, mixed, in batches of any size."""
    ledger = stand.fresh()
    callees = [f"+{'9' * digits}" for digits in range(15, 6, -1)]
    plan(ledger, NAME, iter([tuple(callees[:1]), tuple(callees[1:])]))
    claim([result.callee for result in ledger.results(NAME)] == callees, "the numbers changed")


def what_is_no_number_is_refused(stand: Stand) -> None:
    """What is not canonical E.164, or stands there twice, raises ``ValueError`` without a number, and is not kept."""
    ledger = stand.fresh()
    with ledger.draft(NAME, now=0) as draft:
        draft.add([number(1)])
        for wrong in (
            "93200000002",
            "+0932000002",
            "+932000",
            "+9320000000000021",
            "+93 2000002",
            "",
            "+93200000002,",
            number(3),
        ):
            with refused(repr(wrong), ValueError):
                draft.add([number(3), wrong])
        draft.seal({})
    stands(ledger, Counts(pending=1))


def a_batch_without_callees_is_none(stand: Stand) -> None:
    """It is planned, and nobody is claimed for it."""
    ledger = stand.fresh()
    with ledger.draft(NAME, now=0) as draft:
        for batch in ([], [number(1)], [], numbers(2, 10)):
            draft.add(batch)
        draft.seal({})
    claim(list(rows(ledger)) == [number(1), *numbers(2, 10)], "the callees are not those that were added")
    ledger.own()
    ledger.change(NAME, RUNNING, now=1)
    claim(take(ledger).callees == (number(1),), "the first claim is not the first batch")
    claim(tuple(take(ledger).callees) == tuple(numbers(2, 10)), "the second claim is not the second batch")
    claim(maybe(ledger) is None, "an empty batch was claimed")


def nothing_is_left_of_a_plan_that_was_not_sealed(stand: Stand) -> None:
    """Not its name, not its callees; and the name may be planned again, also after a crash."""
    ledger = stand.fresh()
    with ledger.draft(NAME, now=0) as draft:
        draft.add(numbers(5))
    claim(list(ledger.names()) == [], "an unsealed plan has a name")
    with refused("the record of an unsealed plan"):
        ledger.record(NAME)
    left = ledger.draft(NAME, now=0)
    left.add(numbers(5))
    ledger = stand.planned(2, ledger=stand.crashed(ledger))
    stands(ledger, Counts(pending=2))


def a_name_is_planned_once(stand: Stand) -> None:
    """A taken name is refused at once; of two drafts of one name only one is sealed."""
    ledger = stand.planned(1)
    with refused("to plan a name again"):
        ledger.draft(NAME, now=0)
    with ledger.draft("b", now=0) as early, ledger.draft("b", now=1) as late:
        early_callees, late_callees = numbers(1, 50), numbers(2, 60)
        late.add(late_callees)
        with refused("the draft that another one took over"):
            early.add(early_callees)
            early.seal({})
        late.seal({})
    claim(list(rows(ledger, "b")) == list(late_callees), "the later draft was not kept as it was")


def a_campaign_moves_as_drawn(stand: Stand) -> None:
    """Each pair of states: the moves of the drawing and no others; standing still is no move."""
    for number_, (before, after) in enumerate((before, after) for before in CampaignState for after in CampaignState):
        ledger, name = stand.fresh(), f"c{number_}"
        plan(ledger, name, iter(()))
        for step in {PLANNED: (), CANCELED: (CANCELED,), RUNNING: (RUNNING,)}.get(before, (RUNNING, before)):
            ledger.change(name, step, now=1)
        if before is after or (before, after) in MOVES:
            claim(ledger.change(name, after, now=2) is after, f"{before} did not become {after}")
        else:
            with refused(f"from {before} to {after}"):
                ledger.change(name, after, now=2)
        expected = after if (before, after) in MOVES else before
        claim(ledger.record(name).state is expected, f"from {before} to {after} it is {ledger.record(name).state}")


def nothing_is_completed_that_waits(stand: Stand) -> None:
    """``completed`` asks that nobody is pending or submitting; doubts may be left."""
    ledger = stand.running(2)
    with refused("completed with callees pending"):
        ledger.change(NAME, COMPLETED, now=2)
    claimed = take(ledger)
    with refused("completed with callees submitting"):
        ledger.change(NAME, COMPLETED, now=2)
    settle(ledger, claimed, "in_doubt", "accepted")
    claim(ledger.change(NAME, COMPLETED, now=4) is COMPLETED, "it was not completed")


def campaigns_do_not_mix(stand: Stand) -> None:
    """Each verb concerns the campaign it names, also when both hold the same callees."""
    ledger = stand.running(2)
    stand.running(2, ledger=ledger, name="b")
    settle(ledger, take(ledger, name="b"), "in_doubt")
    stands(ledger, Counts(pending=2))
    stands(ledger, Counts(in_doubt=2), "b")
    claim(ledger.doubts(NAME) == [] or not ledger.doubts(NAME), "a doubt of another campaign")
    with refused("to resolve another campaign's batch"):
        ledger.resolve(NAME, "placed", batch=ledger.doubts("b")[0].batch, who="w", why="y", now=4)
    ledger.change("b", CANCELED, now=4)
    claim(ledger.expire("b", now=4) == 0, "somebody of another campaign expired")
    stands(ledger, Counts(pending=2))


def a_name_nobody_planned_is_refused(stand: Stand) -> None:
    """By every verb that takes a name."""
    ledger = stand.planned(1)
    ledger.own()
    verbs: dict[str, Verb] = {
        "record": ledger.record,
        "doubts": ledger.doubts,
        "next_due": ledger.next_due,
        "results": lambda name: list(ledger.results(name)),
        "change": lambda name: ledger.change(name, RUNNING, now=1),
        "expire": lambda name: ledger.expire(name, now=1),
        "claim": lambda name: ledger.claim(name, "x", most=None, now=1),
        "resolve": lambda name: ledger.resolve(name, "held", batch=1, who="w", why="y", now=1),
    }
    for what, verb in verbs.items():
        with refused(f"{what} of a name nobody planned"):
            verb("nobody")
    stands(ledger, Counts(pending=1))


def a_closed_ledger_is_closed(stand: Stand) -> None:
    """What was asked for is kept; closing twice is no error; every verb is refused afterwards."""
    ledger = stand.running(2)
    settle(ledger, take(ledger), "accepted", "refused")
    again = stand.beside(ledger)
    ledger.close()
    ledger.close()
    verbs: list[Verb] = [ledger.names, ledger.own, ledger.flush, lambda: take(ledger)]
    for verb in verbs:
        with refused(f"{verb} after close"):
            verb()
    stands(again, Counts(accepted=1, refused=1))
    claim(list(again.own()) == [], "a closed ledger left doubts, or is held")


LAWS = (
    a_plan_is_kept_whole_and_in_order,
    numbers_of_any_length_are_kept,
    what_is_no_number_is_refused,
    a_batch_without_callees_is_none,
    nothing_is_left_of_a_plan_that_was_not_sealed,
    a_name_is_planned_once,
    a_campaign_moves_as_drawn,
    nothing_is_completed_that_waits,
    campaigns_do_not_mix,
    a_name_nobody_planned_is_refused,
    a_closed_ledger_is_closed,
)
