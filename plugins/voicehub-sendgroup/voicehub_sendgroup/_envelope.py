"""The reply's envelope, from both ends: ``status``, ``reason`` and one row of ``data`` per callee.

Rules by number are those of docs/failures.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from voicehub import Outcome, VoiceMessage
from voicehub.provider import Refusal, RefusalKind, Reply, code_text, http_verdict, json_object, reason_text

SUCCESS = "0"
SYSTEM_FAULT = "-18"  # may strike after part of the batch was queued: doubt, never a refusal
#: JSON as the vendor's own client writes it: UTF-8, nothing escaped that need not be.
dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DOUBT = (None, "", SYSTEM_FAULT)
_FIELDS = ("callee", "terminationCode", "voiceId", "terminationReason")


def read(message: VoiceMessage, reply: Reply, kinds: Mapping[str, RefusalKind]) -> Sequence[Outcome] | Refusal:
    """What the vendor said of whom."""
    envelope = json_object(reply.body)
    status, reason, data = code_text(envelope.get("status")), reason_text(envelope.get("reason")), envelope.get("data")
    rows = [_row(row) for row in data] if isinstance(data, list) else []
    if status == SUCCESS and not reply.proves_nothing:
        return rows or _doubt(message, status, "status 0 without rows")  # row 11
    # Rows 12 and 25: against a failure only a call id counts, as proof that a call exists. Row 9: without a status the
    # answer is malformed, and an id in it is no more than a reason to doubt.
    trusted = status is not None or reply.proves_nothing
    believed = tuple(
        row if trusted and row.status == "accepted" else row._replace(status="in_doubt") for row in rows if row.call_id
    )
    if status is None:  # rows 9, 25 and 26: nothing usable in the body, so the HTTP status alone must do
        refusal = http_verdict(reply)
        reason = f"HTTP {reply.status} without a readable status"
    else:
        known = status in kinds and not reply.proves_nothing
        refusal = Refusal(kinds[status], status, reason) if known else None
    if refusal is not None:
        return replace(refusal, outcomes=believed)
    spoken_for = {row.callee for row in believed}
    return [*believed, *(row for row in _doubt(message, status, reason) if row.callee not in spoken_for)]


def reply(result: Sequence[Outcome] | Refusal) -> Reply:
    """The reply that says this, always with HTTP 200 as the vendor's samples show it."""
    if isinstance(result, Refusal):
        rows = [_written(row) for row in result.outcomes] or None
        envelope = {"status": result.code or "-22", "reason": result.reason, "data": rows}
    else:
        said = (row for row in result if row.status != "in_doubt" or row.code is not None)
        envelope = {"status": SUCCESS, "reason": "success", "data": [_written(row) for row in said]}
    return Reply(200, {"content-type": "application/json;charset=UTF-8"}, json.dumps(envelope).encode())


def _row(row: object) -> Outcome:
    if not isinstance(row, dict):
        return Outcome("", "in_doubt", None, None, "a row that is no object")
    number, code, call_id, reason = map(row.get, _FIELDS)
    if not type(number) is type(code) is type(call_id) is str:  # nearly every row is text; a million rows are read
        number, code, call_id = code_text(number), code_text(code), code_text(call_id)
    callee = "+" + number.strip().removeprefix("+") if number else ""
    code = code and code.strip()
    # row 17: refused only by a code that can be read and is no fault of the vendor's own
    status: Literal["accepted", "in_doubt", "refused"] = (
        "accepted" if code == SUCCESS else "in_doubt" if code in _DOUBT else "refused"
    )
    return Outcome(callee, status, (call_id and call_id.strip()) or None, code, reason_text(reason))


def _written(row: Outcome) -> dict[str, str | None]:
    return {
        "voiceId": row.call_id,
        "callee": row.callee.removeprefix("+"),
        "terminationCode": SUCCESS if row.status == "accepted" else row.code,
        "terminationReason": row.reason,
    }


def _doubt(message: VoiceMessage, code: str | None, reason: str | None) -> list[Outcome]:
    return [Outcome(callee, "in_doubt", None, code, reason) for callee in message.to]
