"""Provider ``onbuka-v3``: the contract, the samples of its page, and what is Onbuka's own."""

import json
from pathlib import Path

import pytest
from voicehub_onbuka import Onbuka, voicehub_providers

from voicehub import UploadedAudio, VoiceMessage
from voicehub.provider import find_problem
from voicehub.testing import provider_contract

GOLDEN = Path(__file__).parents[1] / "voicehub_onbuka" / "golden"
ONBUKA = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))

TestOnbuka = provider_contract(Onbuka)


def message(**fields: object) -> VoiceMessage:
    return VoiceMessage.model_validate({"to": ["+932111111111"], "content": UploadedAudio("a.mp3"), **fields})


def test_the_plugin_offers_one_provider() -> None:
    assert voicehub_providers() == [Onbuka]


def test_the_published_signature_vector() -> None:
    vector = json.loads((GOLDEN / "signature.json").read_text("utf-8"))
    provider = Onbuka(Onbuka.Settings(api_key=vector["api_key"], api_secret=vector["api_secret"], app_id="a"))
    headers = provider.encode(message(), vector["timestamp"]).headers
    assert headers["sign"] == vector["sign"]
    assert headers["timestamp"] == str(vector["timestamp"])


def test_unset_fields_are_left_out() -> None:
    body = json.loads(ONBUKA.encode(message(), 1630468800).body)
    assert body == {"callee": "932111111111", "fileId": "a.mp3", "appId": "4luaKsL2"}


def test_an_empty_reference_is_sent() -> None:
    assert json.loads(ONBUKA.encode(message(reference=""), 0).body)["calledInfo"] == ""


def test_the_limits_are_those_of_the_page() -> None:
    rows = ONBUKA.limits[UploadedAudio].rows()
    assert {name: row and (row.low, row.high) for name, row in rows.items()} == {
        "callees": (1, 1000),
        "callee_digits": (7, 15),
        "caller_id": (7, 15),
        "ring_timeout_seconds": (20, 120),
        "max_duration_seconds": (1, 120),
        "plays": (1, 3),
        "reference": (0, 1000),
        "text": None,
        "voice": None,
        "rate": None,
    }


@pytest.mark.parametrize(
    ("text", "fits"), [("a" * 1000, True), ("\U0001f600" * 500, True), ("\U0001f600" * 501, False)]
)
def test_a_reference_is_counted_in_utf_16_units(text: str, fits: bool) -> None:
    problem = find_problem(ONBUKA, message(reference=text))
    assert (problem is None) is fits


def test_another_brand_differs_by_base_url() -> None:
    provider = Onbuka(Onbuka.Settings(**Onbuka.sample_settings, base_url="https://api.example.com/v3/"))
    assert provider.encode(message(), 0).url == "https://api.example.com/v3/voice/sendGroup"
