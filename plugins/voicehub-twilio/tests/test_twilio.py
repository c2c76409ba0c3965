"""Twilio: the contract, the failure table, and a fan-out that one bad number does not stop."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from voicehub_twilio import Twilio, TwilioSettings

from voicehub import AudioUrl, Client, InDoubt, Outcome, Refused, Speech, VoiceMessage
from voicehub.provider import Refusal, RefusalKind, Reply, Request, find_problem
from voicehub.testing import provider_contract

TestTwilio = provider_contract(Twilio)

PROVIDER = Twilio(Twilio.Settings(**Twilio.sample_settings))
MESSAGE = VoiceMessage(to=["+15005550001"], content=Speech("Hello", "en-GB"), caller_id="15005550006")
SID = "CA" + "a" * 32
SAMPLE: dict[str, Any] = dict(Twilio.sample_settings)


def replying(status: int, said: object) -> Reply:
    return Reply(status, {}, json.dumps(said).encode())


def outcomes(status: int, said: object) -> Sequence[Outcome]:
    read = PROVIDER.decode(MESSAGE, replying(status, said))
    assert not isinstance(read, Refusal)
    return read


@pytest.mark.parametrize(
    ("status", "said", "kind", "code"),
    [
        (401, {"code": 20003, "message": "Authenticate", "status": 401}, RefusalKind.AUTH, "20003"),
        (401, {}, RefusalKind.AUTH, "401"),
        (429, {"code": 20429, "message": "Too Many Requests"}, RefusalKind.THROTTLED, "20429"),
        (429, {}, RefusalKind.THROTTLED, "429"),
        (400, {"code": 21210, "message": "caller"}, RefusalKind.REQUEST, "21210"),
        (400, {"code": 21212}, RefusalKind.REQUEST, "21212"),
        (400, {"code": 13520}, RefusalKind.REQUEST, "13520"),
        (400, {"code": 99999}, RefusalKind.REQUEST, "99999"),
        (403, {"code": 99999}, RefusalKind.REQUEST, "99999"),
        (404, {}, RefusalKind.REQUEST, "404"),
        (302, {}, RefusalKind.REQUEST, "302"),
    ],
)
def test_what_is_refused_whole(status: int, said: object, kind: RefusalKind, code: str) -> None:
    refusal = PROVIDER.decode(MESSAGE, replying(status, said))
    assert isinstance(refusal, Refusal)
    assert (refusal.kind, refusal.code) == (kind, code)


@pytest.mark.parametrize("code", ["21211", "21214", "21215", "21217", "21408"])
def test_what_is_about_one_callee_refuses_that_callee(code: str) -> None:
    read = PROVIDER.decode(MESSAGE, replying(400, {"code": int(code), "message": "To"}))
    assert read == [Outcome("+15005550001", "refused", None, code, "To")]


@pytest.mark.parametrize("status", [200, 201, 408, 500, 502, 503])
@pytest.mark.parametrize("said", [{}, {"code": 20003}, {"code": 21211}, {"sid": ""}, {"sid": 5}, [], "no"])
def test_what_proves_nothing_is_doubt(status: int, said: object) -> None:
    (outcome,) = outcomes(status, said)
    assert outcome.status == "in_doubt"


@pytest.mark.parametrize("status", [200, 201, 400, 401, 500])
def test_a_call_sid_is_a_call_whatever_the_status(status: int) -> None:
    read = PROVIDER.decode(MESSAGE, replying(status, {"sid": SID, "code": 21211}))
    assert read == [Outcome("+15005550001", "accepted", SID)]


def test_a_call_to_somebody_else_is_kept_apart() -> None:
    (outcome,) = outcomes(201, {"sid": SID, "to": "+15005550009"})
    assert outcome.callee == "+15005550009"


@pytest.mark.parametrize("to", [None, "", " ", 5, ["+15005550009"]])
def test_a_call_that_names_nobody_is_that_of_the_only_callee(to: object) -> None:
    assert outcomes(201, {"sid": SID, "to": to}) == [Outcome("+15005550001", "accepted", SID)]


@pytest.mark.parametrize("result", [(), [Outcome("+15005550001", "accepted", SID)] * 2])
def test_the_vendors_side_answers_what_is_no_single_call_with_a_fault(result: Sequence[Outcome]) -> None:
    reply = PROVIDER.answer(result)
    assert reply.status == 500
    (outcome,) = outcomes(reply.status, json.loads(reply.body))
    assert outcome.status == "in_doubt"


def test_a_code_of_any_length_can_be_answered() -> None:
    reply = PROVIDER.answer(Refusal(RefusalKind.REQUEST, "9" * 5000, "odd"))
    assert json.loads(reply.body)["code"] == "9" * 5000


GOOD = {"To": "+15005550001", "From": "+15005550006", "Twiml": "<Response><Play>https://a.b/c</Play></Response>"}


def posted(fields: dict[str, str]) -> VoiceMessage | Refusal:
    genuine = PROVIDER.encode(MESSAGE, 0)
    body = urlencode(fields).encode()
    return PROVIDER.parse(Request(genuine.method, genuine.url, genuine.headers, body), 0)


@pytest.mark.parametrize("number", ["6_0", "\u0666\u0660", "+60", " 60", "", "6" * 5000])
@pytest.mark.parametrize("field", ["Timeout", "TimeLimit", "MachineDetectionTimeout", "loop"])
def test_a_number_is_digits_and_nothing_else(field: str, number: str) -> None:
    play = f"<Response><Play loop='{number}'>https://a.b/c</Play></Response>"
    wrong = {"Twiml": play} if field == "loop" else {field: number}
    read = posted(GOOD | wrong)
    assert isinstance(read, Refusal)
    assert (read.code, read.reason) == ("21213", f"{field} is no whole number")
    assert isinstance(posted(GOOD | ({} if field == "loop" else {field: "60"})), VoiceMessage)


def test_the_vendors_side_names_the_field_in_its_own_words() -> None:
    read = posted(GOOD | {"From": "+1"})
    assert isinstance(read, Refusal)
    assert read.reason == "caller_id: a caller id has 7 to 15 digits (0 to 9); '+' and separators may be written"


def through(answer: Callable[[str], httpx.Response]) -> Client:
    """A client whose vendor answers by the number called."""

    def handle(request: httpx.Request) -> httpx.Response:
        return answer(httpx.QueryParams(request.content.decode())["To"])

    return Client(PROVIDER, http_client=httpx.Client(transport=httpx.MockTransport(handle)))


NUMBERS = ["+15005550001", "+15005550002", "+15005550003"]
FAN_OUT = MESSAGE.model_copy(update={"to": NUMBERS})


def test_a_bad_number_stops_nobody_else() -> None:
    def answer(to: str) -> httpx.Response:
        bad = to == NUMBERS[1]
        return (
            httpx.Response(400, json={"code": 21211, "message": "invalid"})
            if bad
            else httpx.Response(201, json={"sid": SID})
        )

    receipt = through(answer).send(FAN_OUT)
    assert [outcome.status for outcome in receipt] == ["accepted", "refused", "accepted"]


def test_a_refusal_of_the_account_stops_the_rest() -> None:
    with pytest.raises(Refused) as caught:
        through(lambda _: httpx.Response(401, json={"code": 20003, "message": "Authenticate"})).send(FAN_OUT)
    assert caught.value.kind is RefusalKind.AUTH
    assert [outcome.status for outcome in caught.value.receipt] == ["refused", "not_attempted", "not_attempted"]


def test_a_doubt_stops_the_rest() -> None:
    with pytest.raises(InDoubt) as caught:
        through(lambda _: httpx.Response(502, text="<html>")).send(FAN_OUT)
    assert [outcome.status for outcome in caught.value.receipt] == ["in_doubt", "not_attempted", "not_attempted"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"caller_id": "0150055500"}, "caller_id"),
        ({"caller_id": None}, "caller_id"),
        ({"content": AudioUrl("http://example.com/a.mp3")}, "content"),
        ({"content": Speech("&" * 1000, "en-GB")}, "content"),
        ({"reference": ""}, "reference"),
        ({"content": Speech("x", "en-GB", rate=1.5)}, "content"),
    ],
)
def test_what_twilio_cannot_carry_is_refused_here(changes: dict[str, object], field: str) -> None:
    problem = find_problem(PROVIDER, MESSAGE.model_copy(update=changes))
    assert problem is not None
    assert problem.field == field


def test_a_text_is_bounded_after_escaping() -> None:
    frame = len('<Response><Say language="en-GB"></Say></Response>')
    assert find_problem(PROVIDER, MESSAGE.model_copy(update={"content": Speech("x" * (4000 - frame), "en-GB")})) is None
    assert find_problem(PROVIDER, MESSAGE.model_copy(update={"content": Speech("x" * (4001 - frame), "en-GB")}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"To=1&To=2",
        b"To=%2B15005550001&From=%2B15005550006",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<Response",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<!DOCTYPE x><Response/>",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<Response/>",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<Response><Say><b/></Say></Response>",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<Response><Dial>1</Dial></Response>",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<Response><Play loop='x'>https://a.b/c</Play></Response>",
        b"To=15005550001&From=%2B15005550006&Twiml=<Response><Play>https://a.b/c</Play></Response>",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<Response><Play>https://a.b/c</Play></Response>&Timeut=1",
        b"To=%2B15005550001&From=%2B15005550006&Twiml=<Response><Play>https://a.b/c</Play></Response>&Record=perhaps",
    ],
)
def test_the_vendors_side_refuses_a_wrong_form(body: bytes) -> None:
    genuine = PROVIDER.encode(MESSAGE, 0)
    read = PROVIDER.parse(Request(genuine.method, genuine.url, genuine.headers, body), 0)
    assert isinstance(read, Refusal)
    assert read.kind is RefusalKind.REQUEST


@pytest.mark.parametrize(
    "edited", [{"method": "GET"}, {"url": "https://api.twilio.com/"}, {"headers": {"content-type": "x"}}]
)
def test_the_vendors_side_refuses_a_wrong_call(edited: dict[str, Any]) -> None:
    genuine = PROVIDER.encode(MESSAGE, 0)
    parts: dict[str, Any] = {"method": "POST", "url": genuine.url, "headers": genuine.headers, "body": genuine.body}
    if "headers" in edited:
        edited = {"headers": {**genuine.headers, **edited["headers"]}}
    assert isinstance(PROVIDER.parse(Request(**{**parts, **edited}), 0), Refusal)


@pytest.mark.parametrize(
    "given",
    [
        {"account_sid": SAMPLE["account_sid"]},
        {**SAMPLE, "api_key": "SK" + "0" * 32},
        {**SAMPLE, "api_key": "SK" + "0" * 32, "api_secret": "made-up"},
        {"account_sid": "AC", "auth_token": "made-up"},
    ],
)
def test_settings_name_one_way_in(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        TwilioSettings(**given)
    assert "made-up" not in str(caught.value)


def test_an_api_key_signs_instead_of_the_account() -> None:
    key = TwilioSettings(account_sid=SAMPLE["account_sid"], api_key="SK" + "0" * 32, api_secret=SecretStr("made-up"))
    assert httpx.BasicAuth("SK" + "0" * 32, "made-up")._auth_header == key.authorization()
