"""Twilio requests judged by material nobody here wrote: the vendor's own SDK and the vendor's OpenAPI description."""

import base64
import itertools
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest
from jsonschema import ValidationError
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest
from openapi_schema_validator import OAS30WriteValidator
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client as SdkClient
from twilio.twiml.voice_response import VoiceResponse
from voicehub_twilio import Twilio

from voicehub import AudioUrl, Speech, VoiceMessage
from voicehub.provider import CallState, Request, find_request_problem

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = Path(__file__).parents[4] / "shared" / "specs" / "twilio_calls.json"
PROVIDER = Twilio(Twilio.Settings(**Twilio.sample_settings))
CONTENTS = [
    AudioUrl("https://example.com/alarm.mp3"),
    AudioUrl("https://example.com/a.mp3?x=1&y=%3Cb%3E"),
    Speech("Your table is ready.", "en-GB"),
    Speech("Tom & Jerry <\"'> ]]>\nline\ttwo", "en-US", voice="Polly.Amy"),
    Speech("ünï – 中文 😀 \u202e", "cmn-Hans-CN"),
]
CALLS: list[dict[str, Any]] = [
    {},
    {"ring_timeout_seconds": 1},
    {"ring_timeout_seconds": 600, "plays": 1},
    {"max_duration_seconds": 14400},
    {"plays": 1000},
    {"plays": 2, "provider_options": {"twilio": {"record": True, "machine_detection": "Enable"}}},
    {
        "provider_options": {
            "twilio": {
                "record": False,
                "send_digits": "ww12#",
                "call_reason": "a&b=c +%20ü",
                "machine_detection_timeout": 30,
                "status_callback": "https://example.com/cb?a=1&b=2",
                "status_callback_method": "POST",
            }
        }
    },
]
MESSAGES = [
    VoiceMessage(to=[f"+150055500{number:02}"], caller_id="15005550006", content=content, **call)
    for number, (content, call) in enumerate(itertools.product(CONTENTS, CALLS))
]


class Recorder(HttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's transport, which keeps what the SDK would send."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=False)

    def request(self, method: str, url: str, *_: Any, **kept: Any) -> Response:
        self.sent = method, url, kept
        return Response(201, json.dumps({"sid": "CA" + "0" * 32}))


def sdk_request(message: VoiceMessage) -> tuple[str, str, tuple[str, str], dict[str, str]]:
    """Method, URL, credentials and form fields of the same call made by the vendor's SDK."""
    recorder, twiml, content = Recorder(), VoiceResponse(), message.content
    loop = {} if message.plays is None else {"loop": message.plays}
    if isinstance(content, Speech):
        twiml.say(
            content.text, language=content.language, **({"voice": content.voice} if content.voice else {}), **loop
        )
    else:
        assert isinstance(content, AudioUrl)
        twiml.play(content.url, **loop)
    sample = Twilio.sample_settings
    calls = SdkClient(sample["account_sid"], sample["auth_token"], http_client=recorder).calls
    given = {"timeout": message.ring_timeout_seconds, "time_limit": message.max_duration_seconds}
    options: dict[str, Any] = dict(message.provider_options.get("twilio", {}))
    calls.create(
        to=message.to[0],
        from_=f"+{message.caller_id}",
        twiml=str(twiml),
        **{name: value for name, value in given.items() if value is not None},
        **options,
    )
    method, url, kept = recorder.sent
    return method, url, kept["auth"], {name: str(value) for name, value in kept["data"].items()}


def form_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


def test_there_are_enough_messages_and_all_of_them_could_be_sent() -> None:
    assert len(MESSAGES) >= 30
    assert [find_request_problem(PROVIDER, message) for message in MESSAGES] == [None] * len(MESSAGES)


@pytest.mark.parametrize("message", MESSAGES)
def test_the_request_is_the_sdks(message: VoiceMessage) -> None:
    method, url, credentials, theirs = sdk_request(message)
    request = PROVIDER.encode(message, now=0)
    ours = form_of(request)
    assert (request.method, request.url) == (method, url)
    assert request.headers["authorization"] == "Basic " + base64.b64encode(":".join(credentials).encode()).decode()
    assert ET.canonicalize(ours.pop("Twiml")) == ET.canonicalize(theirs.pop("Twiml"))
    assert ours == theirs


def description() -> dict[str, Any]:
    """The vendor's OpenAPI description."""
    if not SPEC.exists():
        pytest.skip(f"the vendor's OpenAPI description is no part of this project; put it at {SPEC} to judge by it")
    spec: dict[str, Any] = json.loads(SPEC.read_text())
    # The vendor does not declare how this array travels in a form; no neutral message sets it.
    form_in(spec).setdefault("encoding", {})["StatusCallbackEvent"] = {"style": "form", "explode": True}
    return spec


def form_in(spec: dict[str, Any]) -> dict[str, Any]:
    create = spec["paths"]["/2010-04-01/Accounts/{AccountSid}/Calls.json"]["post"]
    form: dict[str, Any] = create["requestBody"]["content"]["application/x-www-form-urlencoded"]
    return form


def strict_judge(spec: dict[str, Any]) -> OAS30WriteValidator:
    """The form's schema with unknown fields forbidden, which the published one allows."""
    return OAS30WriteValidator({**form_in(spec)["schema"], "additionalProperties": False})


def typed(form: dict[str, str], spec: dict[str, Any]) -> dict[str, Any]:
    """Form values as the type the schema gives them; an unknown field stays text."""
    kinds = {name: schema.get("type") for name, schema in form_in(spec)["schema"]["properties"].items()}
    read: dict[Any, Callable[[str], Any]] = {"integer": int, "boolean": json.loads}
    return {name: read.get(kinds.get(name), str)(value) for name, value in form.items()}


def described(request: Request) -> MockRequest:
    address = urlsplit(request.url)
    return MockRequest(
        f"{address.scheme}://{address.netloc}",
        request.method.lower(),
        address.path,
        headers=dict(request.headers),
        data=request.body,
        content_type=request.headers["content-type"],
    )


def test_every_request_fits_the_description_as_published() -> None:
    judge = OpenAPI.from_dict(description())
    for message in MESSAGES:
        judge.validate_request(described(PROVIDER.encode(message, now=0)))


def test_every_request_fits_the_description_with_unknown_fields_forbidden() -> None:
    spec = description()
    for message in MESSAGES:
        strict_judge(spec).validate(typed(form_of(PROVIDER.encode(message, now=0)), spec))


def test_the_description_can_refuse() -> None:
    spec = description()
    request = PROVIDER.encode(MESSAGES[0], now=0)
    without_callee = Request(request.method, request.url, request.headers, request.body.replace(b"To=", b"Tu="))
    with pytest.raises(OpenAPIError):
        OpenAPI.from_dict(spec).validate_request(described(without_callee))
    with pytest.raises(ValidationError, match="Timeut"):
        strict_judge(spec).validate(typed({**form_of(request), "Timeut": "5"}, spec))


def test_each_status_word_of_the_description_is_a_call_state() -> None:
    spec = description()
    words = spec["components"]["schemas"]["call_enum_status"]["enum"]
    assert len(words) >= 8
    assert CallState.UNKNOWN not in {PROVIDER.call_state(word) for word in words}


def test_an_invented_status_word_is_unknown() -> None:
    assert PROVIDER.call_state("teleported") is CallState.UNKNOWN
