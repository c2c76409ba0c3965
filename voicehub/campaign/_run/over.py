"""A run of a campaign that is over: it sends nothing, and settles what a killed run left in flight."""

from voicehub.campaign._events import Status
from voicehub.campaign._ledger.contract import CampaignState, Ledger, Record

OVER = (CampaignState.COMPLETED, CampaignState.CANCELED)


def settled(ledger: Ledger, record: Record) -> Status:
    """The status of a campaign that is over, once nobody is submitting: that is doubt now. Raises `LedgerError`."""
    if record.counts.submitting:  # it was canceled after its run was killed
        ledger.own()
        record = ledger.record(record.name)
    return Status.of(record, "the campaign was canceled" if record.state is CampaignState.CANCELED else None)
