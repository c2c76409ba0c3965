"""What a message may hold, and how it is refused: at construction, naming the field, never showing the input."""

import json
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from voicehub import Announcement, AudioUrl, Speech, UploadedAudio, VoiceMessage
from voicehub.message import Content

FIRST, SECOND = "+932111111111", "+932111111112"
AUDIO = UploadedAudio("12022022570cc.mp3")
FULL = VoiceMessage(
    to=[FIRST, SECOND],
    content=Speech("code 4711", "en-GB", "amy", 1.5),
    caller_id="1008122211",
    ring_timeout_seconds=60,
    max_duration_seconds=50,
    plays=2,
    reference="order 42",
    provider_options={"acme": {"priority": 1}},
)


def refusal(build: Callable[[], object]) -> str:
    with pytest.raises(ValidationError) as caught:
        build()
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


@pytest.mark.parametrize("content", [AUDIO, AudioUrl("https://host/a.mp3"), Speech("text", "en")])
def test_content_is_a_tagged_union(content: Content) -> None:
    message = VoiceMessage(to=[FIRST], content=content)
    assert VoiceMessage.model_validate_json(message.model_dump_json()) == message
    assert type(content).model_validate(content.model_dump()) == content


def test_content_of_no_kind_is_refused() -> None:
    for content in ({"kind": "fax"}, {"file_id": "a"}, "a.mp3", None):
        values = {"to": [FIRST], "content": content}
        assert "content" in refusal(partial(VoiceMessage.model_validate, values))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"kind": "uploaded_audio"}, "content.uploaded_audio.file_id\n  Field required"),
        ({"kind": "uploaded_audio", "file_id": "a", "loops": 1}, "content.uploaded_audio.loops\n  Extra inputs"),
        ({"kind": "speech", "text": "a"}, "content.speech.language\n  Field required"),
        ({"kind": "speech", "text": "a", "language": "en", "url": "b"}, "content.speech.url\n  Extra inputs"),
        ({"kind": "audio_url", "url": 1}, "content.audio_url.url\n  Input should be a valid string"),
    ],
)
def test_content_with_a_field_too_many_or_too_few(content: dict[str, Any], told: str) -> None:
    values = {"to": [FIRST], "content": content}
    assert told in refusal(lambda: VoiceMessage.model_validate(values))
    assert told in refusal(lambda: VoiceMessage.model_validate_json(json.dumps(values)))


def test_the_fields_of_content_may_be_given_by_position_or_name() -> None:
    assert Speech("text", "en", "amy", 2.0) == Speech(text="text", language="en", voice="amy", rate=2.0)
    assert UploadedAudio("a") == UploadedAudio(file_id="a", kind="uploaded_audio")
    loose: Any = UploadedAudio
    with pytest.raises(TypeError, match="UploadedAudio takes file_id, and 2 values were given"):
        loose("a", "b")
    with pytest.raises(TypeError, match="UploadedAudio takes file_id, and 2 values were given"):
        loose("a", file_id="b")


def test_unset_and_none_are_the_same() -> None:
    bare = VoiceMessage(to=[FIRST], content=AUDIO)
    assert bare == VoiceMessage(
        to=[FIRST],
        content=AUDIO,
        caller_id=None,
        ring_timeout_seconds=None,
        max_duration_seconds=None,
        plays=None,
        reference=None,
        provider_options={},
    )
    assert bare == VoiceMessage(to=[FIRST], content=AUDIO, provider_options={"acme": {"priority": None}})


def test_json_and_pickle_give_the_message_back() -> None:
    for thing in (FULL, Announcement(content=AUDIO, plays=1)):
        assert type(thing).model_validate_json(thing.model_dump_json()) == thing
        assert type(thing).model_validate(json.loads(json.dumps(thing.model_dump(mode="json")))) == thing
        assert pickle.loads(pickle.dumps(thing)) == thing


