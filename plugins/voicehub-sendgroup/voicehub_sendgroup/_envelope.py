"""The reply's envelope, from both ends: ``status``, ``reason`` and one row of ``data`` per callee.

Rules by number are those of docs/failures.md.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from operator import itemgetter
from typing import Any, Literal

from voicehub import Outcome
from voicehub.provider import Refusal, RefusalKind, Reply, code_text, digits_of, http_verdict, json_object, reason_text
from voicehub_sendgroup import _repeated

SUCCESS = "0"
SYSTEM_FAULT = "-18"  # may strike after part of the batch was queued: doubt, never a refusal
_WHOLE_NUMBER = re.compile("-?[1-9][0-9]*")
_SEPARATORS = str.maketrans("", "", "+ .-()")
_NOTHING: tuple[object, ...] = (None, "", [], {})
_FEW = 8  # up to this many rows, reading one by one is faster than by column
_FIELDS = ("callee", "terminationCode", "voiceId", "terminationReason")
_columns = itemgetter(*_FIELDS)


def read(callees: Sequence[str], reply: Reply, kinds: Mapping[str, RefusalKind]) -> Sequence[Outcome] | Refusal:
    """What the vendor said about each callee."""
    if len(callees) == 1 or len(callees) >= _repeated.FEWEST:  # whatever the HTTP status: a call id is proof of a call
        read_repeated = _repeated.read_one if len(callees) == 1 else _repeated.read
        if (repeated := read_repeated(callees, reply.body, _plain)) is not None:
            return repeated
    envelope = json_object(reply.body)
    status, data = code_text(envelope.get("status")), envelope.get("data")
    said = data if isinstance(data, list) else []
    rows = (_plain_rows(callees, said) if len(said) > _FEW else None) or [_row(row) for row in said]
    if status == SUCCESS and not reply.proves_nothing:
        return rows or _doubt(callees, status, "status 0 without rows")  # row 11
    reason = reason_text(envelope.get("reason"))
    # Rows 12 and 25: against a failure only a call id counts, as proof that a call exists, and what may hide one as a
    # doubt. Row 9: without a status the answer is malformed, and an id in it is no more than a reason to doubt.
    trusted = status is not None or reply.proves_nothing
    believed = tuple(
        row if trusted and row.status == "accepted" else row._replace(status="in_doubt")
        for row, source in zip(rows, said, strict=True)
        if row.call_id or _hides_an_id(source)
    )
    if status is None:  # rows 9, 25 and 26: nothing usable in the body, so the HTTP status alone must do
        refusal = http_verdict(reply) if data in _NOTHING else None
        reason = f"HTTP {reply.status} without a readable status"
    else:
        known = status in kinds and not reply.proves_nothing
        refusal = Refusal(kinds[status], status, reason) if known else None
    spoken_for = {row.callee for row in believed}
    # Row 14: a call whose callee is unknown may be that of anybody asked for.
    lost = not spoken_for <= set(callees) or not (isinstance(data, list) or data in _NOTHING)
    if refusal is not None and not lost:
        return replace(refusal, outcomes=believed)
    return [*believed, *(row for row in _doubt(callees, status, reason) if row.callee not in spoken_for)]


def reply(result: Sequence[Outcome] | Refusal) -> Reply:
    """The reply that says this, always with HTTP 200 as the vendor's samples show it."""
    if isinstance(result, Refusal):
        rows = [_written(row) for row in result.outcomes] or None
        envelope = {"status": result.code or "-22", "reason": result.reason, "data": rows}
    else:
        said = (row for row in result if row.status != "in_doubt" or row.code is not None)
        envelope = {"status": SUCCESS, "reason": "success", "data": [_written(row) for row in said]}
    return Reply(200, {"content-type": "application/json;charset=UTF-8"}, json.dumps(envelope).encode())


def _plain(callees: Sequence[str], body: bytes) -> list[Outcome] | None:
    """The rows of a success that `_plain_rows` takes."""
    envelope = json_object(body)
    data = envelope.get("data")
    success = code_text(envelope.get("status")) == SUCCESS
    return _plain_rows(callees, data) if success and isinstance(data, list) else None


def _plain_rows(callees: Sequence[str], said: Sequence[Any]) -> list[Outcome] | None:
    """What `_row` makes of each row where all are accepted, with an id each, in the order asked for; else ``None``.

    Nearly every answer is of that kind, and is read here by column: a million rows take a fifth of the time.
    """
    try:
        numbers, codes, call_ids, reasons = zip(*map(_columns, said), strict=True)
        plain = (
            set(codes) == {SUCCESS}
            and set(map(type, set(reasons))) == {str}
            and " ".join(call_ids).split() == [*call_ids]  # no id is empty or holds white space
            and len(numbers) == len(callees)
            and ",".join(numbers) == digits_of(callees)
        )
    except (KeyError, TypeError, ValueError):
        return None
    rows = zip(callees, repeat("accepted"), call_ids, codes, reasons, strict=False)
    return list(map(_repeated.outcome, rows)) if plain else None


def _row(row: object) -> Outcome:
    if not isinstance(row, dict):
        return Outcome("", "in_doubt", None, None, "a row that is no object")
    try:
        number, code, call_id, reason = _columns(row)
    except KeyError:
        number, code, call_id, reason = map(row.get, _FIELDS)
    hidden = False
    if not type(number) is type(code) is type(call_id) is str:  # nearly every row is text; a million rows are read
        number, code, hidden = code_text(number), code_text(code), _hides_an_id(row)
        call_id = code_text(call_id)
    if number and not (number.isdecimal() and number[0] != "0"):
        number = number.translate(_SEPARATORS).strip().removeprefix("00")
    code = code and code.strip()
    # row 17: refused only by a code that is a whole number and no fault of the vendor's own
    status: Literal["accepted", "in_doubt", "refused"] = "in_doubt"
    if code == SUCCESS and not hidden:
        status = "accepted"
    elif code and code != SYSTEM_FAULT and not hidden and _WHOLE_NUMBER.fullmatch(code):
        status = "refused"
    callee = "+" + number if number else ""
    told = reason if type(reason) is str else None
    return _repeated.outcome((callee, status, (call_id and call_id.strip()) or None, code, told))


def _hides_an_id(row: object) -> bool:
    """Whether this may name a call that cannot be read: a row that is no object, an id of another type."""
    if not isinstance(row, dict):
        return row is not None
    call_id = row.get("voiceId")
    return call_id is not None and code_text(call_id) is None


def _written(row: Outcome) -> dict[str, str | None]:
    return {
        "voiceId": row.call_id,
        "callee": row.callee.removeprefix("+"),
        "terminationCode": SUCCESS if row.status == "accepted" else row.code,
        "terminationReason": row.reason,
    }


def _doubt(callees: Sequence[str], code: str | None, reason: str | None) -> list[Outcome]:
    return [Outcome(callee, "in_doubt", None, code, reason) for callee in callees]
