"""Golden samples decide: each of these files is wrong in one place, and the law about it says so."""

import json
import shutil
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import Phase
from voicehub_onbuka import Onbuka

from tests.testing.providers import ByForm, ByLine
from tests.testing.xml_provider import ByXml
from voicehub import VoiceMessage
from voicehub.testing import LAWS, Exam, LawBroken

GENUINE = Path(__file__).parents[2] / "plugins" / "voicehub-onbuka" / "voicehub_onbuka" / "golden"
QUICK = hypothesis.settings(database=None, derandomize=True, phases=[Phase.generate], max_examples=20)


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GENUINE, tmp_path / "golden"))


def examine(law: str, golden: Path) -> None:
    LAWS[law](Exam(Onbuka, golden=golden, effort=QUICK))


def edit(path: Path, *where: Any, to: Any) -> None:
    sample = json.loads(path.read_text("utf-8"))
    inner = sample
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = to
    if where == ("text",):
        del sample["body"]  # a sample has one of both
    path.write_text(json.dumps(sample), "utf-8")


@pytest.mark.parametrize(
    ("where", "wrong", "told"),
    [
        (("method",), "PUT", "the page"),
        (("url",), "https://api.onbuka.com/v3/voice/sendgroup", "the page"),
        (("headers", "Sign"), "0" * 32, "encode sends headers"),
        (("headers", "Timestamp"), "1630468800000", "encode sends headers"),
        (("body", "loopCount"), "2", "the page has another body"),
        (("body", "displayNum"), None, "the page has another body"),
        (
            ("text",),
            "callee=932111111111",
            "the page has another body: 'callee = 932111111111', where encode writes '{'",
        ),
    ],
)
def test_a_request_that_differs_is_told(golden: Path, where: tuple[str, ...], wrong: object, told: str) -> None:
    edit(golden / "request.json", *where, to=wrong)
    with pytest.raises(LawBroken, match=told):
        examine("golden_requests_are_met", golden)


@pytest.mark.parametrize(
    ("where", "wrong", "told"),
    [
        (("outcomes", 0, "call_id"), "1", "the page says"),
        (("outcomes", 1, "status"), "in_doubt", "the page says"),
        (("status",), 201, "answer has HTTP 200"),
        (("body", "reason"), "done", "answer writes"),
        (("text",), "status=0", "decode reads"),
    ],
)
def test_a_reply_that_differs_is_told(golden: Path, where: tuple[Any, ...], wrong: object, told: str) -> None:
    edit(golden / "reply.json", *where, to=wrong)
    with pytest.raises(LawBroken, match=told):
        examine("golden_replies_are_met", golden)


def test_a_refusal_may_be_a_sample(golden: Path) -> None:
    path = golden / "reply.json"
    edit(path, "body", to={"status": "-10", "reason": "no balance", "data": None})
    edit(path, "outcomes", to=None)
    edit(path, "refusal", to={"kind": "balance", "code": "-10", "reason": "no balance"})
    examine("golden_replies_are_met", golden)
    edit(path, "refusal", "kind", to="auth")
    with pytest.raises(LawBroken, match="the page says"):
        examine("golden_replies_are_met", golden)
    edit(path, "body", "status", to="-18")
    with pytest.raises(LawBroken, match="decode reads"):
        examine("golden_replies_are_met", golden)


@pytest.mark.parametrize(
    ("code", "meaning"), [("-10", "auth"), ("-18", "request"), ("-22", "doubt"), ("-1", "success")]
)
def test_a_code_that_differs_is_told(golden: Path, code: str, meaning: str) -> None:
    edit(golden / "codes.json", "codes", code, to=meaning)
    with pytest.raises(LawBroken, match=f"code {code} is {meaning}"):
        examine("golden_codes_are_met", golden)


def test_bytes_that_are_no_json_are_compared_as_they_are(golden: Path) -> None:
    provider = Exam(Onbuka).provider
    sample = json.loads((golden / "request.json").read_text("utf-8"))
    body = provider.encode(VoiceMessage.model_validate(sample["message"]), sample["now"]).body.decode()
    edit(golden / "request.json", "text", to=body)
    examine("golden_requests_are_met", golden)


def test_a_reply_may_be_text(tmp_path: Path) -> None:
    sample = {
        "message": {"to": ["+4917012345678"], "content": {"kind": "uploaded_audio", "file_id": "a"}},
        "status": 200,
        "headers": {},
        "text": "OK 17\n",
        "outcomes": [{"callee": "+4917012345678", "status": "accepted", "call_id": "17"}],
    }
    exam = Exam(ByLine, golden=tmp_path)
    (tmp_path / "reply.json").write_text(json.dumps(sample), "utf-8")
    LAWS["golden_replies_are_met"](exam)
    (tmp_path / "reply.json").write_text(json.dumps({**sample, "text": "OK 17 thanks\n"}), "utf-8")
    with pytest.raises(LawBroken, match="the page has another body"):
        LAWS["golden_replies_are_met"](exam)


def test_a_form_is_no_json(golden: Path) -> None:
    sample = {
        "message": {
            "to": ["+4917012345678"],
            "content": {"kind": "audio_url", "url": "https://audio.example/a.mp3"},
            "caller_id": "4930123456",
        },
        "now": 0,
        "method": "POST",
        "url": "https://api.vendor.example/v1/calls",
        "headers": {"Authorization": "Basic bWFkZS11cC10b2tlbi0x"},
        "text": "to=%2B4917012345678&from=4930123456&content.kind=audio_url"
        "&content.url=https%3A%2F%2Faudio.example%2Fa.mp3",
    }
    (golden / "request_speech.json").unlink()
    (golden / "request.json").write_text(json.dumps(sample), "utf-8")
    exam = Exam(ByForm, golden=golden, effort=QUICK)
    LAWS["golden_requests_are_met"](exam)
    del sample["text"]
    (golden / "request.json").write_text(json.dumps({**sample, "body": {}}), "utf-8")
    with pytest.raises(LawBroken, match="the page has another body"):
        LAWS["golden_requests_are_met"](exam)


