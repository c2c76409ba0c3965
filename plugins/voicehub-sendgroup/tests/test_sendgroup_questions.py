"""What the dialect makes of records and reports: two conventions of codes, two of times, hostile rows."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka
from voicehub_sendgroup import SendGroup

from voicehub.errors import UnsupportedField
from voicehub.provider import (
    AskBalance,
    CallState,
    DeleteFiles,
    FindRecord,
    ListFiles,
    ListRecords,
    Refusal,
    RefusalKind,
    Reply,
    Unreadable,
    Upload,
    ability_of,
    parse_report,
)
from voicehub.records import Balance, CallRecord, Listing, StoredFile

ONBUKA = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))
ITNIOTECH = Itniotech(Itniotech.Settings(**Itniotech.sample_settings))
NOW = 1_700_000_000
ROW = {"voiceId": "1", "callee": "932111111111"}


def read(row: object, provider: SendGroup = ONBUKA) -> CallRecord:
    (record,) = parse_report(provider, json.dumps(row).encode(), {})
    return record


def state(**fields: object) -> CallState:
    return read({**ROW, **fields}).state


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("200", CallState.COMPLETED),
        ("0", CallState.COMPLETED),
        (0, CallState.COMPLETED),
        ("486", CallState.BUSY),
        (486, CallState.BUSY),
        ("480", CallState.NO_ANSWER),
        ("487", CallState.NO_ANSWER),
        ("603", CallState.REJECTED),
        ("404", CallState.FAILED),
        ("503", CallState.FAILED),
        ("1", CallState.UNKNOWN),
        ("-18", CallState.UNKNOWN),
    ],
)
def test_both_conventions_of_the_code(code: object, expected: CallState) -> None:
    assert state(terminationCode=code, hangupTime=1646278471000) is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"answerTime": 1646278451000, "terminationCode": "486"}, CallState.COMPLETED),
        ({"callDuration": "20", "terminationCode": "1"}, CallState.COMPLETED),
        ({"answerTime": 1646278451000}, CallState.ANSWERED),
        ({"answerTime": 1646278451000, "hangupTime": 1646278471000}, CallState.COMPLETED),
        ({"callDuration": 0, "terminationCode": "200"}, CallState.UNKNOWN),
        ({"terminationCode": "1", "sipCode": "486"}, CallState.BUSY),
        ({"terminationCode": "1", "sipCode": 999}, CallState.UNKNOWN),
        ({"hangupTime": 1646278471000}, CallState.UNKNOWN),
        ({"submitTime": 1, "ringingTime": 2}, CallState.RINGING),
        ({"submitTime": 1}, CallState.QUEUED),
        ({"callTime": 1}, CallState.QUEUED),
        ({}, CallState.UNKNOWN),
    ],
)
def test_times_and_seconds_go_before_codes(fields: dict[str, object], expected: CallState) -> None:
    assert state(**fields) is expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (1646278441000, datetime(2022, 3, 3, 3, 34, 1, tzinfo=UTC)),
        ("1646278441000", datetime(2022, 3, 3, 3, 34, 1, tzinfo=UTC)),
        ("2022-03-03T11:34:01+08:00", datetime(2022, 3, 3, 3, 34, 1, tzinfo=UTC)),
        ("2022-03-03T03:34:01Z", datetime(2022, 3, 3, 3, 34, 1, tzinfo=UTC)),
        ("2022-03-03T11:34:01", None),
        ("0001-01-01T00:00:00+08:00", None),
        ("soon", None),
        (10**18, None),
        (0, None),
        (-1, None),
        (1.5, None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_times_in_both_notations(written: object, expected: datetime | None) -> None:
    assert read({**ROW, "submitTime": written}).submitted_at == expected


def test_numbers_may_come_as_text() -> None:
    record = read({**ROW, "ringDuration": "6", "callDuration": " 20 ", "chargedDuration": 60})
    assert (record.ring_seconds, record.call_seconds, record.charged_seconds) == (6, 20, 60)
    odd = read({**ROW, "ringDuration": "six", "callDuration": -1, "chargedDuration": "9" * 30})
    assert (odd.ring_seconds, odd.call_seconds, odd.charged_seconds) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "cost", "currency"),
    [
        ({"costEur": "0.021", "cost": "0.03"}, Decimal("0.021"), "EUR"),
        ({"cost": "0.021", "currency": "CNY"}, Decimal("0.021"), "CNY"),
        ({"cost": 0.021, "currency": ""}, Decimal("0.021"), None),
        ({"cost": 2, "currency": None}, Decimal(2), None),
        ({"cost": "free", "currency": "USD"}, None, None),
        ({"cost": float("1e30")}, None, None),
    ],
)
def test_money(fields: dict[str, object], cost: Decimal | None, currency: str | None) -> None:
    record = read({**ROW, **fields}, ITNIOTECH)
    assert (record.cost, record.currency) == (cost, currency)


@pytest.mark.parametrize(("key", "pressed"), [("-1", None), (-1, None), ("", None), (None, None), ("1", "1"), (0, "0")])
def test_the_key_that_was_pressed(key: object, pressed: str | None) -> None:
    assert read({**ROW, "feedbackValue": key}).pressed_key == pressed


@pytest.mark.parametrize(
    ("callee", "expected"),
    [
        ("932111111111", "+932111111111"),
        ("+932111111111", "+932111111111"),
        ("00932111111111", "+932111111111"),
        (932111111111, "+932111111111"),
        ("0932111111111", None),
        ("123", None),
        ("", None),
        (None, None),
        ("\u0669" * 9, None),
    ],
)
def test_the_callee(callee: object, expected: str | None) -> None:
    assert read({"voiceId": "1", "callee": callee}).callee == expected


def test_what_nobody_knows_is_kept() -> None:
    assert read({**ROW, "type": 1, "code": "Kabul"}).raw["code"] == "Kabul"


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"voiceId": ""}', b'{"voiceId": []}', b'{"array": 1}', b'{"array": [1, {}]}']
)
def test_what_is_no_report_is_none(body: bytes) -> None:
    assert parse_report(ONBUKA, body, {"Content-Type": "application/json"}) == ()


def test_several_in_one_push() -> None:
    rows = {"array": [ROW, "rubbish", {**ROW, "voiceId": "2"}]}
    found = parse_report(ONBUKA, json.dumps(rows).encode(), {})
    assert [record.call_id for record in found] == ["1", "2"]


def test_a_provider_that_pushes_nothing_says_so() -> None:
    class Mute(Onbuka):
        reports = None

    with pytest.raises(UnsupportedField, match="onbuka-v3 pushes none"):
        parse_report(Mute(ONBUKA.settings), b"{}", {})


def ask(asked: Any, body: object, status: int = 200) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ability_of(ONBUKA, type(asked)).decode(asked, Reply(status, {}, raw))


MONTH = ListRecords(datetime(2023, 11, 1, tzinfo=UTC), datetime(2023, 11, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    "asked", [Upload("a.mp3", b""), ListFiles(), DeleteFiles(["a"]), FindRecord("1"), MONTH, AskBalance()]
)
def test_what_is_no_telling(asked: Any) -> None:
    assert ask(asked, {"status": "-2", "reason": "no"}) == Refusal(RefusalKind.ADDRESS, "-2", "no")
    assert ask(asked, {"status": -54, "reason": 1}) == Refusal(RefusalKind.REQUEST, "-54", None)
    assert ask(asked, b"<html>", 403) == Refusal(RefusalKind.REQUEST, "403", "HTTP status 403")
    assert isinstance(ask(asked, b"<html>"), Unreadable)
    assert isinstance(ask(asked, {"status": ""}), Unreadable)
    assert isinstance(ask(asked, {"status": "0"}, 502), Unreadable)


@pytest.mark.parametrize("data", [None, {}, [], 1, {"records": 1}, "x"])
def test_a_success_without_its_data(data: object) -> None:
    for asked in (ListFiles(), MONTH):
        assert isinstance(ask(asked, {"status": "0", "data": data}), Unreadable)


def test_pages() -> None:
    def more(**numbers: object) -> bool:
        rows = [{"fileId": str(at), "fileName": "a"} for at in range(2)]
        listing: Listing[StoredFile] = ask(ListFiles(1, 2), {"status": 0, "data": {"records": rows, **numbers}})
        return listing.more

    assert [more(pages=2), more(pages="1"), more(total=3), more(total="2"), more()] == [True, False, True, False, True]
    empty: Listing[StoredFile] = ask(ListFiles(1, 2), {"status": 0, "data": {"records": [], "pages": 9}})
    assert empty == Listing(())


def test_rows_without_an_id_are_counted() -> None:
    rows = [{"fileId": "1", "fileName": None}, {"fileName": "a"}, "rubbish"]
    assert ask(ListFiles(), {"status": "0", "data": {"records": rows}}) == Listing((StoredFile("1", ""),), False, 2)


def test_a_record_that_is_not_there() -> None:
    assert ask(FindRecord("1"), {"status": "-24", "reason": "none"}) is None
    assert ask(FindRecord("1"), {"status": "0", "data": None}) is None
    assert isinstance(ask(FindRecord("1"), {"status": "0", "data": {"callee": "932111111111"}}), Unreadable)


def test_balances() -> None:
    body = {"status": "0", "balance": "1.5", "gift": None, "credit": 2}
    assert ask(AskBalance(), body) == Balance(Decimal("1.5"), Decimal(0), Decimal(2))
    assert ask(AskBalance(), body).available == Decimal("3.5")


@pytest.mark.parametrize(
    ("asked", "values", "told"),
    [
        (Upload("a.mp3", b""), {"fileName": 1, "file": ""}, "fileName and file are required"),
        (Upload("a.mp3", b""), {"fileName": "a.mp3", "file": "\u4e2d"}, "not Base64"),
        (ListFiles(), {"current": 0, "size": 1}, "current and size are whole numbers"),
        (DeleteFiles(["a"]), {"fileIdList": [1]}, "fileIdList is a list of ids"),
        (MONTH, {"current": 1, "size": 1, "params": 1}, "params.strTime"),
        (AskBalance(), {"a": 1}, "unknown fields: a"),
    ],
)
def test_the_vendor_refuses_what_makes_no_sense(asked: Any, values: object, told: str) -> None:
    ability = ability_of(ONBUKA, type(asked))
    request = ability.encode(asked, NOW)
    odd = type(request)(request.method, request.url, request.headers, json.dumps(values).encode())
    refusal = ability.parse(odd, NOW)
    assert isinstance(refusal, Refusal)
    assert told in (refusal.reason or "")


def test_a_page_nobody_asked_for_is_refused() -> None:
    reply = ability_of(ONBUKA, ListRecords).answer(None, Listing(()))
    assert json.loads(reply.body)["status"] == "-22"


def test_a_call_that_is_over_gets_a_code() -> None:
    ended = CallRecord(call_id="1", state=CallState.BUSY, ended_at=datetime(2023, 11, 1, tzinfo=UTC))
    reply = ability_of(ONBUKA, FindRecord).answer(FindRecord("1"), ended)
    assert json.loads(reply.body)["data"]["terminationCode"] == "600"
