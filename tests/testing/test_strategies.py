"""The strategies reach what they promise: every bound, every kind of content, every field set and unset."""

import importlib.util
import json
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, find, given
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

import voicehub.testing
from tests.testing.providers import ByForm, ByLine, Silent
from voicehub import AudioUrl, Speech, UploadedAudio, VoiceMessage
from voicehub.errors import MissingField, UnsupportedField
from voicehub.provider import FIELDS, UNITS, Provider, Refusal, Reply, find_request_problem
from voicehub.testing import Exam, hostile_replies, hostile_requests, messages, messages_outside, outcomes_for, results

PROVIDERS = [Exam(cls).provider for cls in (Onbuka, Itniotech, ByForm, ByLine, Silent)]
PATIENT = hypothesis.settings(
    max_examples=3000, database=None, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None
)
each_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)


def reaches(strategy: st.SearchStrategy[Any], wanted: Any) -> bool:
    try:
        find(strategy, wanted, settings=PATIENT)
    except NoSuchExample:
        return False
    return True


@each_provider
def test_every_message_is_within_the_limits(provider: Provider) -> None:
    @given(messages(provider, max_callees=2))
    def check(message: VoiceMessage) -> None:
        assert find_request_problem(provider, message) is None
        assert len(message.to) <= 2

    check()


@each_provider
def test_every_row_is_met_at_both_bounds_and_unset(provider: Provider) -> None:
    everyone = messages(provider)
    for kind, limits in provider.limits.items():
        for name, (_, read) in FIELDS.items():
            row = limits.rows()[name]
            if row is None or name == "rate":
                continue

            def measures(
                message: VoiceMessage, kind: Any = kind, read: Any = read, unit: str = row.unit
            ) -> float | None:
                value = read(message) if type(message.content) is kind else None
                return None if value is None else UNITS[unit](value)

            for bound in filter(None, (row.low, row.high)):
                assert reaches(everyone, lambda message, bound=bound: measures(message) == bound), (name, bound)
            unset = reaches(
                everyone, lambda message, kind=kind, read=read: type(message.content) is kind and read(message) is None
            )
            assert unset is not (row.required or name == "text"), name


def test_options_and_every_kind_of_content_are_met() -> None:
    provider = Exam(ByForm).provider
    for key in ("priority", "tag", "pin"):
        assert reaches(messages(provider), lambda message, key=key: key in message.provider_options.get("by-form", {}))
    for kind in (AudioUrl, Speech):
        assert reaches(messages(provider), lambda message, kind=kind: type(message.content) is kind)
    assert reaches(messages(provider), lambda message: message.provider_options == {})


@each_provider
def test_every_way_to_step_outside_is_met(provider: Provider) -> None:
    found = {}

    @hypothesis.settings(PATIENT, max_examples=1000)
    @given(messages_outside(provider))
    def collect(outside: Any) -> None:
        found[outside.title] = outside
        assert find_request_problem(provider, outside.message) is not None

    collect()
    titles = " ".join(found)
    for kind, limits in provider.limits.items():
        for name in FIELDS:
            row = limits.rows()[name]
            if row is not None and row.high is not None and name != "rate":
                assert (f"{kind.__name__}: {name} = {int(row.high) + 1}" in titles) is (
                    name != "caller_id" or row.high < 15
                )
            if row is not None and row.required:
                assert found[f"{kind.__name__}: {name} unset"].error is MissingField
    strangers = {UploadedAudio, AudioUrl, Speech} - provider.limits.keys()
    assert all(found[f"content of kind {kind.__name__}"].error is UnsupportedField for kind in strangers)
    assert {"options of another provider", "an option nobody knows"} <= found.keys()


def test_what_a_vendor_can_say_follows_its_facts() -> None:
    onbuka, by_line, silent = (Exam(cls).provider for cls in (Onbuka, ByLine, Silent))
    message = VoiceMessage(to=["+932111111111", "+932111111112"], content=UploadedAudio("a"), reference="r")
    said = outcomes_for(onbuka, message)
    for statuses in (["accepted", "refused"], ["in_doubt", "accepted"], ["refused", "refused"]):
        assert reaches(said, lambda rows, statuses=statuses: [row.status for row in rows] == statuses)
    assert not reaches(said, lambda rows: rows[0].call_id and rows[0].call_id == rows[1].call_id)
    together = outcomes_for(by_line, message)
    assert not reaches(
        together, lambda rows: rows[0].call_id != rows[1].call_id or "refused" in {row.status for row in rows}
    )
    assert reaches(together, lambda rows: rows[0].status == "in_doubt")
    assert not reaches(outcomes_for(silent, message), lambda rows: rows[0].call_id)
    for code in onbuka.refusal_kinds:
        assert reaches(
            results(onbuka, message), lambda said, code=code: isinstance(said, Refusal) and said.code == code
        )
    assert not reaches(results(Exam(NoCodes).provider, message), lambda said: isinstance(said, Refusal))


class NoCodes(Silent):
    refusal_kinds = {}


def test_hostile_replies_are_cut_mistyped_reordered_doubled_missing_and_extra() -> None:
    provider = Exam(Onbuka).provider
    message = VoiceMessage(to=["+932111111111", "+932111111112", "+932111111113"], content=UploadedAudio("a"))
    replies = hostile_replies(provider, message)

    def callees(reply: Reply) -> list[Any]:
        try:
            return [row.get("callee") for row in json.loads(reply.body)["data"]]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return []

    asked = [number[1:] for number in message.to]
    assert reaches(replies, lambda reply: callees(reply) == [*reversed(asked)])
    assert reaches(replies, lambda reply: len(callees(reply)) > len(asked))
    assert reaches(replies, lambda reply: 0 < len(callees(reply)) < len(asked))
    assert reaches(replies, lambda reply: any(not isinstance(callee, str) for callee in callees(reply)))
    assert reaches(replies, lambda reply: reply.body.startswith(b'{"status"') and not reply.body.endswith(b"}"))
    for status in (200, 302, 401, 408, 429, 500):
        assert reaches(replies, lambda reply, status=status: reply.status == status)


def test_hostile_requests_are_edited_everywhere() -> None:
    provider = Exam(Onbuka).provider
    requests = hostile_requests(provider, 1_700_000_000)
    assert reaches(requests, lambda request: request.method == "GET")
    assert reaches(requests, lambda request: request.url.endswith("?a=b"))
    assert reaches(requests, lambda request: "sign" not in request.headers)
    assert reaches(requests, lambda request: isinstance(provider.parse(request, 1_700_000_000), VoiceMessage))
    assert reaches(requests, lambda request: getattr(provider.parse(request, 1_700_000_000), "code", "") == "-22")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    room = voicehub.testing.__file__
    spec = importlib.util.spec_from_file_location("probe", room)
    assert spec is not None
    assert spec.loader is not None
    probe = importlib.util.module_from_spec(spec)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"needs hypothesis and pytest; .* pip install 'voicehub-core\[testing\]'"):
        spec.loader.exec_module(probe)
