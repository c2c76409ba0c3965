"""Records, balances and recordings as plain values that show no number; what a recording is by its first bytes."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from voicehub import AudioFile, Balance, CallRecord, CallState, StoredFile, VoiceMessage
from voicehub._audio import content_name, format_of
from voicehub.provider import ListFiles, Upload
from voicehub.provider._questions import Question, Unreadable
from voicehub.records import Listing, fit_to_keep, hidden_in, is_amount

RECORD = CallRecord(
    call_id="call-932111111111",
    state=CallState.COMPLETED,
    callee="+932111111111",
    caller_id="1008122211",
    answered_at=datetime(2026, 11, 22, tzinfo=UTC),
    ring_seconds=7,
    cost=Decimal("0.02"),
    reference="order 42",
    code="200",
    reason="said to 932111111111",
    raw={"callee": "932111111111"},
)


def test_a_record_that_repeats_nothing_is_the_very_same() -> None:
    assert hidden_in(RECORD, ["no-such-secret", "order"], ["5 char"]) is RECORD
    changed = hidden_in(RECORD, ["order 42"], ["2026-11-22", "111111111"])
    assert changed == replace(RECORD, reference="*****", reason="said to 932*****")
    assert changed.raw == {"callee": "932*****"}
    assert changed.callee == RECORD.callee, "a number is no secret, though a header may have held it"


def test_a_record_shows_no_number_and_no_raw_words() -> None:
    shown = repr(RECORD)
    assert "932111111111" not in shown
    assert "1008122211" not in shown
    assert "order 42" not in shown
    assert "raw" not in shown
    assert "state='completed'" in shown
    assert "answered_at=2026-11-22 00:00:00+00:00, ring_seconds=7, cost=0.02, reference='<8 characters>'" in shown
    assert "pressed_key" not in shown
    assert repr(replace(RECORD, pressed_key="4711")).count("4711") == 0


def test_a_record_repaints_no_terminal() -> None:
    assert repr(CallRecord(call_id="\x1b[2J", state=CallState.UNKNOWN, currency="\u202e")).isprintable()


def test_records_are_compared_without_their_raw_words() -> None:
    same = CallRecord(call_id="1", state=CallState.BUSY, raw={"a": 1})
    assert same == CallRecord(call_id="1", state=CallState.BUSY)
    assert hash(same) == hash(CallRecord(call_id="1", state=CallState.BUSY))


def test_what_can_be_spent() -> None:
    assert Balance(Decimal(1), Decimal(2), Decimal(3)).available == 6
    assert Balance(Decimal(1)).available == 1


def test_questions_show_no_content() -> None:
    assert "secret sound" not in repr(Upload("a.mp3", b"secret sound"))
    assert "932111111111" not in repr(Unreadable("of 932111111111"))
    assert ListFiles().next() == ListFiles(2)
    assert Question[None]().measures() == {}
    assert Listing((StoredFile("1", "a.mp3"),)).more is False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"ID3\x04\0", "mp3"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"\xff\xf3\x40\x00", "mp3"),
        (b"\xff\xf1\x50\x80", None),  # AAC in ADTS
        (b"\xff\xfb\xf0\x00", None),  # no such rate
        (b"\xff\xfb", None),
        (b"RIFF\x24\0\0\0WAVEfmt ", "wav"),
        (b"RIFF\x24\0\0\0AVI LIST", None),
        (b"\0\0\0\x20ftypM4A \0", "m4a"),
        (b"\0\0\0\x20ftypisom\0", "m4a"),
        (b"\0\0\0\x20ftypheic\0", None),
        (b"OggS", None),
        (b"", None),
    ],
)
def test_a_recording_by_its_first_bytes(data: bytes, expected: str | None) -> None:
    assert format_of(data) == expected


@pytest.mark.parametrize(
    ("name", "stem", "ending"),
    [
        ("reminder.mp3", "reminder", ".mp3"),
        ("Reminder.MP3", "Reminder", ".mp3"),
        ("a very long name of a recording.mp3", "a very long nam", ".mp3"),
        ("noending", "noending", ""),
    ],
)
def test_a_name_stands_for_the_content(name: str, stem: str, ending: str) -> None:
    made = content_name(name, b"sound")
    assert re.fullmatch(f"{stem}-[0-9a-f]{{12}}{ending}", made)
    assert len(made) <= 32
    assert made == content_name(name, b"sound") != content_name(name, b"another sound")


def test_an_audio_file_shows_no_folder() -> None:
    assert repr(AudioFile("some/folder/reminder.mp3")) == "AudioFile(path='.../reminder.mp3')"
    message = VoiceMessage(to=["+932111111111"], content=AudioFile("a.mp3"))
    assert VoiceMessage.model_validate_json(message.model_dump_json()) == message
    with pytest.raises(ValueError, match="path"):
        AudioFile("")


@pytest.mark.parametrize("text", ["0", "-0.02", "1E+17", "1E-18", "999999999999999999", "0.000000000000000001"])
def test_money_that_can_be_printed(text: str) -> None:
    assert is_amount(Decimal(text))
    assert fit_to_keep(replace(RECORD, cost=Decimal(text))).cost == Decimal(text)


@pytest.mark.parametrize(
    "amount", [*map(Decimal, ("NaN", "-Infinity", "sNaN", "1E+18", "1E-19", "1e30000000")), 0.1, "1"]
)
def test_what_is_no_money_is_left_out(amount: Any) -> None:
    assert not is_amount(amount)
    assert fit_to_keep(replace(RECORD, cost=amount)) == replace(RECORD, cost=None)


def with_value(name: str, value: Any) -> CallRecord:
    changed: dict[str, Any] = {name: value}
    return replace(RECORD, **changed)


@pytest.mark.parametrize("name", ["ring_seconds", "call_seconds", "charged_seconds"])
@pytest.mark.parametrize("value", [-1, 10**9 + 1, 10**30, 1.5, True, "7"])
def test_what_is_no_number_of_seconds_is_left_out(name: str, value: Any) -> None:
    assert getattr(fit_to_keep(with_value(name, value)), name) is None
    for right in (0, 10**9, None):
        record = with_value(name, right)
        assert fit_to_keep(record) is record
