"""The SQLite ledger keeps the contract of ledgers."""

from tests.campaign import ledgers
from voicehub.campaign import CampaignState, Counts
from voicehub.testing import ledger_contract
from voicehub.testing._ledger.histories import Histories
from voicehub.testing._ledger.stand import Stand

TestSqliteLedger = ledger_contract(ledgers.make, beside=ledgers.beside, crashed=ledgers.crashed)


def test_a_history_by_hand() -> None:
    """The corners that chance seldom reaches: a cancel in flight, a release after the end, a crash."""
    with Stand(ledgers.make, ledgers.beside, ledgers.crashed) as stand:
        history = type("History", (Histories,), {"stand": stand})()
        history.planned(([2, 1], [1]))
        history.claimed("a", 1, set())
        history.changed("a", CampaignState.CANCELED, unlikely=True)
        history.settled(0, ["not_attempted"], 1)
        history.claimed_and_settled("b", None, set(), ["in_doubt"], 0)
        history.decided("b", "held", {0}, stray=False)
        history.decided_of_a_batch("b", "held", 0)
        history.decided_of_a_batch("a", "held", 0)
        history.found("b", set())
        history.changed("b", CampaignState.COMPLETED, unlikely=True)
        history.decided("b", "released", {0}, stray=False)
        history.stands_as_the_model_says()
        assert history.states["b"] is CampaignState.PAUSED
        history.changed("b", CampaignState.RUNNING, unlikely=True)
        history.claimed("b", None, set())
        history.crashed()
        history.stands_as_the_model_says()
        assert history.ledger.record("a").counts == Counts(canceled=3)
        assert history.ledger.record("b").counts == Counts(in_doubt=1)
