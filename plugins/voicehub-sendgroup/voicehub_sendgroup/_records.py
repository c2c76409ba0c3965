"""recordGroup and recordGroupQuery: what became of calls, one by its id or all of a span of time."""

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, unquote

from voicehub.provider import (
    RECORD_FIELDS,
    FindRecord,
    ListRecords,
    Page,
    Refusal,
    Reply,
    Request,
    Span,
    Unreadable,
)
from voicehub.records import CallRecord, Listing
from voicehub_sendgroup import _calls
from voicehub_sendgroup._asking import Asking, bad, page_of, refused, told, whole, written_page

QUERY = Page("onbuka.com/voice-api12; itniotech.com/api/voice/recordGroupQuery", "2026-11")
PATH = "/voice/recordGroup/"
#: The samples of both brands have times of this offset.
CHINA = timezone(timedelta(hours=8))
_MONTHS = "two months, which are 62 days at most: " + QUERY.source


class FindCall(Asking[FindRecord, CallRecord | None]):
    """GET ``/voice/recordGroup/{voiceId}``. No page has a code for an unknown id; -24 is from Onbuka's table."""

    tells = RECORD_FIELDS - {"ring_seconds"}

    def encode(self, asked: FindRecord, now: float) -> Request:
        """The id is part of the path."""
        return self.request("GET", PATH + quote(asked.call_id, safe=""), None, now)

    def decode(self, asked: FindRecord, reply: Reply) -> CallRecord | Refusal | Unreadable | None:
        """A record, or none."""
        said = self.opened(reply)
        if isinstance(said, Refusal) and said.code == "-24":
            return None
        if not isinstance(said, dict):
            return said
        data = said.get("data")
        if data in (None, "", {}, []):
            return None
        record = _calls.read(self.provider, data)
        return record or Unreadable("status 0 with a record that has no voiceId")

    def parse(self, request: Request, now: float) -> FindRecord | Refusal | None:
        """Any text is an id."""
        root = self.provider.settings.url(PATH)
        call_id = request.url.removeprefix(root)
        if request.method != "GET" or call_id in ("", request.url) or not set(call_id).isdisjoint("/?#"):
            return None
        values = self.admitted(request, now)
        return values if isinstance(values, Refusal) else FindRecord(unquote(call_id))

    def answer(self, asked: FindRecord | None, told_: CallRecord | Refusal | None) -> Reply:
        """The record as ``data``; ``null`` for one that is not there."""
        if isinstance(told_, Refusal):
            return refused(told_)
        return told(told_ and _calls.written(told_, _iso))


class QueryCalls(Asking[ListRecords, Listing[CallRecord]]):
    """POST ``/voice/recordGroupQuery``: a page of records. No page says when a call becomes visible here."""

    bounds = {
        "page_size": QUERY.span(1, 100, "items"),
        "span": QUERY.span(0, 31, "days"),
        "age": Span(0, 62, "days", _MONTHS, QUERY.read),
    }
    tells = FindCall.tells

    def encode(self, asked: ListRecords, now: float) -> Request:
        """Times of whole seconds, with the offset of the samples."""
        times = {"strTime": _iso(asked.since), "endTime": _iso(asked.until)}
        values = {"current": asked.page, "size": asked.page_size, "params": times}
        return self.request("POST", "/voice/recordGroupQuery", values, now)

    def decode(self, asked: ListRecords, reply: Reply) -> Listing[CallRecord] | Refusal | Unreadable:
        """Rows without an id are counted as unread."""
        said = self.opened(reply)
        if not isinstance(said, dict):
            return said
        data = said.get("data")
        rows = data.get("records") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(rows, list):
            return Unreadable("status 0 without a page of records")
        records = [record for row in rows if (record := _calls.read(self.provider, row)) is not None]
        return Listing(tuple(records), page_of(asked, data, len(rows)), len(rows) - len(records))

    def parse(self, request: Request, now: float) -> ListRecords | Refusal | None:
        """All fields, within the window and the span."""
        if not self.is_for(request, "POST", "/voice/recordGroupQuery"):
            return None
        values = self.admitted(request, now, frozenset({"current", "size", "params"}))
        if isinstance(values, Refusal):
            return values
        page, size, params = whole(values.get("current"), least=1), whole(values.get("size")), values.get("params")
        since, until = (_instant(params.get(name)) if isinstance(params, dict) else None for name in _ENDS)
        if page is None or size is None or since is None or until is None:
            return bad("current, size, params.strTime and params.endTime are required; times are ISO 8601 with offset")
        return self.within_bounds(ListRecords(since, until, page, size), now)

    def answer(self, asked: ListRecords | None, told_: Listing[CallRecord] | Refusal) -> Reply:
        """The page, with the numbers that count."""
        if isinstance(told_, Refusal) or asked is None:
            return refused(told_ if isinstance(told_, Refusal) else bad("nothing was asked"))
        rows = [_calls.written(record, _iso) for record in told_.items]
        return told({**written_page(asked, rows, told_.more), "searchCount": True})


_ENDS = ("strTime", "endTime")


def _iso(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def _instant(value: Any) -> datetime | None:
    return _calls.moment(value) if isinstance(value, str) else None
