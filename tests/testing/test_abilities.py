"""The laws of what a vendor can be asked, on one of another shape: lines of text, no bounds, no codes, no secret."""

from typing import Any

import hypothesis
import pytest
from hypothesis import Phase

from tests.testing.providers import ByForm, ByLine
from voicehub.provider import (
    Ability,
    DeleteFiles,
    ListFiles,
    ListRecords,
    Page,
    Provider,
    Question,
    Refusal,
    RefusalKind,
    Reply,
    Request,
    Settings,
    Unreadable,
    Upload,
)
from voicehub.records import Listing, StoredFile
from voicehub.testing import LAWS, Exam, LawBroken
from voicehub.testing._laws import abilities as abilities
from voicehub.testing._laws import asking as asking
from voicehub.testing._laws import reports as reports

QUICK = hypothesis.settings(database=None, derandomize=True, phases=[Phase.generate], max_examples=20)
PAGE = Page("the test", "2026-11")


class Keeping(Ability[Upload, StoredFile]):
    """PUT the recording under its name; the answer is a line with its id."""

    def encode(self, asked: Upload, now: float) -> Request:
        return Request("PUT", self.provider.settings.url("keep"), {"name": asked.name.encode().hex()}, asked.data)

    def decode(self, asked: Upload, reply: Reply) -> StoredFile | Refusal | Unreadable:
        if reply.status == 200 and reply.body.startswith(b"id ") and reply.body.endswith(b"\n"):
            return StoredFile(reply.body[3:-1].decode(errors="replace"), asked.name)
        return Unreadable("no line with an id")

    def parse(self, request: Request, now: float) -> Upload | Refusal | None:
        if (request.method, request.url) != ("PUT", self.provider.settings.url("keep")):
            return None
        try:
            return Upload(bytes.fromhex(request.headers["name"]).decode(), request.body)
        except (KeyError, ValueError):
            return Refusal(RefusalKind.REQUEST, None, "no name")

    def answer(self, asked: Upload | None, told: StoredFile | Refusal) -> Reply:
        if isinstance(told, Refusal):
            return Reply(400, {})
        return Reply(200, {}, f"id {told.file_id}\n".encode())


class Open(ByLine):
    """Lines of text, for anybody, and without codes."""

    Settings = Settings  # type: ignore[assignment]
    sample_settings = {"base_url": "https://open.example"}
    refusal_kinds = {}
    abilities = {Upload: Keeping}

    def _stranger(self, request: Request) -> Refusal | None:
        return None if request.method == "POST" else Refusal(RefusalKind.REQUEST)

    def _request(self, body: bytes) -> Request:
        return Request("POST", self.settings.url(self.path), {}, body)


@pytest.mark.parametrize("law", [*abilities.LAWS, *asking.LAWS, *reports.LAWS], ids=lambda law: law.__name__)
def test_a_vendor_of_another_shape_keeps_the_laws(law: Any) -> None:
    reasons = {
        "a_truncated_telling_is_not_believed": "its answers are neither JSON nor XML",
        "questions_out_of_bounds_are_refused": "its abilities state no bounds",
        "questions_need_credentials": "its settings have no secret",
        **{law.__name__: "it has no reports" for law in reports.LAWS},
    }
    exam = Exam(Open, effort=QUICK)
    if reason := reasons.get(law.__name__):
        with pytest.raises(pytest.skip.Exception, match=reason):
            LAWS[law.__name__](exam)
    else:
        LAWS[law.__name__](exam)


@pytest.mark.parametrize("law", [*abilities.LAWS, *asking.LAWS, *reports.LAWS], ids=lambda law: law.__name__)
def test_who_can_be_asked_nothing_is_left_out(law: Any) -> None:
    reason = "it has no reports" if law in reports.LAWS else "it answers no questions"
    with pytest.raises(pytest.skip.Exception, match=f"by-form: {reason}"):
        LAWS[law.__name__](Exam(ByForm, effort=QUICK))


class Strange(Question[None]):
    """A question of somebody's own."""


class Pages(Keeping):
    """An ability on the wrong question."""

    bounds = {"page_size": PAGE.span(1, None, "items")}


def with_ability(kind: type[Question[Any]], ability: type[Ability[Any, Any]], **facts: Any) -> type[Provider]:
    return type("Other", (Open,), {"abilities": {kind: ability}, "__module__": __name__, **facts})


def broken(provider: type[Provider], law: str = "ability_facts_are_well_formed") -> str:
    with pytest.raises(LawBroken) as told:
        LAWS[law](Exam(provider, effort=QUICK))
    return str(told.value)


def test_facts_that_cannot_be_right() -> None:
    assert "and the questions are Upload, ListFiles" in broken(with_ability(Strange, Keeping))
    fields = type("Fields", (Keeping,), {"tells": frozenset({"weather"})})
    assert "tells ['weather']: no such field" in broken(with_ability(Upload, fields))
    assert "not for a CallState" in broken(with_ability(Upload, Keeping, call_states={"done": "completed"}))
    undated = type("Undated", (Keeping,), {"bounds": {"name": Page("the test", "").span(1, 2, "characters")}})
    assert "needs low <= high, a source and a date" in broken(with_ability(Upload, undated))


@pytest.mark.parametrize("kind", [ListFiles, DeleteFiles, ListRecords])
def test_questions_without_bounds_are_drawn_too(kind: type[Question[Any]]) -> None:
    from voicehub.testing._tellings import questions

    drawn = []
    provider = Exam(Open).provider

    @hypothesis.settings(QUICK)
    @hypothesis.given(questions(Pages(provider), kind, 1_700_000_000))
    def draw(asked: Any) -> None:
        drawn.append(asked)

    draw()
    assert {type(asked) for asked in drawn} == {kind}


def test_a_page_with_nothing_to_compare_is_no_listing() -> None:
    from voicehub.testing._laws.samples import _says

    assert _says({"items": [1], "more": True}, {"items": [1]})
    assert not _says({"items": [1, 2]}, {"items": [1]})
    assert not _says(Listing, [1])
