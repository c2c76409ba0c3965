"""What an author reads first: plain words, whatever they got wrong."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import hypothesis
import pytest
from hypothesis import Phase
from pydantic import BaseModel

from tests.testing.providers import PAGE, ByForm, ByLine, Fake
from tests.testing.row_provider import ByRow
from voicehub import AudioUrl, MessageError, NotSent, Outcome, Speech, UploadedAudio, VoiceMessage
from voicehub.provider import Limits, Provider, Refusal, RefusalKind, Reply, Request
from voicehub.testing import LAWS, Exam, LawBroken, provider_contract

QUICK = hypothesis.settings(database=None, derandomize=True, phases=[Phase.generate])
NOTHING: Any = Fake  # it lacks its methods
ROWS = ByLine.limits[UploadedAudio]


def made(base: type[Provider] = ByLine, /, **facts: Any) -> type[Provider]:
    return type("Mine", (base,), {"__module__": base.__module__, **facts})


def examine(law: str, cls: type[Provider]) -> str:
    """The first line of what the law says."""
    with pytest.raises(LawBroken) as caught:
        LAWS[law](Exam(cls, effort=QUICK))
    return str(caught.value).partition("\n")[0]


def wrong(value: Any, **fields: Any) -> Any:
    """With values that no type checker lets pass."""
    return replace(value, **fields)


def returning(value: Any) -> Any:
    return lambda self, *given: value


GOOD = Request("POST", "https://api.vendor.example/v1/calls", {}, b"")


@pytest.mark.parametrize(
    ("method", "value", "told"),
    [
        ("encode", None, "encode returned None; it returns a Request(method, url, headers, body)"),
        ("encode", ("POST", "/"), "encode returned tuple of str; it returns a Request(method, url, headers, body)"),
        ("encode", wrong(GOOD, method=None), "encode returned a Request whose method is NoneType; it is text"),
        ("encode", wrong(GOOD, url=b""), "encode returned a Request whose url is bytes; it is text"),
        (
            "encode",
            wrong(GOOD, headers=[("a", "b")]),
            "encode returned a Request whose headers is list; it is a mapping of text to text",
        ),
        ("encode", wrong(GOOD, body="a"), "encode returned a Request whose body is str; it is bytes (text.encode())"),
        ("refuse", "no", "refuse returned str; it returns a MessageError, or None for no objection"),
        (
            "parse",
            None,
            "parse returned None; it returns the VoiceMessage, or the Refusal the vendor would answer with",
        ),
    ],
)
def test_on_the_way_there(method: str, value: Any, told: str) -> None:
    assert examine("what_is_encoded_is_parsed", made(**{method: returning(value)})) == told


@pytest.mark.parametrize(
    ("method", "value", "told"),
    [
        ("answer", None, "answer returned None; it returns a Reply(status, headers, body)"),
        ("answer", Reply("200", {}), "answer returned a Reply whose status is str; it is a whole number"),  # type: ignore[arg-type]
        ("answer", Reply(200, {}, "a"), "answer returned a Reply whose body is str; it is bytes (text.encode())"),  # type: ignore[arg-type]
        ("decode", None, "decode returned None: decode returns a sequence of Outcome or a Refusal; "),
        ("decode", [{}], "decode returned list of dict: decode returns a sequence of Outcome or a Refusal; "),
        ("decode", {}, "decode returned dict: decode returns a sequence of Outcome or a Refusal; "),
        ("decode", [Outcome(None, "accepted")], "decode returned list of Outcome: an Outcome has a callee as text"),  # type: ignore[arg-type]
        ("decode", Refusal("no"), "decode returned Refusal: a Refusal has a RefusalKind"),  # type: ignore[arg-type]
        ("decode", iter(()), "decode returned tuple_iterator: decode returns a sequence"),
    ],
)
def test_on_the_way_back(method: str, value: Any, told: str) -> None:
    assert examine("what_is_answered_is_decoded", made(**{method: returning(value)})).startswith(told)


class Forgetful(ByLine):
    """Does something else the second time it is asked the same."""

    asked: ClassVar[set[str]] = set()

    def encode(self, message: VoiceMessage, now: float) -> Request:
        if repr((message.to, now)) not in self.asked:
            self.asked.add(repr((message.to, now)))
            raise LookupError("once")
        return super().encode(message, now)


def test_a_method_that_depends_on_more_than_its_arguments() -> None:
    told = "with the same input it did something else; a method may depend on its arguments only"
    assert examine("what_is_encoded_is_parsed", Forgetful) == told


def test_rules_that_leave_no_message() -> None:
    told = "no message could be made that it takes; check whether its limits, refuse and Options allow any"
    never = made(refuse=returning(MessageError("to", "never")))
    assert examine("what_is_encoded_is_parsed", never) == told
    assert examine("too_many_callees_are_split", never) == told


def test_what_a_method_raises_is_told_as_it_is() -> None:
    def encode(self: Provider, message: VoiceMessage, now: float) -> Request:
        raise NotSent("mine", None)  # type: ignore[arg-type]

    with pytest.raises(Exception, match="plugin by-line: encode failed: NotSent: mine"):
        LAWS["what_is_encoded_is_parsed"](Exam(made(encode=encode), effort=QUICK))


class Dropping(BaseModel):
    """Takes whatever it is given."""


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"name": "By Line"}, "name 'By Line' is not small letters, digits and single hyphens or underscores"),
        ({"name": None}, "name None is not small letters"),
        ({"Settings": dict}, "Mine.Settings is a subclass of voicehub.provider.Settings"),
        ({"sample_settings": {}}, "sample_settings do not fit Settings: token: Field required; the exam needs made-up"),
        ({"limits": None}, "limits is a table such as {AudioUrl: Limits(...)}"),
        ({"limits": {}}, "limits is empty"),
        ({"limits": {VoiceMessage: ROWS}}, "limits has <class 'voicehub.message.VoiceMessage'>, which is no kind"),
        ({"limits": {UploadedAudio: {}}}, "limits[UploadedAudio] is {}; write Limits(...)"),
        ({"limits": {UploadedAudio: wrong(ROWS, plays=3)}}, "limits.UploadedAudio.plays is 3; write it as Page("),
        ({"limits": {UploadedAudio: wrong(ROWS, callees=None)}}, "limits.callees begins at 1: one callee must fit"),
        (
            {"limits": {UploadedAudio: wrong(ROWS, callees=PAGE.span(2, 3, "callees"))}},
            "limits.callees begins at 1: one callee must fit",
        ),
        ({"limits": {AudioUrl: wrong(ROWS, callee_digits=None)}}, "limits of AudioUrl have no row for callee_digits"),
        ({"limits": {Speech: ROWS}}, "limits of Speech have no row for text"),
        (
            {"limits": {AudioUrl: wrong(ROWS, rate=PAGE.span(1, 2, "times normal speed"))}},
            "AudioUrl has no rate, and limits has a row",
        ),
        ({"limits": {AudioUrl: wrong(ROWS, plays=PAGE.span(3, 2, "plays"))}}, "limits.AudioUrl.plays: 3 to 2 plays"),
        (
            {"limits": {AudioUrl: wrong(ROWS, callee_digits=PAGE.span(7, 20, "digits"))}},
            "limits.AudioUrl.callee_digits: 7 to 20 digits allows values that no message can have",
        ),
        (
            {"limits": {AudioUrl: wrong(ROWS, plays=replace(PAGE.span(1, 2, "plays"), read="soon"))}},
            "limits.AudioUrl.plays was read 'soon'; write it as 2026-11",
        ),
        ({"wire_names": {"too": "x"}}, "wire_names has ['too']: no such field"),
        ({"wire_names": ["to"]}, "wire_names is ['to']; it is a table"),
        ({"call_ids": "one"}, "call_ids is 'one': callee, request or none"),
        ({"callee_refusal_code": 21211}, "callee_refusal_code is 21211: a code as text, or None"),
        ({"refusal_kinds": {"1": "auth"}}, "refusal_kinds['1'] is 'auth'"),
        ({"call_states": {"busy": "busy"}}, "call_states['busy'] is 'busy'"),
        ({"deviations": "none"}, "deviations is 'none'; it is a table"),
        ({"Options": {}}, "Options is {}; it is a pydantic model, or None"),
        ({"Options": Dropping}, "Options drops unknown keys: set extra='forbid'"),
        (
            {"deviations": {"facts_are_well_formed": "no time"}},
            "deviations: facts_are_well_formed is about your own facts; no vendor makes you deviate",
        ),
    ],
)
def test_facts(facts: dict[str, Any], told: str) -> None:
    assert examine("facts_are_well_formed", made(**facts)).startswith(told)


def test_a_fact_that_is_missing() -> None:
    assert (
        examine("facts_are_well_formed", made(NOTHING)) == "name None is not small letters, digits and single hyphens "
        "or underscores, a letter first, such as 'acme-v1'"
    )
    assert examine("facts_are_well_formed", made(NOTHING, name="mine")) == "Mine states no limits"


@pytest.mark.parametrize("law", sorted(LAWS.keys() - {"facts_are_well_formed"}))
def test_no_law_is_tried_on_facts_that_cannot_be_used(law: str) -> None:
    told = r"not tried, because facts_are_well_formed is broken: limits\[UploadedAudio\] is 7; write Limits"
    with pytest.raises(pytest.skip.Exception, match=told):
        LAWS[law](Exam(made(limits={UploadedAudio: 7})))


def test_a_missing_source_hinders_no_other_law() -> None:
    unnamed = {UploadedAudio: wrong(ROWS, plays=replace(PAGE.span(1, 2, "plays"), source=" "))}
    cls = made(limits=unnamed, wire_names={})
    assert examine("facts_are_well_formed", cls) == "limits.UploadedAudio.plays has no source"
    LAWS["what_is_encoded_is_parsed"](Exam(cls, effort=QUICK))


@pytest.mark.parametrize("given", [None, "acme", SimpleNamespace, Limits])
def test_the_contract_is_for_a_class(given: Any) -> None:
    with pytest.raises(TypeError, match=r"provider_contract takes your class, as in provider_contract\(Acme\), not "):
        provider_contract(given)


def test_a_misspelt_setting_of_the_exam() -> None:
    with pytest.raises(LawBroken, match="sample_settings do not fit Settings: tokn: Extra inputs are not permitted"):
        LAWS["facts_are_well_formed"](Exam(ByForm, {"tokn": "t"}))


def test_the_watched_class_looks_like_the_authors() -> None:
    provider = Exam(ByForm).provider
    assert isinstance(provider, ByForm)
    assert (type(provider).__name__, type(provider).__module__) == ("ByForm", ByForm.__module__)
    assert repr(provider) == "ByForm(base_url='https://api.vendor.example/v1')"
    assert provider.parse(replace(GOOD, headers={}), now=0) == Refusal(RefusalKind.AUTH, "E401", "who are you")


class ByStatus(ByLine):
    """A vendor that refuses by HTTP status alone: its answers have no place for a reason."""

    refusal_kinds: ClassVar[dict[str, RefusalKind]] = {"401": RefusalKind.AUTH, "422": RefusalKind.REQUEST}

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        read = super().parse(request, now)
        return (
            read if isinstance(read, VoiceMessage) else Refusal(read.kind, {"E401": "401"}.get(read.code or "", "422"))
        )

    def answer(self, result: Any) -> Reply:
        if isinstance(result, Refusal):
            return Reply(401 if result.kind is RefusalKind.AUTH else 422, {})
        return super().answer(result)

    def decode(self, message: VoiceMessage, reply: Reply) -> Any:
        read = super().decode(message, reply)
        return replace(read, reason=None) if isinstance(read, Refusal) else read


def test_no_reason_is_asked_of_a_vendor_that_has_no_place_for_one() -> None:
    exam = Exam(ByStatus, effort=QUICK)
    for law in ("what_is_answered_is_decoded", "an_unheard_of_code_accepts_nobody", "credentials_are_checked"):
        LAWS[law](exam)


class ByTag(ByRow):
    """A vendor whose rows say that a number is bad, and no code."""

    def _row(self, row: Outcome) -> str:
        return super()._row(row._replace(code=row.code and "N1"))


def test_no_code_is_asked_of_a_vendor_that_has_no_place_for_one() -> None:
    for law in ("what_is_answered_is_decoded", "an_unheard_of_code_accepts_nobody"):
        LAWS[law](Exam(ByTag, effort=QUICK))


def test_numbers_too_short_to_share_an_end_are_held_to_the_rest() -> None:
    short = made(ByRow, limits={UploadedAudio: wrong(ROWS, callee_digits=PAGE.span(7, 7, "digits"))}, wire_names={})
    LAWS["an_unclear_number_is_nobodys"](Exam(short, effort=QUICK))
