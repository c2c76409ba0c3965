"""The words of a report: its own columns, and what became of a row."""

from voicehub.campaign._ledger.words import CalleeState

#: What a report adds to the columns of its input: what became of the submission, and then of the call.
SUBMISSION = ("outcome", "call_id", "code", "reason", "account", "attempt", "time")
COLUMNS = (*SUBMISSION, "call_state", "answered_at", "call_seconds", "cost", "currency", "pressed_key")
INVALID, DUPLICATE = "invalid", "duplicate"
#: What may stand in the column ``outcome``; a file in which one of these does is a report.
OUTCOMES = (*CalleeState, INVALID, DUPLICATE)
#: Rows of a report that a plan takes: no phone rang for them, and none will. Who is pending is still to be phoned by
#: their own campaign: resume it, or cancel it and take its canceled rows. Who is in doubt is decided on by ``resolve``.
SAFE_AGAIN = ("refused", "suppressed", "canceled", INVALID)
