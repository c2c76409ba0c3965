"""What each answer means for each callee, for both brands: the failure table of the dialect, row by row."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka
from voicehub_sendgroup import SendGroup, _envelope

from voicehub import Outcome, UploadedAudio, VoiceMessage
from voicehub.client import account_for
from voicehub.provider import Refusal, Reply

FIRST, SECOND = "+932111111111", "+932111111112"
MESSAGE = VoiceMessage(to=[FIRST, SECOND], content=UploadedAudio("a.mp3"))
HTML = b"<html><body>502 Bad Gateway</body></html>"
OPEN = ("in_doubt", "in_doubt")
TAKEN = ("accepted", "accepted")
NOBODY = ("refused", "refused")


def row(callee: object = FIRST[1:], code: object = "0", call_id: object = "1", **fields: object) -> dict[str, object]:
    return {"voiceId": call_id, "callee": callee, "terminationCode": code, "terminationReason": "said", **fields}


BOTH = [row(), row(SECOND[1:], call_id="2")]


def envelope(status: object = "0", data: object = BOTH) -> bytes:
    return json.dumps({"status": status, "reason": "said", "data": data}).encode()


def without(name: str, **fields: Any) -> bytes:
    values = json.loads(envelope(**fields))
    del values[name]
    return json.dumps(values).encode()


@pytest.fixture(params=[Onbuka, Itniotech], ids=["onbuka-v3", "itniotech"])
def brand(request: pytest.FixtureRequest) -> SendGroup:
    cls: type[SendGroup] = request.param
    return cls(cls.Settings(**cls.sample_settings))


# name, HTTP status, body, what becomes of the two callees
ANSWERS: list[tuple[str, int, bytes, tuple[str, str]]] = [
    ("status as text", 200, envelope("0"), TAKEN),
    ("status as number", 200, envelope(0), TAKEN),
    ("status with blanks", 200, envelope(" 0 "), TAKEN),
    ("status true", 200, envelope(True), OPEN),  # unusable status: an id is then no more than a reason to doubt
    ("status 0.0", 200, envelope(0.0), OPEN),
    ("status null", 200, envelope(None), OPEN),
    ("status missing", 200, without("status"), OPEN),
    ("status false without rows", 200, envelope(False, []), OPEN),
    ("status null without rows", 200, envelope(None, None), OPEN),
    ("status missing without rows", 200, without("status", data=None), OPEN),
    ("status blank without rows", 200, envelope(" ", None), OPEN),
    ("status a list", 200, envelope([0], None), OPEN),
    ("status of 3000 digits", 200, b'{"status": ' + b"9" * 3000 + b"}", OPEN),
    ("a number Python refuses to read", 200, b'{"status": ' + b"9" * 5000 + b"}", OPEN),
    ("data null", 200, envelope(data=None), OPEN),
    ("data absent", 200, without("data"), OPEN),
    ("data empty", 200, envelope(data=[]), OPEN),
    ("data an object", 200, envelope(data=row()), OPEN),
    ("data text", 200, envelope(data="932111111111"), OPEN),
    ("a row that is no object", 200, envelope(data=["932111111111", None, 7]), OPEN),
    ("a missing row", 200, envelope(data=BOTH[:1]), ("accepted", "in_doubt")),
    ("reordered rows", 200, envelope(data=BOTH[::-1]), TAKEN),
    ("a doubled row", 200, envelope(data=[*BOTH, row(call_id="3")]), TAKEN),
    ("doubled, refused then accepted", 200, envelope(data=[row(code="-22", call_id=None), *BOTH]), TAKEN),
    ("a foreign row", 200, envelope(data=[row("4917012345678"), BOTH[1]]), ("in_doubt", "accepted")),
    (
        "a row without callee",
        200,
        envelope(data=[{"voiceId": "1", "terminationCode": "0"}, BOTH[1]]),
        ("in_doubt", "accepted"),
    ),
    ("a callee as number", 200, envelope(data=[row(932111111111), BOTH[1]]), TAKEN),
    ("a callee with +", 200, envelope(data=[row(FIRST), BOTH[1]]), TAKEN),
    ("a callee true", 200, envelope(data=[row(True), BOTH[1]]), ("in_doubt", "accepted")),
    ("row code as number", 200, envelope(data=[row(code=0), BOTH[1]]), TAKEN),
    ("row code 0 without id", 200, envelope(data=[row(call_id=None), BOTH[1]]), TAKEN),
    ("row code 0 with an empty id", 200, envelope(data=[row(call_id=""), BOTH[1]]), TAKEN),
    ("row code refused", 200, envelope(data=[row(code="-22", call_id=None), BOTH[1]]), ("refused", "accepted")),
    ("row code unknown", 200, envelope(data=[row(code="486", call_id=None), BOTH[1]]), ("refused", "accepted")),
    ("row code -18", 200, envelope(data=[row(code="-18", call_id=None), BOTH[1]]), ("in_doubt", "accepted")),
    ("row code -18 as number", 200, envelope(data=[row(code=-18), BOTH[1]]), ("in_doubt", "accepted")),
    ("row code null", 200, envelope(data=[row(code=None), BOTH[1]]), ("in_doubt", "accepted")),
    ("row code empty", 200, envelope(data=[row(code=" "), BOTH[1]]), ("in_doubt", "accepted")),
    ("row code false", 200, envelope(data=[row(code=False), BOTH[1]]), ("in_doubt", "accepted")),
    ("row code 0.0", 200, envelope(data=[row(code=0.0), BOTH[1]]), ("in_doubt", "accepted")),
    ("-1", 200, envelope("-1", None), NOBODY),
    ("-2", 200, envelope("-2", None), NOBODY),
    ("-10", 200, envelope("-10", []), NOBODY),
    ("-13", 200, envelope("-13", None), NOBODY),
    ("-15", 200, envelope("-15", None), NOBODY),
    ("-16", 200, envelope("-16", None), NOBODY),
    ("-22", 200, envelope("-22", None), NOBODY),
    ("-22 as number", 200, envelope(-22, None), NOBODY),
    ("-26", 200, without("data", status="-26"), NOBODY),
    ("-22 with call ids", 200, envelope("-22"), TAKEN),
    ("-22 with one call id", 200, envelope("-22", BOTH[:1]), ("accepted", "refused")),
    ("-22 with a row without id", 200, envelope("-22", [row(call_id=None)]), NOBODY),
    ("-18", 200, envelope("-18", None), OPEN),
    ("-18 with call ids", 200, envelope("-18"), TAKEN),
    ("-18 with one call id", 200, envelope("-18", BOTH[:1]), ("accepted", "in_doubt")),
    (
        "-18 with a refused row",
        200,
        envelope("-18", [row(code="-22", call_id=None), BOTH[1]]),
        ("in_doubt", "accepted"),
    ),
    *(
        (f"code {code}", 200, envelope(code, None), OPEN)
        for code in ("-20", "-21", "-25", "-29", "-32", "-54", "1", "999", "x")
    ),
    ("HTML with 200", 200, HTML, OPEN),
    ("nothing with 200", 200, b"", OPEN),
    ("truncated", 200, envelope()[:-9], OPEN),
    ("JSON null", 200, b"null", OPEN),
    ("a JSON list", 200, json.dumps(BOTH).encode(), OPEN),
    ("deep JSON", 200, b"[" * 100_000, OPEN),
    ("deep JSON inside", 200, b'{"status": "0", "data": ' + b"[" * 100_000, OPEN),
    ("no UTF-8", 200, b"\xff\xfe\xfa", OPEN),
    ("another family's envelope", 200, b'{"code": "0", "msg": "success", "data": null}', OPEN),
    ("204", 204, b"", OPEN),
    ("301", 301, b"", NOBODY),
    ("400 without envelope", 400, HTML, NOBODY),
    ("400 with a success", 400, envelope(), TAKEN),
    ("401 without envelope", 401, HTML, NOBODY),
    ("403 with an unknown code", 403, envelope("-31", None), OPEN),
    ("404 without envelope", 404, b"{}", NOBODY),
    ("408", 408, HTML, OPEN),
    ("408 with a refusal", 408, envelope("-22", None), OPEN),
    ("408 with call ids", 408, envelope(), TAKEN),
    ("429 without envelope", 429, b"slow down", NOBODY),
    ("429 with envelope -15", 429, envelope("-15", None), NOBODY),
    ("429 with envelope -18", 429, envelope("-18", None), OPEN),
    ("429 with envelope 0 without rows", 429, envelope(data=None), OPEN),
    ("500", 500, HTML, OPEN),
    ("500 with -1", 500, envelope("-1", None), OPEN),
    ("502 with a refused row", 502, envelope(data=[row(code="-22", call_id=None), BOTH[1]]), ("in_doubt", "accepted")),
    ("503 with call ids", 503, envelope(), TAKEN),
    ("503 with a success without ids", 503, envelope(data=[row(call_id=None), BOTH[1]]), ("in_doubt", "accepted")),
]


@pytest.mark.parametrize(
    ("status", "body", "expected"), [answer[1:] for answer in ANSWERS], ids=[answer[0] for answer in ANSWERS]
)
def test_what_an_answer_means(brand: SendGroup, status: int, body: bytes, expected: tuple[str, str]) -> None:
    reply = Reply(status, {}, body)
    outcomes, _ = account_for(MESSAGE.to, brand.decode(MESSAGE, reply), reply)
    assert tuple(outcome.status for outcome in outcomes) == expected


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, envelope("-1", None), "auth", "-1"),
        (200, envelope("-2", None), "address", "-2"),
        (200, envelope("-10", None), "balance", "-10"),
        (200, envelope("-13", None), "balance", "-13"),
        (200, envelope("-15", None), "throttled", "-15"),
        (200, envelope("-16", None), "clock", "-16"),
        (200, envelope("-22", None), "request", "-22"),
        (200, envelope("-26", None), "request", "-26"),
        (400, envelope("-1", None), "auth", "-1"),
        (401, HTML, "auth", "401"),
        (403, HTML, "request", "403"),
        (429, HTML, "throttled", "429"),
        (429, envelope("-10", None), "balance", "-10"),
        (302, b"", "request", "302"),
        (429, envelope(True, None), "throttled", "429"),
    ],
)
def test_the_kind_of_a_refusal(brand: SendGroup, status: int, body: bytes, kind: str, code: str) -> None:
    read = brand.decode(MESSAGE, Reply(status, {}, body))
    assert isinstance(read, Refusal)
    assert (read.kind, read.code) == (kind, code)


def test_what_is_left_over_is_kept(brand: SendGroup) -> None:
    rows = [*BOTH, row(call_id="3"), row("4917012345678", call_id="4")]
    reply = Reply(200, {}, envelope(data=rows))
    outcomes, left_over = account_for(MESSAGE.to, brand.decode(MESSAGE, reply), reply)
    assert [outcome.call_id for outcome in outcomes] == ["1", "2"]
    assert [(one.callee, one.call_id) for one in left_over] == [(FIRST, "3"), ("+4917012345678", "4")]


def test_the_words_of_the_vendor_are_kept(brand: SendGroup) -> None:
    rows = [row(code=486, call_id=7, terminationReason="busy"), row(SECOND[1:], terminationReason=9)]
    outcomes = brand.decode(MESSAGE, Reply(200, {}, envelope(data=rows)))
    assert outcomes == [Outcome(FIRST, "refused", "7", "486", "busy"), Outcome(SECOND, "accepted", "1", "0", None)]


def test_rows_against_a_refusal_are_written_and_read(brand: SendGroup) -> None:
    said = Refusal(brand.refusal_kinds["-10"], "-10", "no balance", (Outcome(FIRST, "accepted", "1", "0", "said"),))
    assert brand.decode(MESSAGE, brand.answer(said)) == said


def test_a_doubt_with_a_code_has_a_row_and_a_doubt_without_has_none(brand: SendGroup) -> None:
    said = [Outcome(FIRST, "in_doubt", None, "-18", "fault"), Outcome(SECOND, "in_doubt")]
    assert brand.decode(MESSAGE, brand.answer(said)) == said[:1]


def test_a_refusal_without_a_code_is_written_as_a_bad_parameter(brand: SendGroup) -> None:
    read = brand.decode(MESSAGE, brand.answer(Refusal(brand.refusal_kinds["-22"])))
    assert isinstance(read, Refusal)
    assert read.code == "-22"


plain_text = st.text(st.sampled_from("a1 \u00a0\t+"), max_size=3)
odd: st.SearchStrategy[Any] = st.sampled_from([None, "", " 1", 0, True, 1.5, [], {}, "0"])
plain_rows = st.builds(row, callee=st.sampled_from([FIRST[1:], SECOND[1:]]), call_id=plain_text.filter(str.strip))


@given(
    st.lists(plain_rows | st.builds(row, odd, odd, odd) | st.builds(row, terminationReason=odd) | odd, max_size=3)
    | st.tuples(plain_text, plain_text).map(lambda ids: [row(call_id=ids[0]), row(SECOND[1:], call_id=ids[1])])
)
@example(BOTH)
@example([row(call_id="1 2"), row(SECOND[1:], call_id="3")])
@example([row(f"{FIRST[1:]},{SECOND[1:]}")])
@example([row(terminationReason=7), row(SECOND[1:], terminationReason=7)])
@example([{"callee": FIRST[1:]}])
def test_rows_read_by_column_are_what_they_are_one_by_one(rows: list[Any]) -> None:
    by_column = _envelope._plain_rows(MESSAGE.to, rows)
    assert by_column is None or by_column == [_envelope._row(each) for each in rows]
    assert {type(outcome) for outcome in by_column or ()} <= {Outcome}


def test_the_usual_answer_is_read_by_column() -> None:
    assert _envelope._plain_rows(MESSAGE.to, BOTH) == [
        Outcome(FIRST, "accepted", "1", "0", "said"),
        Outcome(SECOND, "accepted", "2", "0", "said"),
    ]
