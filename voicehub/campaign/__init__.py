"""Campaigns: many callees, kept on disk; none is phoned twice, none is forgotten.

Names are imported on first use: reading a ledger needs neither clients nor configurations.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicehub.campaign._campaign import Campaign
    from voicehub.campaign._doubts.reconcile import Reconciled
    from voicehub.campaign._events import (
        AccountPaused,
        AccountStopped,
        Canceled,
        Event,
        Finished,
        Moved,
        Progress,
        Started,
        Status,
    )
    from voicehub.campaign._ledger.calls import Call, Placed, merge
    from voicehub.campaign._ledger.contract import (
        Attempted,
        CalleeState,
        CampaignState,
        Claim,
        Counts,
        Decision,
        Document,
        Doubt,
        Draft,
        Ledger,
        Record,
        Result,
        Suppress,
    )
    from voicehub.campaign._options import Options
    from voicehub.campaign._plan.plan import Plan, plan
    from voicehub.campaign._report import report
    from voicehub.campaign._sqlite.ledger import SqliteLedger
    from voicehub.campaign._sqlite.lock import abandoned
    from voicehub.campaign._telling import call_states

__all__ = [
    "AccountPaused",
    "AccountStopped",
    "Attempted",
    "Call",
    "CalleeState",
    "Campaign",
    "CampaignState",
    "Canceled",
    "Claim",
    "Counts",
    "Decision",
    "Document",
    "Doubt",
    "Draft",
    "Event",
    "Finished",
    "Ledger",
    "Moved",
    "Options",
    "Placed",
    "Plan",
    "Progress",
    "Reconciled",
    "Record",
    "Result",
    "SqliteLedger",
    "Started",
    "Status",
    "Suppress",
    "abandoned",
    "call_states",
    "merge",
    "plan",
    "report",
]

#: The names each private module holds; every other name comes from `_ledger.contract`.
_HOLDS = {
    "_ledger.calls": ("Call", "Placed", "merge"),
    "_campaign": ("Campaign",),
    "_events": (
        *("AccountPaused", "AccountStopped", "Canceled", "Event", "Finished", "Moved", "Progress", "Started"),
        "Status",
    ),
    "_sqlite.lock": ("abandoned",),
    "_options": ("Options",),
    "_plan.plan": ("Plan", "plan"),
    "_doubts.reconcile": ("Reconciled",),
    "_report": ("report",),
    "_sqlite.ledger": ("SqliteLedger",),
    "_telling": ("call_states",),
}
_MODULE_OF = {name: module for module, names in _HOLDS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULE_OF.get(name, '_ledger.contract')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
