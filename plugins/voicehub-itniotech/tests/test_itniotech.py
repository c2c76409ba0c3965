"""Provider ``itniotech``: the contract, the samples of its page, and what is ITNIO Tech's own."""

import json
from pathlib import Path

from voicehub_itniotech import Itniotech, voicehub_providers

from voicehub import UploadedAudio, VoiceMessage
from voicehub.errors import UnsupportedField
from voicehub.provider import find_problem, override
from voicehub.testing import provider_contract

GOLDEN = Path(__file__).parents[1] / "voicehub_itniotech" / "golden"
ITNIOTECH = Itniotech(Itniotech.Settings(**Itniotech.sample_settings))

TestItniotech = provider_contract(Itniotech)


def message(**fields: object) -> VoiceMessage:
    return VoiceMessage.model_validate({"to": ["+91856321412"], "content": UploadedAudio("a.mp3"), **fields})


def test_the_plugin_offers_one_provider() -> None:
    assert voicehub_providers() == [Itniotech]


def test_the_published_signature_vector() -> None:
    vector = json.loads((GOLDEN / "signature.json").read_text("utf-8"))
    provider = Itniotech(Itniotech.Settings(api_key=vector["api_key"], api_secret=vector["api_secret"], app_id="a"))
    assert provider.encode(message(), vector["timestamp"]).headers["sign"] == vector["sign"]


def test_an_unset_caller_id_is_sent_as_null_and_the_rest_left_out() -> None:
    body = json.loads(ITNIOTECH.encode(message(), 1630468800).body)
    assert body == {"callee": "91856321412", "fileId": "a.mp3", "appId": "4luaKsL2", "displayNum": None}


def test_an_empty_reference_is_sent() -> None:
    assert json.loads(ITNIOTECH.encode(message(reference=""), 0).body)["calledInfo"] == ""


def test_the_page_has_no_ring_timeout() -> None:
    problem = find_problem(ITNIOTECH, message(ring_timeout_seconds=30))
    assert isinstance(problem, UnsupportedField)
    assert problem.field == "ring_timeout_seconds"


def test_a_ring_timeout_opened_by_the_configuration_is_sent_by_its_wire_name() -> None:
    table = {"ring_timeout_seconds": [20, 120]}
    limits = override(Itniotech.limits, table, source="voicehub.toml", wire_names=Itniotech.wire_names)
    provider = Itniotech(ITNIOTECH.settings, limits=limits)
    ringing = message(ring_timeout_seconds=30)
    assert find_problem(provider, ringing) is None
    request = provider.encode(ringing, 1630468800)
    assert json.loads(request.body)["maxRingingTime"] == 30
    assert provider.parse(request, 1630468800) == ringing
    assert find_problem(provider, message(ring_timeout_seconds=121)) is not None


def test_the_limits_are_those_of_the_page() -> None:
    rows = ITNIOTECH.limits[UploadedAudio].rows()
    assert {name: (row.low, row.high) for name, row in rows.items() if row is not None} == {
        "callees": (1, 200),
        "callee_digits": (7, 15),
        "caller_id": (7, 15),
        "max_duration_seconds": (1, 120),
        "plays": (1, 3),
        "reference": (0, 1000),
    }
