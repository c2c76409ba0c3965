"""The words of a report: the columns it adds, and the outcomes of a row."""

from voicehub.campaign._ledger.words import CalleeState

#: What a report adds to the columns of its input: what became of the submission, and then of the call.
SUBMISSION = ("outcome", "call_id", "code", "reason", "account", "attempt", "time")
COLUMNS = (*SUBMISSION, "call_state", "answered_at", "call_seconds", "cost", "currency", "pressed_key")
INVALID, DUPLICATE = "invalid", "duplicate"
#: The values of the column ``outcome``; a file with one of these in that column is a report.
OUTCOMES = (*CalleeState, INVALID, DUPLICATE)
#: Outcomes whose rows may be planned again: no phone rang for them, and none will. Pending callees are still to be
#: phoned by their own campaign: resume it, or cancel it and plan its canceled rows. ``resolve`` decides on doubts.
SAFE_AGAIN = ("refused", "suppressed", "canceled", INVALID)
