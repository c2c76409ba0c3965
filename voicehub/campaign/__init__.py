"""Campaigns: many callees, durably; nobody phoned twice, nobody forgotten.

Names are loaded on first use: to look at a ledger needs neither clients nor configurations.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicehub.campaign._campaign import Campaign, Options
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
    from voicehub.campaign._ledger import (
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
    from voicehub.campaign._plan import Plan, plan
    from voicehub.campaign._report import report
    from voicehub.campaign._sqlite import SqliteLedger

__all__ = [
    "AccountPaused",
    "AccountStopped",
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
    "Plan",
    "Progress",
    "Record",
    "Result",
    "SqliteLedger",
    "Started",
    "Status",
    "Suppress",
    "plan",
    "report",
]

#: Private modules by what they hold; every other name is the contract's.
_HOLDS = {
    "_campaign": ("Campaign", "Options"),
    "_events": (
        *("AccountPaused", "AccountStopped", "Canceled", "Event", "Finished", "Moved", "Progress", "Started"),
        "Status",
    ),
    "_plan": ("Plan", "plan"),
    "_report": ("report",),
    "_sqlite": ("SqliteLedger",),
}
_MODULE_OF = {name: module for module, names in _HOLDS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULE_OF.get(name, '_ledger')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
