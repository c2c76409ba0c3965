"""`hostile_replies` and `hostile_requests`: what a broken or hostile peer could send, made from genuine bytes."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Reply, Request
from voicehub.testing._gaps import as_json, gaps, places
from voicehub.testing._messages import messages
from voicehub.testing._results import results

HTML = b"<!doctype html><html><head><title>Oops</title></head><body>An error occurred</body></html>"
#: Bodies without any vendor's answer: of such a reply only the HTTP status means something.
BARE = (b"", HTML, b"upstream connect error or disconnect/reset before headers")
#: Bodies that break many parsers.
NASTY = (
    *BARE,
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 5000,
    b'{"status": ' + b"9" * 5000 + b"}",
    b"1e999",
    b"NaN",
    b"null",
    b"[]",
    b"{}",
    b"[" * 1500 + b"]" * 1500,  # some versions of Python parse this, but a recursive function fails on it
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b"\x00",
    b'"\\ud800"',
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"<?xml version='1.0' encoding='nobody'?><a/>",
    b"<a>" * 3000 + b"</a>" * 3000,
)
_WAYS = st.sampled_from(["edited", "edited", "edited", "nonsense", "nonsense", "cut", "spliced", "genuine"])
_NONSENSE = st.binary(max_size=40) | st.sampled_from(NASTY)
_PARTS = st.sampled_from(["body", "body", "body", "body", "method", "url", "headers", "all"])
_SPLICE = st.binary(max_size=3)
_ACTIONS = st.sampled_from(["replace", "replace", "replace", "remove", "double", "drop", "reorder"])
_WEIRD: SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        -18,
        10**30,
        10**400,
        1.5,
        float("nan"),
        "",
        " ",
        "0",
        " 0 ",
        "-18",
        "\ud800",
        "\u00b2",
        "\u0663",
        [],
        {},
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)  # explicit: the default takes seconds to set up
_WORDS = st.text(st.characters(max_codepoint=0xFF), max_size=12)  # what a header can contain: latin-1
_HEADERS = st.none() | st.dictionaries(_WORDS, _WORDS, max_size=2)
#: 100 to 999, because an HTTP status has three digits; 0 stands for the genuine one.
_STATUSES = (
    st.just(0)
    | st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 502, 503])
    | st.integers(100, 999)
)


@st.composite
def hostile_replies(draw: DrawFn, provider: Provider, message: VoiceMessage) -> Reply:
    """Any bytes with any status: nonsense, and genuine answers cut, mistyped, reordered, doubled, missing, extra."""
    return draw(edited_replies(provider.answer_to(message, draw(results(provider, message)))))


@st.composite
def edited_replies(draw: DrawFn, genuine: Reply) -> Reply:
    """This reply with another status, other headers, another body, or none of it."""
    status = draw(_STATUSES) or genuine.status
    headers = draw(_HEADERS)
    return Reply(status, genuine.headers if headers is None else headers, draw(_bodies(genuine.body)))


def hostile_requests(provider: Provider, now: float) -> SearchStrategy[Request]:
    """Any request: nonsense, and genuine ones with method, address, a header or the body edited."""
    return edited_requests(messages(provider).map(lambda message: provider.encode(message, now)))


@st.composite
def edited_requests(draw: DrawFn, requests: SearchStrategy[Request]) -> Request:
    """One of these requests with its method, address, a header or the body edited."""
    genuine = draw(requests)
    method, url, headers, body = genuine.method, genuine.url, dict(genuine.headers), genuine.body
    match draw(_PARTS):
        case "body":
            body = draw(_bodies(body))
        case "method":
            method = draw(st.sampled_from(["GET", "PUT", "DELETE", "post", ""]) | _WORDS)
        case "url":
            url = draw(st.sampled_from([f"{url}/", f"{url}?a=b", url[:-1], "http://[", ""]) | _WORDS)
        case "headers":
            name = draw(st.sampled_from(["authorization", *headers]) | _WORDS)
            kept = {other: value for other, value in headers.items() if other != name}
            headers = kept if draw(st.booleans()) else {**kept, name: draw(_WORDS)}
        case _:
            method, url, body = draw(_WORDS), draw(_WORDS), draw(_bodies(body))
            headers = draw(st.dictionaries(_WORDS, _WORDS, max_size=3))
    return Request(method, url, headers, body)


@st.composite
def _bodies(draw: DrawFn, genuine: bytes) -> bytes:
    match draw(_WAYS):
        case "nonsense":
            return draw(_NONSENSE)
        case "cut":
            return genuine[: draw(st.integers(0, len(genuine)))]
        case "spliced":
            at = draw(st.integers(0, len(genuine)))
            return genuine[:at] + draw(_SPLICE) + genuine[at + 1 :]
        case "edited" if as_json(genuine) is not None:
            return draw(edited_json(genuine))
        case "edited" if genuine:
            return draw(st.sampled_from([genuine, *gaps(genuine)]))
        case _:
            return genuine


@st.composite
def edited_json(draw: DrawFn, genuine: bytes) -> bytes:
    """The JSON of these bytes with one to three places replaced, removed, doubled, dropped or reordered."""
    root = [json.loads(genuine)]
    for _ in range(draw(st.integers(1, 3))):
        action, found = draw(_ACTIONS), list(places(root))
        lists = [(container, key) for container, key in found if isinstance(container[key], list) and container[key]]
        container, key = draw(st.sampled_from(lists if lists and action in ("double", "reorder", "drop") else found))
        inside = container[key]
        match action:
            case "remove" if container is not root:
                del container[key]
            case "double" if lists:
                inside.insert(draw(st.integers(0, len(inside))), json.loads(json.dumps(draw(st.sampled_from(inside)))))
            case "drop" if lists:
                inside.pop(draw(st.integers(0, len(inside) - 1)))
            case "reorder" if lists:
                inside[:] = draw(st.permutations(inside))
            case _:
                container[key] = draw(_WEIRD)
    return json.dumps(root[0]).encode()


def mistyped(genuine: bytes) -> Iterator[bytes]:
    """The JSON of these bytes with each value in turn replaced by each other type; nothing if it is not JSON."""
    if as_json(genuine) is None:
        return
    root = [json.loads(genuine)]
    for container, key in list(places(root)):
        before = container[key]
        for value in (None, True, 7, -1.5, "", "x", [], {}, ["x"], {"x": 1}):
            container[key] = value
            yield json.dumps(root[0]).encode()
        container[key] = before