@pytest.mark.parametrize("law", ["golden_requests_are_met", "golden_replies_are_met", "golden_codes_are_met"])
def test_an_empty_folder_is_no_pass(tmp_path: Path, law: str) -> None:
    with pytest.raises(LawBroken, match="has no"):
        examine(law, tmp_path)


XML_REPLY = {
    "message": {"to": ["+932111111111"], "content": {"kind": "audio_url", "url": "https://audio.example/a.mp3"}},
    "status": 200,
    "headers": {},
    "text": '<calls  id="17"  took="3">\n  <seconds>2</seconds>\n</calls>',
    "outcomes": [{"callee": "+932111111111", "status": "accepted", "call_id": "17"}],
}


def test_a_reply_in_xml_may_be_indented_and_say_more(tmp_path: Path) -> None:
    exam = Exam(ByXml, golden=tmp_path)
    (tmp_path / "reply.json").write_text(json.dumps(XML_REPLY), "utf-8")
    LAWS["golden_replies_are_met"](exam)
    wrong = {**XML_REPLY, "text": '<calls id="17"/>', "outcomes": [{"call_id": "18"}]}
    (tmp_path / "reply.json").write_text(json.dumps(wrong), "utf-8")
    with pytest.raises(LawBroken, match="the page says"):
        LAWS["golden_replies_are_met"](exam)


def test_a_reply_with_a_body_that_is_no_object(golden: Path) -> None:
    edit(golden / "reply.json", "body", to=[])
    edit(golden / "reply.json", "outcomes", to=[{}, {}])
    with pytest.raises(LawBroken, match="the page has another body"):
        examine("golden_replies_are_met", golden)


@pytest.mark.parametrize(
    ("law", "file", "where", "wrong", "told"),
    [
        ("requests", "request", ("now",), "soon", "now.int: Input should be a valid integer"),
        ("requests", "request", ("header",), {}, "header: Extra inputs are not permitted"),
        ("requests", "request", ("message", "too"), [], "message.too: Extra inputs are not permitted"),
        ("replies", "reply", ("status",), "200", "status: Input should be a valid integer"),
        ("replies", "reply", ("outcomes",), {"+932111111111": "accepted"}, "outcomes: Input should be a valid array"),
        ("replies", "reply", ("outcomes",), [{}], "outcomes: it has 1, and the message has 2 callees"),
        ("replies", "reply", ("outcomes",), None, "outcomes and refusal: give one of them"),
        ("replies", "reply", ("outcomes", 0, "id"), "17", "outcomes.0.id: Extra inputs are not permitted"),
        ("replies", "reply", ("refusal",), {"kind": "auth"}, "outcomes and refusal: give one of them"),
        ("codes", "codes", ("codes", "-1"), "authentication", "codes: -1 is 'authentication', which is not a known"),
        ("codes", "codes", ("code",), {}, "code: Extra inputs are not permitted"),
        ("questions", "questions", (0, "ask"), "Ring", "0.ask: there is no question Ring; the questions are Upload"),
        ("questions", "questions", (0, "asked"), {"file": "a"}, "0.asked: "),
        ("tellings", "tellings", (0, "refusal"), {"kind": "auth"}, "0.told and refusal: give one of them"),
        ("reports", "reports", (0, "record"), [], "0.record: Extra inputs are not permitted"),
    ],
)
def test_a_file_that_is_wrong_names_itself_its_key_and_the_form(
    golden: Path, law: str, file: str, where: tuple[Any, ...], wrong: object, told: str
) -> None:
    edit(golden / f"{file}.json", *where, to=wrong)
    with pytest.raises(LawBroken) as caught:
        examine(f"golden_{law}_are_met", golden)
    first, form = str(caught.value).splitlines()
    assert first.startswith(f"{file}.json: {told}")
    assert form.startswith((f"{file}.json has ", f"{file}.json is a list, and each item has "))


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_a_file_that_cannot_be_read_names_itself(golden: Path, text: str) -> None:
    (golden / "reply.json").write_text(text, "utf-8")
    with pytest.raises(LawBroken, match=r"^reply\.json: .*\nreply\.json has message, status"):
        examine("golden_replies_are_met", golden)


def test_body_and_text_are_never_both_given(golden: Path) -> None:
    sample = json.loads((golden / "reply.json").read_text("utf-8"))
    (golden / "reply.json").write_text(json.dumps({**sample, "text": "OK"}), "utf-8")
    with pytest.raises(LawBroken, match="body and text: give one of them"):
        examine("golden_replies_are_met", golden)


@pytest.mark.parametrize(
    ("provider", "code", "told"),
    [
        (ByXml, "N2", None),
        (ByXml, "N9", "codes.json: code N9 is refused, and decode reads .*'in_doubt'"),
        (ByLine, "7", "code 7 is refused, but callee_refusal_code is None"),
    ],
)
def test_codes_of_single_callees(tmp_path: Path, provider: Any, code: str, told: str | None) -> None:
    (tmp_path / "codes.json").write_text(json.dumps({"codes": {code: "refused"}}), "utf-8")
    exam = Exam(provider, golden=tmp_path, effort=QUICK)
    if told is None:
        LAWS["golden_codes_are_met"](exam)
    else:
        with pytest.raises(LawBroken, match=told):
            LAWS["golden_codes_are_met"](exam)
