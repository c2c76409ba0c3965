"""The words of a report: its own columns, and what became of a row."""

from voicehub.campaign._ledger import CalleeState

#: What a report adds to the columns of its input.
COLUMNS = ("outcome", "call_id", "code", "reason", "account", "attempt", "time")
INVALID, DUPLICATE = "invalid", "duplicate"
#: What may stand in the column ``outcome``.
OUTCOMES = (*CalleeState, INVALID, DUPLICATE)
#: Rows of a report that a plan takes: no phone rang for them. Who is in doubt is decided on by ``resolve``.
SAFE_AGAIN = ("refused", "pending", "suppressed", "canceled", INVALID)
