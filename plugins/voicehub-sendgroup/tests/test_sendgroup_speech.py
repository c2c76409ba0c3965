"""sendCode: a text to one callee, in the vendor's own languages; one call id, or doubt."""

import json
from typing import Any

import pytest
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka
from voicehub_sendgroup import SendGroup

from voicehub import LimitExceeded, Outcome, Speech, UnsupportedField, UploadedAudio, VoiceMessage
from voicehub.provider import Refusal, RefusalKind, Reply, Request, find_problem, split

ONBUKA = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))
ITNIOTECH = Itniotech(Itniotech.Settings(**Itniotech.sample_settings))
NOW = 1_700_000_000
CALLEE = "+932111111111"


def message(text: str = "Hello", language: str = "en", **fields: Any) -> VoiceMessage:
    return VoiceMessage(to=[CALLEE], content=Speech(text, language, rate=fields.pop("rate", None)), **fields)


def body(spoken: VoiceMessage, provider: SendGroup = ONBUKA) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(provider.encode(spoken, NOW).body)
    return loaded


@pytest.mark.parametrize("provider", [ONBUKA, ITNIOTECH], ids=lambda provider: provider.name)
def test_unset_fields_are_left_out(provider: SendGroup) -> None:
    assert body(message(), provider) == {
        "callee": CALLEE[1:],
        "language": "EN",
        "text": "Hello",
        "appId": "4luaKsL2",
    }


@pytest.mark.parametrize(
    ("tag", "code"),
    [("ar", "ARB"), ("hi", "IN"), ("ko", "KR"), ("vi", "VN"), ("bn", "BD"), ("id", "IDN"), ("ja", "JP"), ("en", "EN")],
)
def test_languages_are_the_vendors_own(tag: str, code: str) -> None:
    assert body(message(language=tag))["language"] == code


def test_a_language_it_does_not_speak_is_refused() -> None:
    problem = find_problem(ONBUKA, message(language="en-Latn"))
    assert isinstance(problem, UnsupportedField)
    assert "its language en-Latn is none of onbuka-v3's (ar, bn, de, en" in problem.rule
    assert problem.rule.endswith("; write 'en'")
    strange = find_problem(ONBUKA, message(language="tlh"))
    assert strange is not None
    assert "write" not in strange.rule


@pytest.mark.parametrize("provider", [ONBUKA, ITNIOTECH], ids=lambda provider: provider.name)
def test_a_region_has_no_code_of_its_own(provider: SendGroup) -> None:
    (part,) = split(provider, message(language="en-GB"))
    assert body(part, provider)["language"] == "EN"


def test_a_message_to_many_is_split() -> None:
    spoken = message().model_copy(update={"to": [CALLEE, "+932111111112"]})
    assert find_problem(ONBUKA, spoken) is None
    assert [part.to for part in split(ONBUKA, spoken)] == [(CALLEE,), ("+932111111112",)]


@pytest.mark.parametrize(
    ("provider", "fields"),
    [
        (ONBUKA, {"text": "a" * 1001}),
        (ONBUKA, {"text": "\U0001f600" * 501}),
        (ONBUKA, {"plays": 4}),
        (ITNIOTECH, {"plays": 10}),
        (ONBUKA, {"rate": 0.2}),
        (ONBUKA, {"rate": 4.1}),
        (ITNIOTECH, {"ring_timeout_seconds": 19}),
    ],
)
def test_the_bounds_of_the_page(provider: SendGroup, fields: dict[str, Any]) -> None:
    assert isinstance(find_problem(provider, message(**fields)), LimitExceeded)


def test_options_are_typed() -> None:
    options = {"accent": "GB", "gender": "male", "recall_count": 9, "recall_interval_minutes": 999}
    said = body(message(provider_options={"onbuka-v3": options}))
    assert {name: said[name] for name in ("accent", "ssmlGender", "recallCount", "recallInterval")} == {
        "accent": "GB",
        "ssmlGender": 1,
        "recallCount": 9,
        "recallInterval": 999,
    }