def test_an_announcement_is_addressed() -> None:
    announcement = Announcement(content=AUDIO, caller_id="1008122211", plays=2, reference="r")
    message = announcement.addressed_to("932111111111", "+93 211 111 1112")
    assert message == VoiceMessage(to=[FIRST, SECOND], content=AUDIO, caller_id="1008122211", plays=2, reference="r")
    assert "no callee" in refusal(lambda: announcement.addressed_to())


def test_nothing_can_be_changed_and_nothing_added() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        FULL.plays = 3
    with pytest.raises(ValidationError, match="frozen"):
        AUDIO.file_id = "b"
    assert isinstance(FULL.to, tuple)
    for values in (
        {"to": [FIRST], "content": AUDIO, "callerid": "1008122211"},
        {"to": [FIRST], "content": AUDIO, "Plays": 1},
    ):
        assert "Extra inputs are not permitted" in refusal(partial(VoiceMessage.model_validate, values))


def test_a_copy_is_checked_like_any_other() -> None:
    assert FULL.model_copy(update={"plays": 3}).plays == 3
    assert FULL.model_copy() == FULL
    assert FULL.model_copy(deep=True) == FULL
    assert FULL.model_copy(update={"to": ["932111111113"]}).to == ("+932111111113",)
    assert "plays" in refusal(lambda: FULL.model_copy(update={"plays": 0}))
    assert "to[0]" in refusal(lambda: FULL.model_copy(update={"to": ["1"]}))
    assert "Extra inputs" in refusal(lambda: FULL.model_copy(update={"loops": 1}))
    assert "file_id" in refusal(lambda: AUDIO.model_copy(update={"file_id": ""}))


def test_equal_messages_have_one_hash() -> None:
    again = VoiceMessage.model_validate(FULL.model_dump())
    assert again == FULL
    assert len({FULL, again, FULL.model_copy(update={"plays": 3})}) == 2
    announcement = Announcement(content=AUDIO)
    assert announcement != announcement.addressed_to(FIRST)
    assert len({announcement, announcement.addressed_to(FIRST)}) == 2


@pytest.mark.parametrize("field", ["to", "caller_id", "reference", "content", "provider_options"])
def test_no_error_shows_the_input(field: str) -> None:
    wrong: dict[str, Any] = {
        "to": ["+93211111111199999"],
        "caller_id": "93211111111199999",
        "reference": "93211111111199999\x00",
        "content": {"kind": "uploaded_audio", "file_id": " 93211111111199999"},
        "provider_options": {"acme": "93211111111199999"},
    }
    told = refusal(lambda: VoiceMessage.model_validate({"to": [FIRST], "content": AUDIO, field: wrong[field]}))
    assert field in told
    assert "932111" not in told
    assert "99999" not in told


def test_no_repr_shows_a_number_or_what_is_said() -> None:
    assert repr(FULL) == (
        "VoiceMessage(to='+**********11 and 1 more', content=Speech(text='<9 characters>', language='en-GB', "
        "voice='amy', rate=1.5), caller_id='********11', ring_timeout_seconds=60, max_duration_seconds=50, plays=2, "
        "reference='<8 characters>', provider_options=['acme'])"
    )
    assert str(VoiceMessage(to=[FIRST], content=AUDIO)) == (
        "to='+**********11' content=UploadedAudio(file_id='12022022570cc.mp3') provider_options=[]"
    )
    assert repr(AudioUrl("https://me:pw@host:8443/a.mp3?token=abc")) == "AudioUrl(url='https://host/...')"
    assert repr(Announcement(content=AUDIO)) == (
        "Announcement(content=UploadedAudio(file_id='12022022570cc.mp3'), provider_options=[])"
    )


def test_a_schema_can_be_made() -> None:
    schema = VoiceMessage.model_json_schema()
    assert schema["properties"]["to"]["type"] == "array"
    assert set(schema["required"]) == {"to", "content"}
