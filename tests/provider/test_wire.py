"""What crosses the wire shows nothing of itself, and a bare status means what HTTP says."""

import json

import pytest

from voicehub import Outcome
from voicehub.errors import RefusalKind
from voicehub.provider import Refusal, Reply, Request, http_verdict, json_object


def test_a_request_shows_no_credential_no_query_and_no_body() -> None:
    headers = {"authorization": "Basic c2VjcmV0"}
    url = "https://user:word@api.example/v1/calls/932111111111?to=932111111112#x"
    request = Request("POST", url, headers, b"932111111113")
    assert repr(request) == "Request(POST https://api.example/..., 1 headers, 12 bytes)"
    assert Request("GET", "https://api.example", {}).body == b""


def test_a_reply_shows_no_content() -> None:
    assert repr(Reply(200, {"x-id": "932111111111"}, b"932111111111")) == "Reply(200, 1 headers, 12 bytes)"


def test_a_refusal_shows_no_number_and_no_line_of_its_own() -> None:
    rows = (Outcome("+932111111111", "accepted", "1"),)
    refusal = Refusal(RefusalKind.REQUEST, "-22", "bad number +932111111111\n\x1b[2J", rows)
    shown = repr(refusal)
    assert shown == r"Refusal(request, code='-22', reason='bad number +**********11\\n\\x1b[2J', 1 rows)"
    assert repr(Refusal(RefusalKind.AUTH)) == "Refusal(auth, code=None, reason=None, 0 rows)"


def test_every_bare_status() -> None:
    for status in range(100, 1000):
        reply = Reply(status, {}, b"whatever it says")
        doubt = status < 300 or status == 408 or status >= 500
        kind = RefusalKind({401: "auth", 429: "throttled"}.get(status, "request"))
        expected = None if doubt else Refusal(kind, str(status), f"HTTP status {status}")
        assert http_verdict(reply) == expected, status
        assert reply.proves_nothing is (status == 408 or status >= 500), status


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": [{"b": 1, "b": 2}]}',
        b'{"a": [{"b": 1}, {"b": 1, "\\u0062": 2}]}',
        b'{"a": 1, "b": "\\u003a", "a": 2}',
        b'{"a": [[{"b": 1, "b": 2}]]}',
        '{"a": 1, "a": 1}'.encode("utf-16"),
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1',
        b"[]",
    ],
)
def test_an_object_nobody_can_read_proves_nothing(body: bytes) -> None:
    assert json_object(body) == {}
    assert http_verdict(Reply(400, {}, body)) is None
    assert http_verdict(Reply(400, {}, b"\xef\xbb\xbf \r\n\t" + body)) is None


@pytest.mark.parametrize(
    "value",
    [{}, {"a": [{"b": "c: d"}, {"b": ":"}]}, {"a": {"b": {"a": 1}}}, {"a": [1, {"a": []}]}, {"a": [], "b": [{}, {}]}],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_an_object_is_read_whole(value: dict[str, object], encoding: str) -> None:
    body = json.dumps(value, indent=1).encode(encoding)
    assert json_object(body) == value
    assert http_verdict(Reply(400, {}, body)) == Refusal(RefusalKind.REQUEST, "400", "HTTP status 400")


@pytest.mark.parametrize("before", [b")]}',\n", b"<br />Warning: mysql_query()\n", b"<html><script>"])
@pytest.mark.parametrize("number", [b'"932111117111"', b'"+932111117111"'])
def test_what_names_a_number_behind_something_else_proves_nothing(before: bytes, number: bytes) -> None:
    """It may name a call, and whoever is throttled is phoned again."""
    body = before + b'{"status":"0","data":[{"voiceId":"v1","callee" :\n' + number + b"}]}"
    assert [http_verdict(Reply(status, {}, body)) for status in (302, 400, 401, 429)] == [None] * 4
    assert http_verdict(Reply(429, {}, before + b'{"after": 30}')) is not None


@pytest.mark.parametrize("body", [b"", b" ", b"null", b'"{"', b"<html>{</html>", b"no"])
def test_what_is_no_json_object_leaves_the_status(body: bytes) -> None:
    assert json_object(body) == {}
    assert http_verdict(Reply(400, {}, body)) is not None