@pytest.mark.parametrize(
    "options",
    [
        {"recall_count": 10},
        {"recall_interval_minutes": 5},
        {"recall_interval_minutes": 5, "recall_count": 0},
        {"gender": "other"},
        {"accent": ""},
        {"recall_count": "1"},
    ],
)
def test_options_outside_the_page_are_refused(options: dict[str, Any]) -> None:
    assert find_problem(ONBUKA, message(provider_options={"onbuka-v3": options})) is not None


def test_options_belong_to_speech() -> None:
    audio = VoiceMessage(
        to=[CALLEE], content=UploadedAudio("a.mp3"), provider_options={"onbuka-v3": {"recall_count": 1}}
    )
    problem = find_problem(ONBUKA, audio)
    assert isinstance(problem, UnsupportedField)
    assert "belong to Speech" in problem.rule


def read(said: object, status: int = 200) -> tuple[Any, ...]:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    result = ONBUKA.decode(message(), Reply(status, {}, raw))
    if isinstance(result, Refusal):
        return result.kind, result.code, result.reason
    (outcome,) = result
    return outcome.status, outcome.call_id, outcome.code


@pytest.mark.parametrize(
    ("said", "status", "expected"),
    [
        ({"status": "0", "reason": "success", "data": " 22 "}, 200, ("accepted", "22", "0")),
        ({"status": 0, "data": 22}, 200, ("accepted", "22", "0")),
        ({"status": "0", "data": "22"}, 502, ("in_doubt", None, "0")),
        ({"status": "0", "data": None}, 200, ("in_doubt", None, "0")),
        ({"status": "0", "data": ["22"]}, 200, ("in_doubt", None, "0")),
        ({"status": "-10", "reason": "no", "data": None}, 200, (RefusalKind.BALANCE, "-10", "no")),
        ({"status": "-10", "reason": "no", "data": "22"}, 200, ("in_doubt", None, "-10")),
        ({"status": "-10", "reason": "no"}, 500, ("in_doubt", None, "-10")),
        ({"status": "-18", "reason": "no"}, 200, ("in_doubt", None, "-18")),
        ({"data": "22"}, 200, ("in_doubt", None, None)),
        ({"data": "22"}, 403, ("in_doubt", None, None)),
        (b"<html>", 403, (RefusalKind.REQUEST, "403", "HTTP status 403")),
        (b"<html>", 200, ("in_doubt", None, None)),
        (b"", 503, ("in_doubt", None, None)),
    ],
)
def test_an_answer_is_an_id_a_refusal_or_doubt(said: object, status: int, expected: tuple[Any, ...]) -> None:
    assert read(said, status) == expected


def test_answers_have_the_form_of_what_was_asked() -> None:
    accepted = [Outcome(CALLEE, "accepted", "22")]
    assert json.loads(ONBUKA.answer_to(message(), accepted).body)["data"] == "22"
    assert json.loads(ONBUKA.answer_to(message(), []).body) == {"status": "0", "reason": None, "data": None}
    assert isinstance(json.loads(ONBUKA.answer_to(None, accepted).body)["data"], list)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"appId": "x"}, "known appId"),
        ({"callee": "93,94"}, "one number"),
        ({"callee": 932111111111}, "one number"),
        ({"language": "en"}, "no such language"),
        ({"language": []}, "no such language"),
        ({"text": ""}, "text"),
        ({"speakingRate": True}, "rate"),
        ({"speakingRate": 9}, "times normal speed"),
        ({"ssmlGender": 3}, "gender"),
        ({"ssmlGender": "1"}, "gender"),
        ({"colour": "red"}, "unknown fields: colour"),
    ],
)
def test_the_vendor_refuses_what_is_wrong(change: dict[str, object], told: str) -> None:
    request = ONBUKA.encode(message(), NOW)
    odd = json.dumps({**json.loads(request.body), **change}).encode()
    refusal = ONBUKA.parse(Request("POST", request.url, request.headers, odd), NOW)
    assert isinstance(refusal, Refusal)
    assert told in (refusal.reason or "")
    assert isinstance(ONBUKA.parse(Request("POST", request.url, {}, request.body), NOW), Refusal)
