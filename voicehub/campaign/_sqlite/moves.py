"""How a campaign moves from state to state. Each function is a part of one transaction."""

import sqlite3

from voicehub.campaign._ledger.contract import CampaignState
from voicehub.campaign._sqlite import late, reading, sweeps
from voicehub.errors import LedgerError

_MOVES = {
    CampaignState.PLANNED: {CampaignState.RUNNING, CampaignState.CANCELED},
    CampaignState.RUNNING: {CampaignState.PAUSED, CampaignState.COMPLETED, CampaignState.CANCELED},
    CampaignState.PAUSED: {CampaignState.RUNNING, CampaignState.COMPLETED, CampaignState.CANCELED},
    CampaignState.COMPLETED: set(),
    CampaignState.CANCELED: set(),
}


def expire(db: sqlite3.Connection, name: str, now: float) -> int:
    """Cancel everybody who is pending; returns how many."""
    campaign, _ = reading.campaign_of(db, name)
    db.execute("UPDATE campaign SET changed = ? WHERE id = ?", (now, campaign))
    late.settle_all(db, campaign, now)
    return sweeps.cancel(db, campaign)


def change(db: sqlite3.Connection, name: str, state: CampaignState, now: float) -> CampaignState:
    """Move a campaign; returns the state it has then."""
    campaign, before = reading.campaign_of(db, name)
    if state is before:
        return before
    if state not in _MOVES[before]:
        raise LedgerError(f"campaign {name!r} is {before}; it cannot become {state}")
    counts = reading.counts(db, campaign)
    if state is CampaignState.COMPLETED and (waiting := counts.pending + counts.submitting):
        raise LedgerError(f"campaign {name!r} is not completed: {waiting} callees are pending or submitting")
    db.execute("UPDATE campaign SET state = ?, changed = ? WHERE id = ?", (state, now, campaign))
    if state is CampaignState.CANCELED:
        late.settle_all(db, campaign, now)
        sweeps.cancel(db, campaign)
    return state
