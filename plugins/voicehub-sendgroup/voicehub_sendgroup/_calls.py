"""One call as records and reports write it: the same fields, two formats of time, numbers as numbers or as text."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from voicehub.provider import CallState, code_text, reason_text
from voicehub.records import CallRecord
from voicehub_sendgroup._asking import whole
from voicehub_sendgroup._balance import amount

if TYPE_CHECKING:
    from voicehub_sendgroup._provider import SendGroup

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = {
    "submitted_at": "submitTime",
    "called_at": "callTime",
    "ringing_at": "ringingTime",
    "answered_at": "answerTime",
    "ended_at": "hangupTime",
}
_SECONDS = {"ring_seconds": "ringDuration", "call_seconds": "callDuration", "charged_seconds": "chargedDuration"}
_NUMBER = re.compile("[0-9]{7,15}")
_NO_KEY = ("", "-1")

#: What ``terminationCode`` says of a call: 0 on older pages and 200 on newer ones is an established call; else it is
#: a SIP code (RFC 3261 section 21; 607 RFC 8197, 608 RFC 8688). That 408, 480 and 487 mean nobody picked up is
#: inference: the platform itself gives up by CANCEL, which 487 answers.
CALL_STATES: Mapping[str, CallState] = {
    **dict.fromkeys(["0", "200"], CallState.COMPLETED),
    **dict.fromkeys(["486", "600"], CallState.BUSY),
    **dict.fromkeys(["408", "480", "487"], CallState.NO_ANSWER),
    **dict.fromkeys(["403", "603", "607", "608"], CallState.REJECTED),
    **dict.fromkeys(
        ["300", "301", "302", "305", "380"]
        + [str(code) for code in (400, 401, 402, 404, 405, 406, 407, 410, 413, 414, 415, 416, 420, 421, 423, 481, 482)]
        + ["483", "484", "485", "488", "491", "493", "500", "501", "502", "503", "504", "505", "513", "604", "606"],
        CallState.FAILED,
    ),
}


def read(provider: "SendGroup", row: object) -> CallRecord | None:
    """The record of a row; ``None``: it names no call."""
    if not isinstance(row, dict):
        return None
    call_id = code_text(row.get("voiceId"))
    if not call_id:
        return None
    times: dict[str, Any] = {name: moment(row.get(key)) for name, key in _TIMES.items()}
    seconds: dict[str, Any] = {name: whole(row.get(key)) for name, key in _SECONDS.items()}
    cost, currency = _cost(row)
    callee, caller_id, key = (code_text(row.get(name)) or "" for name in ("callee", "displayNum", "feedbackValue"))
    callee = callee.removeprefix("+").removeprefix("00")
    code = code_text(row.get("terminationCode")) or None
    return CallRecord(
        call_id=call_id,
        state=_state(provider, row, code, times, seconds["call_seconds"]),
        callee=f"+{callee}" if _NUMBER.fullmatch(callee) and callee[0] != "0" else None,
        caller_id=caller_id or None,
        **times,
        **seconds,
        cost=cost,
        currency=currency,
        pressed_key=None if key in _NO_KEY else key,
        reference=reason_text(row.get("calledInfo")),
        code=code,
        reason=reason_text(row.get("terminationReason")) or None,
        raw=row,
    )


def written(record: CallRecord, time: Callable[[datetime], object]) -> dict[str, object]:
    """The vendor's side: the row of this record."""
    code = record.code
    if code is None and record.ended_at is not None:
        code = next((code for code, state in reversed([*CALL_STATES.items()]) if state is record.state), None)
    cost = record.cost if record.cost is None else f"{record.cost:f}"
    return {
        "voiceId": record.call_id,
        "callee": (record.callee or "").removeprefix("+"),
        "displayNum": record.caller_id,
        **{key: _noted(getattr(record, name), time) for name, key in _TIMES.items()},
        **{key: getattr(record, name) for name, key in _SECONDS.items()},
        "terminationCode": code,
        "terminationReason": record.reason,
        **({"costEur": cost} if record.currency == "EUR" else {"cost": cost, "currency": record.currency}),
        "feedbackValue": record.pressed_key or "-1",
        "calledInfo": record.reference,
    }


def moment(value: object) -> datetime | None:
    """A time in ISO 8601 with its offset, or in epoch milliseconds; ``None``: neither."""
    milliseconds = whole(value)
    try:
        if milliseconds is not None:
            return EPOCH + timedelta(milliseconds=milliseconds) if milliseconds else None
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        return read.astimezone(UTC) if read is not None and read.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None


def _state(
    provider: "SendGroup",
    row: Mapping[str, Any],
    code: str | None,
    times: Mapping[str, datetime | None],
    talked: int | None,
) -> CallState:
    """Times and seconds take precedence over codes, because two conventions for the code are in use."""
    if times["answered_at"] is not None or talked:
        over = times["ended_at"] is not None or code is not None
        return CallState.COMPLETED if over else CallState.ANSWERED
    if code is None:
        if times["ended_at"] is not None:
            return CallState.UNKNOWN
        on_the_way = CallState.QUEUED if times["submitted_at"] or times["called_at"] else CallState.UNKNOWN
        return CallState.RINGING if times["ringing_at"] is not None else on_the_way
    state = provider.call_state(code)
    if state is CallState.UNKNOWN:
        state = provider.call_state(code_text(row.get("sipCode")) or "")
    # An established call of no seconds and without an answer contradicts itself.
    return CallState.UNKNOWN if state is CallState.COMPLETED and talked == 0 else state


def _cost(row: Mapping[str, Any]) -> tuple[Decimal | None, str | None]:
    """The amount and its currency: euro by the name of the field, else the one that is named, if any."""
    euro = amount(row.get("costEur"))
    if euro is not None:
        return euro, "EUR"
    named = row.get("currency")
    cost = amount(row.get("cost"))
    return cost, named if cost is not None and isinstance(named, str) and named else None


def _noted(moment: datetime | None, time: Callable[[datetime], object]) -> object:
    return None if moment is None else time(moment)
