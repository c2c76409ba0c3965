"""What may speak of a call is never taken for a refusal, however it is written, for both brands."""

import json
from typing import Any

import pytest
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka
from voicehub_sendgroup import SendGroup

from voicehub import UploadedAudio, VoiceMessage
from voicehub.client import account_for
from voicehub.provider import Reply

FIRST, SECOND = "+932111111111", "+932111111112"
MESSAGE = VoiceMessage(to=[FIRST, SECOND], content=UploadedAudio("a.mp3"))
OPEN, NOBODY = ["in_doubt", "in_doubt"], ["refused", "refused"]


@pytest.fixture(params=[Onbuka, Itniotech], ids=["onbuka-v3", "itniotech"])
def brand(request: pytest.FixtureRequest) -> SendGroup:
    cls: type[SendGroup] = request.param
    return cls(cls.Settings(**cls.sample_settings))


def row(**changes: Any) -> dict[str, Any]:
    return {"voiceId": "1", "callee": FIRST[1:], "terminationCode": "0", **changes}


def envelope(status: object, data: object) -> bytes:
    return json.dumps({"status": status, "reason": "said", "data": data}).encode()


def statuses(brand: SendGroup, http: int, body: bytes) -> list[str]:
    reply = Reply(http, {}, body)
    return [outcome.status for outcome in account_for(MESSAGE.to, brand.decode(MESSAGE, reply), reply)[0]]


@pytest.mark.parametrize(
    "callee", ["00932111111111", "+932111111111", "+ 932111111111", " (93) 211-111.1111 ", "00 93 2111 111111"]
)
def test_a_callee_is_its_digits(brand: SendGroup, callee: str) -> None:
    assert statuses(brand, 200, envelope("-22", [row(callee=callee)])) == ["accepted", "refused"]


@pytest.mark.parametrize("callee", ["2111111111", "\u0669\u0663\u0662", "4917012345678", 932111111111.0, None, "", []])
@pytest.mark.parametrize("call_id", ["1", 1.5])
def test_a_call_of_nobody_known_may_be_anybodys(brand: SendGroup, callee: object, call_id: object) -> None:
    data = [row(callee=callee, voiceId=call_id)]
    assert statuses(brand, 200, envelope("-22", data)) == OPEN
    assert statuses(brand, 400, envelope(None, data)) == OPEN


@pytest.mark.parametrize("call_id", [2.2e18, {"id": 1}, ["x"], {}, [], True, False])
def test_a_call_id_that_cannot_be_read_is_doubt(brand: SendGroup, call_id: object) -> None:
    assert statuses(brand, 200, envelope("-22", [row(voiceId=call_id)])) == ["in_doubt", "refused"]
    for code in ("0", "-22"):
        answer = envelope("0", [row(voiceId=call_id, terminationCode=code), row(callee=SECOND[1:])])
        assert statuses(brand, 200, answer) == ["in_doubt", "accepted"]


@pytest.mark.parametrize("call_id", [None, "", " "])
def test_no_call_id_is_no_call(brand: SendGroup, call_id: object) -> None:
    assert statuses(brand, 200, envelope("-22", [row(voiceId=call_id)])) == NOBODY


@pytest.mark.parametrize("data", [row(), {"list": [row()]}, json.dumps([row()]), 7, False, ["932111111111"]])
@pytest.mark.parametrize(("http", "status"), [(200, "-22"), (200, "-1"), (400, "-22"), (400, None), (302, None)])
def test_data_that_cannot_be_read_is_doubt(brand: SendGroup, data: object, http: int, status: object) -> None:
    assert statuses(brand, http, envelope(status, data)) == OPEN


@pytest.mark.parametrize("data", [None, "", [], {}, [None]])
def test_data_that_says_nothing_leaves_the_refusal(brand: SendGroup, data: object) -> None:
    assert statuses(brand, 200, envelope("-22", data)) == NOBODY


@pytest.mark.parametrize("http", [200, 400])
@pytest.mark.parametrize(
    "body",
    [
        b'{"status": "0", "status": "-22", "data": null}',
        b'{"status": "-22", "data": [%s], "data": null}' % json.dumps(row()).encode(),
        b'{"status": "-22", "data": [{"voiceId": "1", "voiceId": null, "callee": "932111111111"}]}',
        b'{"status": "0", "data": [{"callee": "932111111111", "terminationCode": "0", "terminationCode": "-22"}]}',
    ],
)
def test_a_key_given_twice_is_doubt(brand: SendGroup, http: int, body: bytes) -> None:
    assert statuses(brand, http, body) == OPEN


CODES = ["00", "+0", "-0", "0.0", "\uff10", "-\uff11", "success", "OK", "null", "-18 (fault)", "-18.0", "-018", "0;ok"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("call_id", ["1", None])
def test_a_row_is_refused_by_a_whole_number_only(brand: SendGroup, code: str, call_id: object) -> None:
    rows = [row(terminationCode=code, voiceId=call_id), row(callee=SECOND[1:], terminationCode="-22", voiceId=None)]
    assert statuses(brand, 200, envelope("0", rows)) == ["in_doubt", "refused"]


GENUINE = envelope("0", [row()])


@pytest.mark.parametrize(
    "body",
    [
        '{"status":"0","reason":"\u6210\u529f","data":[{"callee":"932111111111","voiceId":"v1"}]}'.encode("gbk"),
        GENUINE[:-2],
        b"\xef\xbb\xbf \r\n" + GENUINE[:-2],
        GENUINE.decode()[:-2].encode("utf-16"),
        b"[" + GENUINE + b"]",
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("http", [302, 400, 401, 429])
def test_json_that_cannot_be_read_is_doubt_whatever_the_status(brand: SendGroup, http: int, body: bytes) -> None:
    assert statuses(brand, http, body) == OPEN


@pytest.mark.parametrize("body", [b"", b"<html>{}</html>", b"no", b"{}", b' {"error": "no: such page"}', b"null"])
@pytest.mark.parametrize("http", [302, 400, 401, 429])
def test_a_status_without_rows_refuses(brand: SendGroup, http: int, body: bytes) -> None:
    assert statuses(brand, http, body) == NOBODY


def test_rows_without_a_readable_status_keep_a_bare_status_from_refusing(brand: SendGroup) -> None:
    assert statuses(brand, 400, envelope(None, [row(voiceId=None)])) == OPEN
