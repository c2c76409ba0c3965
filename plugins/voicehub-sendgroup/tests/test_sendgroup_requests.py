"""The vendor's side of the dialect: who is let in, and which bodies are taken, for both brands."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka
from voicehub_sendgroup import SendGroup, _signature

from voicehub import UploadedAudio, VoiceMessage
from voicehub.provider import Refusal, Request

NOW = 1630468800
MESSAGE = VoiceMessage(
    to=["+932111111111", "+932111111112"],
    content=UploadedAudio("a.mp3"),
    caller_id="1008122211",
    max_duration_seconds=50,
    plays=2,
    reference="calledInfo",
)


@pytest.fixture(params=[Onbuka, Itniotech], ids=["onbuka-v3", "itniotech"])
def brand(request: pytest.FixtureRequest) -> SendGroup:
    cls: type[SendGroup] = request.param
    return cls(cls.Settings(**cls.sample_settings))


def test_each_account_and_message_says_what_is_its_own(brand: SendGroup) -> None:
    other = type(brand)(type(brand).Settings(**{**brand.sample_settings, "app_id": "another"}))
    said = {}
    for _ in range(2):  # the second time from what is remembered
        for provider in (brand, other):
            for message in (MESSAGE, MESSAGE.model_copy(update={"plays": 3, "content": UploadedAudio("b.mp3")})):
                values = json.loads(provider.encode(message, NOW).body)
                said[provider.settings.app_id, message.plays] = values["appId"], values["loopCount"], values["fileId"]
        assert said == {
            (app, n): (app, n, "ab"[n - 2] + ".mp3") for app in (brand.settings.app_id, "another") for n in (2, 3)
        }


def with_header(request: Request, name: str, value: str | None) -> Request:
    headers = {**request.headers, name: value}
    return replace(request, headers={name: value for name, value in headers.items() if value is not None})


def with_body(request: Request, **values: Any) -> Request:
    merged = {**json.loads(request.body), **values}
    return replace(request, body=json.dumps({name: value for name, value in merged.items() if value != "-"}).encode())


def refused(brand: SendGroup, request: Request, now: float = NOW) -> str | None:
    read = brand.parse(request, now)
    assert isinstance(read, Refusal)
    return read.code


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("api-key", "somebody", "-1"),
        ("api-key", None, "-1"),
        ("api-key", "\u00e9", "-1"),
        ("sign", "0" * 32, "-1"),
        ("sign", None, "-1"),
        ("sign", "", "-1"),
        ("timestamp", "1630468801", "-1"),
        ("timestamp", None, "-1"),
        ("content-type", "text/plain", "-22"),
        ("content-type", None, "-22"),
    ],
)
def test_headers_that_let_nobody_in(brand: SendGroup, name: str, value: str | None, code: str) -> None:
    assert refused(brand, with_header(brand.encode(MESSAGE, NOW), name, value)) == code


def test_the_case_of_the_digest_does_not_matter(brand: SendGroup) -> None:
    request = brand.encode(MESSAGE, NOW)
    assert brand.parse(with_header(request, "sign", request.headers["sign"].upper()), NOW) == MESSAGE


@pytest.mark.parametrize(("late", "on_time"), [(0, True), (1800, True), (-1800, True), (1801, False), (-1801, False)])
def test_a_timestamp_is_good_for_half_an_hour_both_ways(brand: SendGroup, late: int, on_time: bool) -> None:
    read = brand.parse(brand.encode(MESSAGE, NOW), NOW + late)
    assert read == MESSAGE if on_time else isinstance(read, Refusal) and read.code == "-16"


@pytest.mark.parametrize("timestamp", ["", "now", "-1630468800", "1630468800.0", "\u0661", "9" * 15, "9" * 5000])
def test_a_signed_timestamp_that_is_no_time(brand: SendGroup, timestamp: str) -> None:
    settings = brand.settings
    signed = _signature._digest(settings.api_key.get_secret_value(), settings.api_secret.get_secret_value(), timestamp)
    request = with_header(brand.encode(MESSAGE, NOW), "timestamp", timestamp)
    assert refused(brand, with_header(request, "sign", signed)) == "-16"


@pytest.mark.parametrize(
    "values",
    [
        {"callee": ""},
        {"callee": "-"},
        {"callee": None},
        {"callee": ["932111111111"]},
        {"callee": 932111111111},
        {"callee": "932111"},
        {"callee": "9321111111111111"},
        {"callee": "+932111111111"},
        {"callee": "932 111111111"},
        {"callee": "932111111111,"},
        {"callee": "932111111111,932111111111"},
        {"callee": "0932111111111"},
        {"callee": "\u0669\u0663\u0662111111111"},
        {"fileId": "-"},
        {"fileId": ""},
        {"fileId": None},
        {"fileId": 7},
        {"appId": "-"},
        {"appId": "another"},
        {"displayNum": "100812"},
        {"displayNum": "1008122211000000"},
        {"displayNum": ""},
        {"displayNum": 1008122211},
        {"maxDuration": 0},
        {"maxDuration": 121},
        {"maxDuration": "50"},
        {"maxDuration": 50.0},
        {"maxDuration": True},
        {"maxDuration": 10**400},
        {"loopCount": 0},
        {"loopCount": 4},
        {"loopCount": ""},
        {"calledInfo": "a" * 1001},
        {"calledInfo": "\U0001f600" * 501},
        {"calledInfo": "\u0000"},
        {"calledInfo": "\ud800"},
        {"calledInfo": 1},
        {"maxRingingTime": 0},
        {"maxRingingTime": 19},
        {"maxRingingTime": 121},
        {"delayPlay": 0},
    ],
    ids=lambda values: str(values)[:40],
)
def test_bodies_that_are_refused(brand: SendGroup, values: dict[str, Any]) -> None:
    assert refused(brand, with_body(brand.encode(MESSAGE, NOW), **values)) == "-22"


@pytest.mark.parametrize("name", ["displayNum", "maxDuration", "loopCount", "calledInfo"])
def test_null_is_unset(brand: SendGroup, name: str) -> None:
    read = brand.parse(with_body(brand.encode(MESSAGE, NOW), **{name: None}), NOW)
    (neutral,) = (neutral for neutral, wire in brand.wire_names.items() if wire == name)
    assert read == MESSAGE.model_copy(update={neutral: None})


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object(brand: SendGroup, body: bytes) -> None:
    assert refused(brand, replace(brand.encode(MESSAGE, NOW), body=body)) == "-22"


def test_another_call(brand: SendGroup) -> None:
    request = brand.encode(MESSAGE, NOW)
    assert refused(brand, replace(request, method="GET")) == "-22"
    assert refused(brand, replace(request, url=request.url + "/")) == "-22"


def test_headers_are_those_of_the_page_and_seconds_are_whole(brand: SendGroup) -> None:
    request = brand.encode(MESSAGE, NOW + 0.999)
    assert request.headers == {
        "content-type": "application/json;charset=UTF-8",
        "api-key": "bDqJFiq9",
        "timestamp": "1630468800",
        "sign": "05d7a50893e22a5c4bb3216ae3396c7c",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api_key", ""),
        ("api_key", " k7-q"),
        ("api_key", "k7-q\n"),
        ("api_key", "k\u00e9y"),
        ("api_secret", "s9-w "),
        ("api_secret", "\ts9-w"),
        ("app_id", " "),
        ("app_id", "a\x00b"),
        ("base_url", "http://api.example.com"),
        ("base_url", "https://user:word@api.example.com"),
        ("base_url", "https://api.example.com?region=eu"),
        ("base_url", "https://api.example.com#top"),
        ("base_url", "ftp://api.example.com"),
    ],
)
def test_settings_that_are_refused(brand: SendGroup, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        brand.Settings(**{**brand.sample_settings, field: value})
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]
    assert value.strip() not in str(caught.value) or not value.strip()


def test_a_secret_may_hold_any_letter(brand: SendGroup) -> None:
    settings = brand.Settings(**{**brand.sample_settings, "api_secret": "s\u00e9cret \u4e2d"})
    provider = type(brand)(settings)
    assert provider.parse(provider.encode(MESSAGE, NOW), NOW) == MESSAGE


@given(st.lists(st.integers(0, 3).map(lambda second: NOW + second / 2), min_size=1, max_size=6))
def test_whatever_was_signed_before_a_request_is_signed_for_its_own_second(times: list[float]) -> None:
    used = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))
    for now in times:
        request = used.encode(MESSAGE, now)
        assert request == Onbuka(used.settings).encode(MESSAGE, now)
        request.headers["sign"] = "edited by whoever was handed it"  # type: ignore[index]
