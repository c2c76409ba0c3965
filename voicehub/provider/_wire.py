"""What crosses the wire, as plain data: `Request`, `Reply`, `Refusal`, and the reading of a bare HTTP status."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from voicehub._masking import mask_text
from voicehub.errors import RefusalKind
from voicehub.receipt import Outcome


@dataclass(slots=True, repr=False)
class Request:
    """One HTTP request. ``headers`` has lower-case names; ``url`` is absolute; ``body`` is bytes, empty for none.

    Its ``repr`` shows neither headers and path (credentials: some vendors take a token there) nor query and body.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        address = urlsplit(self.url)
        where = mask_text(f"{address.scheme}://{address.hostname}")
        return f"Request({self.method} {where}/..., {len(self.headers)} headers, {len(self.body)} bytes)"


@dataclass(slots=True, repr=False)
class Reply:
    """One HTTP reply. ``headers`` has lower-case names; ``body`` is the decoded content. ``repr`` shows no content."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def proves_nothing(self) -> bool:
        """HTTP 408 and 5xx: a gateway may fail after the vendor accepted (docs/failures.md)."""
        return self.status == 408 or self.status >= 500

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.headers)} headers, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Refusal:
    """The vendor refused the whole request, for a reason that applies to the next callee too.

    What is about one callee is a refused `Outcome`. ``code`` and ``reason`` are the vendor's (``None``: none).
    ``outcomes`` are rows that contradict the refusal (a call id: accepted); every callee without a row is
    refused, unless a row with a call id names no callee that was asked for.
    """

    kind: RefusalKind
    code: str | None = None
    reason: str | None = None
    outcomes: tuple[Outcome, ...] = ()

    def __repr__(self) -> str:
        said = f"code={self.code!r}, reason={self.reason and mask_text(self.reason)!r}"
        return f"Refusal({self.kind.value}, {said}, {len(self.outcomes)} rows)"


def http_verdict(reply: Reply) -> Refusal | None:
    """The reading of a reply that is only a status; ``None``: it proves nothing, every callee is in doubt.

    401 is ``auth``, 429 ``throttled``, any other 3xx and 4xx ``request``; 408, 5xx and an unreadable 2xx are doubt
    (docs/failures.md; RFC 9110 section 15). So is a body that begins as JSON does, or names a number as JSON does, and
    is no object `json_object` can read: what it says of a call is lost.
    """
    if reply.proves_nothing or not 300 <= reply.status < 500:
        return None
    like_json = reply.body.lstrip(_BEFORE_JSON).startswith((b"{", b"[")) or _NAMED_NUMBER.search(reply.body)
    if like_json and _read_object(reply.body) is None:
        return None
    kind = _KINDS.get(reply.status, RefusalKind.REQUEST)
    return Refusal(kind, code=str(reply.status), reason=f"HTTP status {reply.status}")


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in these bytes; ``{}`` where there is none.

    JSON nested too deep, with too long a number or with a repeated key counts as none: its meaning is not certain.
    """
    return _read_object(body) or {}


def code_text(value: object) -> str | None:
    """A code as text, whether it came as text or as a whole number; ``None`` for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def reason_text(value: object) -> str | None:
    """A reason as it came; ``None`` for anything but text."""
    return value if isinstance(value, str) else None


def _read_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = from_json(body, cache_strings="keys")
        if isinstance(value, dict) and _is_undoubled(value, body):
            return value
    except ValueError:
        pass  # the reading below takes lone surrogates and UTF-16 too
    try:
        value = json.loads(body, object_pairs_hook=_undoubled)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_undoubled(value: dict[str, Any], body: bytes) -> bool:
    """Whether no key can have been lost: as many colons as keys. Only two levels are counted, to be quick."""
    keys = len(value)
    for item in value.values():
        if type(item) is list:
            for row in item:
                if type(row) is not dict:
                    return False
                keys += len(row)
    return keys == body.count(b":")


def _undoubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


_BEFORE_JSON = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"  # white space, and byte order marks and zeros of UTF-8, -16 and -32
_NAMED_NUMBER = re.compile(rb'"\s*:\s*"\+?[0-9]{7,15}"')  # anywhere: a warning may stand before the answer
_KINDS = {401: RefusalKind.AUTH, 429: RefusalKind.THROTTLED}
