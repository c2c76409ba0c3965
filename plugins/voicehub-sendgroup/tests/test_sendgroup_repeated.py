"""Answers that say the same of all callees are read as text; what that gives must be what their JSON gives."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from voicehub_sendgroup import _envelope, _repeated

from voicehub import Announcement, Outcome, UploadedAudio
from voicehub.provider import Accepted, Reply

COUNT = 3
NUMBERS = [f"93200000{at}" for at in range(100, 100 + COUNT)]
MESSAGE = Announcement(content=UploadedAudio("a.mp3")).addressed_to(*NUMBERS)
ID_FIRST = ("voiceId", "callee", "terminationCode", "terminationReason")
CALLEE_FIRST = ("terminationReason", "callee", "voiceId", "terminationCode")


def row(at: int, order: tuple[str, ...] = ID_FIRST, **other: Any) -> dict[str, Any]:
    said = {"voiceId": f"id{at}", "callee": NUMBERS[at], "terminationCode": "0", "terminationReason": "success"} | other
    return {name: said[name] for name in (*order, *(said.keys() - set(order)))}


def answer(rows: list[Any], *, separators: tuple[str, str] = (",", ":"), **envelope: Any) -> bytes:
    said = {"status": "0", "reason": "success", "data": rows} | envelope
    return json.dumps(said, separators=separators).encode()


def as_json(body: bytes) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_repeated, "FEWEST", COUNT + 1)
        return _envelope.read(MESSAGE.to, Reply(200, {}, body), {})


def as_text(body: bytes) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_repeated, "FEWEST", 2)
        return _envelope.read(MESSAGE.to, Reply(200, {}, body), {})


STYLES = ((",", ":"), (", ", ": "), (",\n ", " :\t"))
PLAIN = [
    answer([row(at, order) for at in range(COUNT)], separators=style)
    for order in (ID_FIRST, CALLEE_FIRST)
    for style in STYLES
]


@pytest.mark.parametrize("body", PLAIN)
def test_the_usual_answer_is_read_as_text(body: bytes) -> None:
    read = as_text(body)
    assert type(read) is Accepted
    assert (
        read
        == tuple(as_json(body))
        == tuple(Outcome(f"+{number}", "accepted", f"id{at}", "0", "success") for at, number in enumerate(NUMBERS))
    )


def test_numbers_may_differ_in_length() -> None:
    numbers = ["9320000", "932000000000001", "93200000002"]
    message = Announcement(content=UploadedAudio("a.mp3")).addressed_to(*numbers)
    for order in (ID_FIRST, CALLEE_FIRST):
        body = answer([row(at, order, callee=number) for at, number in enumerate(numbers)])
        read = _repeated.read(message.to, body, _envelope._plain)
        assert read is not None
        assert [(one.callee, one.call_id) for one in read] == [
            (f"+{each}", f"id{at}") for at, each in enumerate(numbers)
        ]


WHOLE = [row(at) for at in range(COUNT)]


def changed(at: int, **other: Any) -> bytes:
    return answer([*WHOLE[:at], row(at, **other), *WHOLE[at + 1 :]])


def behind_an_escape(name: str, *values: str) -> bytes:
    """Rows in which this name stands a second time, seen only by who reads JSON, with these values."""
    rows = answer([row(at, ESCAPED=value) for at, value in enumerate(values)])
    return rows.replace(b'"ESCAPED"', f'"\\u{ord(name[0]):04x}{name[1:]}"'.encode())


def hidden(*callees: str) -> bytes:
    """Rows whose names only who reads JSON sees; behind them stands, for something else, what looks like the rows."""
    rows = answer([row(at, voiceId=call_id, callee=callees[at]) for at, call_id in enumerate(("1st", "2nd"))])
    escaped = rows.replace(b'"voiceId"', b'"\\u0076oiceId"').replace(b'"callee"', b'"\\u0063allee"')
    return escaped[:-1] + b',"more":' + json.dumps(WHOLE, separators=(",", ":")).encode() + b"}"


ODD = [
    behind_an_escape("voiceId", "1st", "1st", "2nd"), behind_an_escape("voiceId", "3rd", "3rd", "4th"),
    behind_an_escape("callee", "number 1", "number 1", "number 2"), behind_an_escape("callee", *NUMBERS),
    *(changed(at, **other) for at in range(COUNT) for other in (
        {"voiceId": "longer"}, {"voiceId": ""}, {"voiceId": "a b"}, {"voiceId": 'a"b'}, {"voiceId": "a\\"},
        {"voiceId": 123}, {"voiceId": None}, {"voiceId": "\u00e9d1"}, {"callee": "932000009"}, {"callee": NUMBERS[0]},
        {"terminationCode": "-18"}, {"terminationCode": "7"}, {"terminationReason": "other"}, {"more": 1},
    )),
    answer(WHOLE[:2]), answer([*WHOLE, row(0)]), answer(WHOLE[::-1]), answer([]), answer(WHOLE, status="-10"),
    answer(WHOLE, status="-22", reason="no"), answer([WHOLE]), answer([WHOLE[0], [WHOLE[1]], WHOLE[2]]),
    answer([row(at, terminationReason="1st") for at in range(COUNT)]),
    answer([row(at, terminationReason=f"of {NUMBERS[1]}") for at in range(COUNT)]),
    answer([{"more": row(at), **row(at)} for at in range(COUNT)]),
    answer([{"more": row(at)} for at in range(COUNT)]),
    answer(WHOLE)[:-1], answer(WHOLE) + b"}", b"\xff" + answer(WHOLE), b"\xef\xbb\xbf" + answer(WHOLE), b"", b"{}",
    answer(WHOLE).decode().encode("utf-16"), answer(WHOLE).replace(b'"callee"', b'"voiceId"'),
    answer(WHOLE).replace(b'"voiceId":"id1"', b'"voiceId":"x","voiceId":"id1"'),
    answer(WHOLE).replace(b'"terminationCode"', b'"callee":"1","terminationCode"'),
    answer(WHOLE).replace(b'"voiceId"', b'"x\\"voiceId"'),
    answer([{**row(at), 'x"voiceId': "9"} for at in range(COUNT)]),
    answer([{'x"voiceId': f"id{at}", 'x"callee': NUMBERS[at], **row(at)} for at in range(COUNT)]),
    answer([{'x"voiceId': f"id{at}", 'x"callee': NUMBERS[at], **row(0)} for at in range(COUNT)]),
    answer([row(at, voiceId="") for at in range(COUNT)]),
    hidden(*NUMBERS[:2]), hidden("number 1", "number 2"),
    answer([row(0, CALLEE_FIRST, callee="93200000999"), *(row(at, CALLEE_FIRST) for at in range(1, COUNT))]),
    answer([{"ESCAPED": "same", "callee": NUMBERS[at], "terminationCode": "0", "terminationReason": "success",
             "more": {"voiceId": f"id{at}"}} for at in range(COUNT)]).replace(b'"ESCAPED"', b'"\\u0076oiceId"'),
]  # fmt: skip


@pytest.mark.parametrize("body", ODD)
def test_what_differs_anywhere_is_read_as_its_json_says(body: bytes) -> None:
    assert list_of(as_text(body)) == list_of(as_json(body))


def test_an_answer_of_many_words_is_not_remembered() -> None:
    body = answer(WHOLE, more="x" * 2000)
    asked = _repeated._words.cache_info().misses
    assert list_of(as_text(body)) == list_of(as_json(body))
    assert _repeated._words.cache_info().misses == asked


edits: st.SearchStrategy[Callable[[bytes], bytes]] = st.builds(
    lambda at, gone, put: lambda body: body[: at % len(body)] + put + body[at % len(body) + gone :],
    *(st.integers(0, 400), st.integers(0, 3)),
    st.sampled_from([b"", b'"', b"\\", b",", b"{", b"}", b"id1", b"1st", b"9", b" ", b'"voiceId":"id1",', b"\x00"]),
)


@given(st.sampled_from(PLAIN), st.lists(edits, max_size=3))
@example(PLAIN[0], [])
def test_however_an_answer_is_bent_text_says_what_json_says(body: bytes, bent: list[Callable[[bytes], bytes]]) -> None:
    for edit in bent:
        body = edit(body)
    assert list_of(as_text(body)) == list_of(as_json(body))


def list_of(read: Any) -> Any:
    return list(read) if isinstance(read, list | tuple | Accepted) else read
