"""`voicehub providers --diff`: what a message loses or must change, for every kind of difference of two tables."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel
from voicehub_itniotech import Itniotech
from voicehub_onbuka import Onbuka

from tests.cli.conftest import Voicehub, document
from voicehub.cli._providers.diff import Change, changes
from voicehub.message import AudioUrl, Speech, VoiceMessage
from voicehub.provider import Limits, Provider, Span

BASE = Limits(
    callees=Span(1, 10, "callees", "page", "2026-11"),
    callee_digits=Span(7, 15, "digits", "page", "2026-11"),
    plays=Span(1, 3, "plays", "page", "2026-11"),
)


def vendor(name: str, limits: Limits = BASE, kind: type[BaseModel] = AudioUrl, **facts: Any) -> type[Provider]:
    return type(name, (Onbuka,), {"name": name, "limits": {kind: limits}, "Options": None, **facts})


def found(before: type[Provider], after: type[Provider]) -> list[tuple[str, str | None]]:
    return [(change.what, change.field) for change in changes(before, after)]


def span(low: float, high: float | None, unit: str = "plays", *, required: bool = False) -> Span:
    return Span(low, high, unit, "page", "2026-11", required)


def test_alike_vendors_lose_nothing() -> None:
    assert found(vendor("one"), vendor("two")) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (replace(BASE, plays=None), [("lost", "plays")]),
        (replace(BASE, plays=span(1, 2)), [("narrower", "plays")]),
        (replace(BASE, plays=span(2, 3)), [("narrower", "plays")]),
        (replace(BASE, plays=span(1, 9)), []),
        (replace(BASE, plays=span(1, None)), []),
        (replace(BASE, plays=span(1, 3, "UTF-8 bytes")), [("counted", "plays")]),
        (replace(BASE, plays=span(1, 3, required=True)), [("required", "plays")]),
        (replace(BASE, plays=span(1, 2, required=True)), [("required", "plays"), ("narrower", "plays")]),
        (replace(BASE, caller_id=span(7, 15, "digits")), []),
        (replace(BASE, caller_id=span(7, 15, "digits", required=True)), [("required", "caller_id")]),
        (replace(BASE, callees=span(1, 3, "callees")), [("requests", "to")]),
        (replace(BASE, callees=span(1, None, "callees")), []),
        (replace(BASE, callees=span(2, None, "callees")), [("narrower", "callees")]),
    ],
)
def test_rows(after: Limits, expected: list[tuple[str, str]]) -> None:
    assert found(vendor("one"), vendor("two", after)) == expected


def test_a_row_that_was_required_already_is_no_news() -> None:
    limits = replace(BASE, plays=span(1, 3, required=True))
    assert found(vendor("one", limits), vendor("two", limits)) == []


def test_an_upper_bound_where_there_was_none() -> None:
    limits = replace(BASE, plays=span(1, None), callees=span(1, None, "callees"))
    told = changes(vendor("one", limits), vendor("two"))
    assert [(change.what, change.field) for change in told] == [("requests", "to"), ("narrower", "plays")]
    assert "any number of callees is one request at one (10 callees per request)" in told[0].text


def test_a_kind_of_content_that_is_not_played() -> None:
    (told,) = changes(vendor("one", kind=Speech), vendor("two"))
    assert told == Change("content", "speech", "content", "speech cannot be sent: two plays audio_url")


class Options(BaseModel):
    colour: str


def refuse(self: Provider, message: VoiceMessage) -> None:
    return None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"call_ids": "request"}, ["call_ids"]),
        ({"call_ids": "none"}, {"call_ids": "request"}, []),
        ({}, {"callee_refusal_code": None}, ["refusals"]),
        ({"callee_refusal_code": None}, {}, []),
        ({"Options": Options}, {}, ["options"]),
        ({}, {"Options": Options}, []),
        ({"Options": Options}, {"Options": Options}, ["options"]),
        ({}, {"abilities": {}}, ["questions"]),
        ({"abilities": {}}, {}, []),
        ({}, {"languages": {"en": "EN"}}, ["languages"]),
        ({}, {"languages": {}}, []),
        ({}, {"refuse": refuse}, ["rules"]),
        ({"refuse": refuse}, {"refuse": refuse}, []),
    ],
)
def test_facts(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    assert [what for what, _ in found(vendor("one", **before), vendor("two", **after))] == expected


_BOTH = [("file_id", "content"), ("options", "provider_options")]


def test_the_two_first_vendors(voicehub: Voicehub) -> None:
    result = voicehub("providers", "--diff", "onbuka-v3", "itniotech", "--json")
    told = document(result)
    assert (result.exit_code, told["from"], told["to"]) == (0, "onbuka-v3", "itniotech")
    what = [(change["what"], change["field"]) for change in told["changes"]]
    assert what == [("requests", "to"), ("lost", "ring_timeout_seconds"), *_BOTH]
    requests, lost, *_ = (change["text"] for change in told["changes"])
    most, fewer = (cls.limits[next(iter(cls.limits))].callees.high or 0 for cls in (Onbuka, Itniotech))
    assert f"{most} callees, one request at onbuka-v3, becomes {most / fewer:g} at itniotech" in requests
    assert "20 to 120 seconds at onbuka-v3" in lost
    assert "limits.ring_timeout_seconds of an account can open it" in lost


def test_people_read_sentences(voicehub: Voicehub) -> None:
    result = voicehub("providers", "--diff", "onbuka-v3", "itniotech")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("A message that moves from onbuka-v3 to itniotech:\n- to: a message to 1000")
    same = voicehub("providers", "--diff", "onbuka-v3", "onbuka-v3")
    assert same.stdout == "Nothing: whatever onbuka-v3 takes, onbuka-v3 takes as well.\n"
