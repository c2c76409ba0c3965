"""Laws of a ledger: of how many calls of a campaign is told which state."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from hypothesis import strategies as st

from voicehub.campaign import Call, CampaignState, Ledger
from voicehub.receipt import CallState, Outcome, Status
from voicehub.testing._checked import claim
from voicehub.testing._ledger.stand import NAME, Stand, refused, take

_ACCOUNTS = ("alerts", "backup")
_IDS = ("c0", "c1", "c2", "c3")
_STATUSES: tuple[Status, ...] = ("accepted", "refused", "in_doubt", "not_attempted")
_SAID = st.tuples(st.sampled_from(_STATUSES), st.sampled_from(_IDS) | st.none())
_BATCHES = st.lists(st.tuples(st.sampled_from(_ACCOUNTS), st.lists(_SAID, min_size=2, max_size=2)), max_size=4)
_TOLD = st.tuples(
    st.sampled_from((*_ACCOUNTS, "other")),
    st.sampled_from((*_IDS, "nobody's")),
    st.sampled_from(CallState),
    st.none() | st.sampled_from((1.0, 2.0)),
    st.booleans(),
).map(lambda told: Call(*told[:3], ended=told[3], verified=told[4]))


def calls_are_counted_by_their_state(stand: Stand) -> None:
    """As many as are found one by one, by account and id, of every result of the campaign; of no other campaign."""

    def check(batches: Sequence[tuple[str, Sequence[tuple[Status, str | None]]]], told: list[Call], ends: bool) -> None:
        ledger = stand.fresh()
        try:
            stand.running(2, 2, 2, 2, ledger=ledger)
            stand.running(1, ledger=ledger, name="b", first=50)
            elsewhere = take(ledger, name="b")
            ledger.settle(elsewhere, [Outcome(elsewhere.callees[0], "accepted", "c1")], now=3.0)
            taken = [ledger.claim(NAME, account, most=None, now=2.0) for account, _ in batches]
            claims = [one for one in taken if one is not None]
            if ends:
                ledger.change(NAME, CampaignState.CANCELED, now=3.0)
            for one, (_, said) in zip(claims, batches, strict=True):
                ledger.settle(one, list(map(Outcome, one.callees, *zip(*said, strict=True))), now=4.0)
            ledger.hear(told, now=5.0)
            for verified in ((), _ACCOUNTS[:1], _ACCOUNTS):
                for name in (NAME, "b"):
                    found, expected = ledger.call_states(name, verified=verified), _one_by_one(ledger, name, verified)
                    claim(dict(found) == expected, f"counted are {dict(found)}, and one by one they are {expected}")
        finally:
            stand.close()

    known = [Call("alerts", "c0", CallState.BUSY), Call("alerts", "c0", CallState.RINGING, verified=True)]
    check([("alerts", [("accepted", "c0"), ("accepted", None)])], known, False)
    check([("backup", [("accepted", "c0"), ("refused", "c1")])], known, False)
    check([("alerts", [("accepted", "c0"), ("not_attempted", None)])] * 2, known, False)
    check([("alerts", [("in_doubt", None), ("not_attempted", "c0")])], known, True)
    stand.for_all(lambda each: check(*each), st.tuples(_BATCHES, st.lists(_TOLD, max_size=6), st.booleans()), share=2)


def call_states_ask_for_a_campaign(stand: Stand) -> None:
    """A name that nobody planned is refused; a campaign of whose calls nothing was told has none."""
    ledger = stand.running(1)
    claim(dict(ledger.call_states(NAME)) == {}, "it counts calls of which nothing was told")
    with refused("call states of a name nobody planned"):
        ledger.call_states("nobody")


def _one_by_one(ledger: Ledger, name: str, verified: Collection[str]) -> Mapping[CallState, int]:
    counts: Counter[CallState] = Counter()
    for result in ledger.results(name):
        if result.account is not None and result.call_id is not None:
            known = ledger.calls(result.account, [result.call_id], verified=result.account in verified)
            counts.update(call.state for call in known.values())
    return counts


LAWS = (calls_are_counted_by_their_state, call_states_ask_for_a_campaign)
