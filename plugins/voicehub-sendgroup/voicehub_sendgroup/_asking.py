"""What the questions of the dialect share: signed requests, the envelope, and the vendor's check of a request."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from voicehub.provider import (
    Ability,
    ListFiles,
    ListRecords,
    Question,
    Refusal,
    RefusalKind,
    Reply,
    Request,
    Unreadable,
    code_text,
    find_question_problem,
    http_verdict,
    json_object,
    reason_text,
)
from voicehub_sendgroup import _signature
from voicehub_sendgroup._envelope import SUCCESS

if TYPE_CHECKING:
    from voicehub_sendgroup._provider import SendGroup

AskedT = TypeVar("AskedT", bound=Question[Any])
ToldT = TypeVar("ToldT")
BAD_PARAMETER = "-22"


class Asking(Ability[AskedT, ToldT]):
    """One call of the dialect that asks. Its codes are those of sending; an unlisted one refuses the request."""

    provider: "SendGroup"

    def request(self, method: str, path: str, values: Mapping[str, Any] | None, now: float) -> Request:
        """The signed request; ``values`` ``None``: no body."""
        settings = self.provider.settings
        body = b"" if values is None else dump(values)
        return Request(method, settings.url(path), self.provider.account.headers(now), body)

    def is_for(self, request: Request, method: str, path: str) -> bool:
        """Whether this request is this call."""
        return request.method == method and request.url == self.provider.settings.url(path)

    def admitted(self, request: Request, now: float, known: frozenset[str] = frozenset()) -> dict[str, Any] | Refusal:
        """The vendor's side: the fields of the body, or why this caller or this body is refused."""
        if refusal := _signature.objection(self.provider.settings, request.headers, now):
            return refusal
        values = json_object(request.body)
        if strangers := values.keys() - known:
            return bad(f"unknown fields: {', '.join(sorted(strangers))}")
        return values

    def within_bounds(self, asked: AskedT, now: float) -> AskedT | Refusal:
        """The vendor's side: what is asked, or the refusal of what is outside the bounds."""
        problem = find_question_problem(self, asked, now)
        return asked if problem is None else bad(str(problem))

    def opened(self, reply: Reply) -> dict[str, Any] | Refusal | Unreadable:
        """The envelope of a success, or what came instead."""
        said = json_object(reply.body)
        status = code_text(said.get("status"))
        if status == SUCCESS and not reply.proves_nothing:
            return said
        if status and status != SUCCESS:
            kind = self.provider.refusal_kinds.get(status, RefusalKind.REQUEST)
            return Refusal(kind, status, reason_text(said.get("reason")))
        return http_verdict(reply) or Unreadable(f"HTTP {reply.status} without a readable status")


def dump(value: Mapping[str, Any]) -> bytes:
    """JSON as the vendor's own client writes it: UTF-8, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def told(data: object) -> Reply:
    """The vendor's side: success, with this as ``data``."""
    return flat(data=data)


def flat(**fields: object) -> Reply:
    """The vendor's side: success, with these fields beside ``status`` and ``reason``."""
    return _reply({"status": SUCCESS, "reason": "success", **fields})


def refused(refusal: Refusal) -> Reply:
    """The vendor's side: the envelope that refuses."""
    return _reply({"status": refusal.code or BAD_PARAMETER, "reason": refusal.reason})


def bad(reason: str) -> Refusal:
    """What the vendor says of a request that makes no sense."""
    return Refusal(RefusalKind.REQUEST, BAD_PARAMETER, reason)


def whole(value: object, *, least: int = 0) -> int | None:
    """A whole number, sent as a number or as text; ``None``: not one, or less than ``least``."""
    text = (code_text(value) or "").strip()
    digits = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if digits and int(text) >= least else None


def page_of(asked: ListFiles | ListRecords, data: Mapping[str, Any], rows: int) -> bool:
    """Whether a page follows this one, from whatever number of ``pages`` and ``total`` the reply holds."""
    pages, total = whole(data.get("pages")), whole(data.get("total"))
    if not rows:
        return False
    if pages is not None:
        return pages > asked.page
    return rows >= asked.page_size if total is None else total > asked.page * asked.page_size


def written_page(asked: ListFiles | ListRecords, rows: list[Any], more: bool) -> dict[str, Any]:
    """The vendor's side: a page of rows."""
    total = (asked.page - 1) * asked.page_size + len(rows) + more
    return {
        "total": total,
        "size": asked.page_size,
        "current": asked.page,
        "pages": asked.page + more,
        "records": rows,
    }


def _reply(envelope: Mapping[str, object]) -> Reply:
    return Reply(200, {"content-type": _signature.CONTENT_TYPE}, dump(envelope))
