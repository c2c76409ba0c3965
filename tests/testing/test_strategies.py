"""The strategies reach what they promise: every bound, every kind of content, every field set and unset."""

import importlib.util
import json
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

import voicehub.testing
from tests.testing.providers import ByForm, ByLine, Silent
from voicehub import AudioUrl, Speech, UploadedAudio, VoiceMessage
from voicehub.errors import MissingField, UnsupportedField
from voicehub.provider import FIELDS, UNITS, Provider, Refusal, Reply, find_request_problem
from voicehub.testing import Exam, hostile_replies, hostile_requests, messages, messages_outside, outcomes_for, results
from voicehub.testing._outside import steps_outside

PROVIDERS = [Exam(cls).provider for cls in (Onbuka, Itniotech, ByForm, ByLine, Silent)]
PLENTY = hypothesis.settings(
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
each_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)


def drawn(strategy: st.SearchStrategy[Any], count: int = 200) -> list[Any]:
    """So many examples, always the same."""
    found: list[Any] = []

    def collect(example: Any) -> None:
        found.append(example)

    hypothesis.settings(PLENTY, max_examples=count)(given(strategy)(collect))()
    return found


@each_provider
def test_every_message_is_within_the_limits(provider: Provider) -> None:
    @given(messages(provider, max_callees=2))
    def check(message: VoiceMessage) -> None:
        assert find_request_problem(provider, message) is None
        assert len(message.to) <= 2

    check()


def value_of(message: VoiceMessage, row: str) -> Any:
    """What this row of a table bounds; ``None``: it is unset, or no field of such a message."""
    return {**message.__dict__, **message.content.__dict__}.get(row)


@each_provider
def test_every_row_is_met_at_both_bounds_and_unset(provider: Provider) -> None:
    everyone = drawn(messages(provider), 300 * len(provider.limits))
    for kind, limits in provider.limits.items():
        ours = [message for message in everyone if type(message.content) is kind]
        for name in FIELDS:
            row = limits.rows()[name]
            if row is not None and (kind is Speech or name not in ("text", "voice", "rate")):
                found = {
                    None if (value := value_of(message, name)) is None else UNITS[row.unit](value) for message in ours
                }
                assert (None in found) is not (row.required or name == "text"), name
                assert name == "rate" or found >= {row.low, row.low if row.high is None else row.high}, name
            else:
                assert {value_of(message, name) for message in ours} == {None}, name


def test_options_and_every_kind_of_content_are_met() -> None:
    everyone = drawn(messages(Exam(ByForm).provider))
    options = [message.provider_options.get("by-form", {}) for message in everyone]
    assert {key for table in options for key in table} == {"priority", "tag", "pin", "level"}
    assert {} in options
    assert {type(message.content) for message in everyone} == {AudioUrl, Speech}


@pytest.mark.parametrize("provider", PROVIDERS[1:4], ids=lambda provider: provider.name)
def test_every_way_to_step_outside_is_met(provider: Provider) -> None:
    found = {}
    for outside in drawn(messages_outside(provider), 500):
        found[outside.title] = outside
        assert find_request_problem(provider, outside.message) is not None
    for kind, limits in provider.limits.items():
        for name in FIELDS:
            row = limits.rows()[name]
            if row is not None and row.high is not None and name != "rate":
                holds = name != "caller_id" or row.high < 15
                assert (f"{kind.__name__}: {name} = {int(row.high) + 1}" in found) is holds
            if row is not None and row.required:
                assert found[f"{kind.__name__}: {name} unset"].error is MissingField
    strangers = {UploadedAudio, AudioUrl, Speech} - provider.limits.keys()
    assert all(found[f"content of kind {kind.__name__}"].error is UnsupportedField for kind in strangers)
    assert {"options of another provider", "an unknown option"} <= found.keys()


def test_what_a_vendor_can_say_follows_its_facts() -> None:
    onbuka, by_line, silent = (Exam(cls).provider for cls in (Onbuka, ByLine, Silent))
    message = VoiceMessage(to=["+932111111111", "+932111111112"], content=UploadedAudio("a"), reference="r")
    each = drawn(outcomes_for(onbuka, message))
    kinds = {"accepted", "refused", "in_doubt"}
    assert {tuple(row.status for row in rows) for rows in each} == {(one, other) for one in kinds for other in kinds}
    assert not any(one.call_id and one.call_id == other.call_id for one, other in each)
    together = drawn(outcomes_for(by_line, message))
    assert {tuple(row.status for row in rows) for rows in together} == {("accepted",) * 2, ("in_doubt",) * 2}
    assert all(one.call_id == other.call_id for one, other in together)
    assert not any(row.call_id for rows in drawn(outcomes_for(silent, message)) for row in rows)
    refusals = [said for said in drawn(results(onbuka, message)) if isinstance(said, Refusal)]
    assert {said.code: said.kind for said in refusals} == onbuka.refusal_kinds
    assert not any(isinstance(said, Refusal) for said in drawn(results(Exam(NoCodes).provider, message)))


class NoCodes(Silent):
    refusal_kinds = {}


def test_hostile_replies_are_cut_mistyped_reordered_doubled_missing_and_extra() -> None:
    message = VoiceMessage(to=["+932111111111", "+932111111112"], content=UploadedAudio("a"))
    replies = drawn(hostile_replies(Exam(Onbuka).provider, message))
    callees = [_callees(reply) for reply in replies]
    asked = [number[1:] for number in message.to]
    assert [*reversed(asked)] in callees
    assert {0, 1, 2, 3} <= {len(found) for found in callees}
    assert any(not isinstance(callee, str) for found in callees for callee in found)
    assert any(reply.body.startswith(b'{"status"') and not reply.body.endswith(b"}") for reply in replies)
    assert {200, 301, 401, 408, 429, 500} <= {reply.status for reply in replies}


def _callees(reply: Reply) -> list[Any]:
    try:
        return [row.get("callee") for row in json.loads(reply.body)["data"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def test_hostile_requests_are_edited_everywhere() -> None:
    provider = Exam(Onbuka).provider
    requests = drawn(hostile_requests(provider, 1_700_000_000), 1000)
    assert "GET" in {request.method for request in requests}
    assert any(request.url.endswith("?a=b") for request in requests)
    assert any("sign" not in request.headers for request in requests)
    read = [provider.parse(request, 1_700_000_000) for request in requests]
    assert any(isinstance(said, VoiceMessage) for said in read)
    assert {"-1", "-22"} <= {said.code for said in read if isinstance(said, Refusal)}


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    room = voicehub.testing.__file__
    spec = importlib.util.spec_from_file_location("probe", room)
    assert spec is not None
    assert spec.loader is not None
    probe = importlib.util.module_from_spec(spec)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"needs hypothesis and pytest; .* pip install 'voicehub-core\[testing\]'"):
        spec.loader.exec_module(probe)


def test_a_step_outside_is_shown_by_its_title() -> None:
    shown = [*map(repr, steps_outside(Exam(Itniotech).provider))]
    assert "<UploadedAudio: ring_timeout_seconds set>" in shown
    assert len({*shown}) == len(shown)
