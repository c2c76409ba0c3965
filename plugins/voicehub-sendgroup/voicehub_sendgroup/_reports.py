"""pushVoiceReport: what the platform posts when a call is over. No page documents a signature or an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from voicehub.provider import Reports, Request, json_object
from voicehub.records import CallRecord
from voicehub_sendgroup import _calls, _signature
from voicehub_sendgroup._asking import dump

if TYPE_CHECKING:
    from voicehub_sendgroup._provider import SendGroup


class VoiceReports(Reports):
    """One object for a call, or an object whose ``array`` holds several; times in epoch milliseconds."""

    provider: "SendGroup"

    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        """Both shapes; keys nobody knows are kept in ``raw``, numbers may come as text."""
        said = json_object(body)
        rows = said.get("array", [said])
        records = (_calls.read(self.provider, row) for row in rows) if isinstance(rows, list) else ()
        return tuple(record for record in records if record is not None)

    def encode(self, records: Sequence[CallRecord], url: str) -> Request:
        """One call as an object, several in an ``array``."""
        rows = [{"type": 1, **_calls.written(record, _milliseconds)} for record in records]
        body = rows[0] if len(rows) == 1 else {"array": rows}
        return Request("POST", url, {"content-type": _signature.CONTENT_TYPE}, dump(body))


def _milliseconds(moment: datetime) -> int:
    return (moment - _calls.EPOCH) // timedelta(milliseconds=1)
