"""An answer about one callee that is worded like one before says what its JSON says, or it is read as JSON."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from voicehub_onbuka import Onbuka
from voicehub_sendgroup import _envelope, _repeated

from voicehub import Outcome, UploadedAudio, VoiceMessage
from voicehub.provider import Refusal, Reply

ASKED, OTHER = "932111111111", "932111111112"
MESSAGE = VoiceMessage(to=[ASKED], content=UploadedAudio("a.mp3"))


def read(body: bytes, http: int = 200) -> list[Outcome] | Refusal:
    said = _envelope.read(MESSAGE.to, Reply(http, {}, body), Onbuka.refusal_kinds)
    return said if isinstance(said, Refusal) else [*said]


def read_as_json(body: bytes, http: int = 200) -> list[Outcome] | Refusal:
    with pytest.MonkeyPatch.context() as without:
        without.setattr(_repeated, "read_one", lambda *_: None)
        return read(body, http)


def answer(reason: object = "success", **row: Any) -> dict[str, Any]:
    fields = {"callee": ASKED, "voiceId": "1a2b", "terminationCode": "0", "terminationReason": "success", **row}
    return {"status": "0", "reason": reason, "data": [fields]}


WORDS = st.sampled_from(["success", "?", ASKED, '"voiceId": "9z"', "", None, 7])
ANSWERS = st.builds(
    answer,
    reason=WORDS,
    callee=st.sampled_from([ASKED, OTHER, f"+{ASKED}", f"00{ASKED}", f"{ASKED}0", "?", "", None, int(ASKED)]),
    voiceId=st.sampled_from(["1a2b", "1st", "?", "a-b", f"1{ASKED}", 'a"b', "a\\b", "\u00e4", " 1 ", "", None, 7]),
    terminationCode=st.sampled_from(["0", "?", "-22", "-18", ASKED, None, 0]),
    terminationReason=WORDS,
)
TIGHT, LOOSE = (",", ":"), (" , ", " :\n ")


@given(ANSWERS, st.sampled_from([TIGHT, LOOSE]), st.permutations(range(4)), st.sampled_from([200, 400, 408, 503]))
@example(answer(callee="?", terminationReason=ASKED), TIGHT, [0, 1, 2, 3], 200)
@example(answer(callee=ASKED, terminationReason="?"), TIGHT, [0, 1, 2, 3], 200)
@example(answer(callee="?"), TIGHT, [0, 1, 2, 3], 200)
@example(answer(callee=OTHER), TIGHT, [0, 1, 2, 3], 200)
@example(answer(voiceId="a\\b"), TIGHT, [0, 1, 2, 3], 200)
@example(answer(voiceId=" 1 "), TIGHT, [0, 1, 2, 3], 200)
def test_it_says_what_its_json_says(said: Any, separators: Any, order: list[int], http: int) -> None:
    (row,) = said["data"]
    said["data"] = [dict([*row.items()][at] for at in order)]
    good, body = (json.dumps(each, separators=separators).encode() for each in (answer(), said))
    assert read(good) == [Outcome(f"+{ASKED}", "accepted", "1a2b", "0", "success")]
    assert read(body, http) == read_as_json(body, http)
    assert read(body, http) == read_as_json(body, http), "and the second time, when it is known"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"data"', b'"status": "-1", "data"'),
        lambda text: text.replace(b'"data"', b'"dat4"'),
        lambda text: text.replace(b'"voiceId"', b'"voice\\u0049d"').replace(
            b'{"status"', b'{"voiceId": "9z", "status"'
        ),
        lambda text: text.replace(b"1a2b", b'1a", "voiceId": "2b'),
        lambda text: text.replace(b'"voiceId": "1a2b"', b'"voiceId": null, "x": "1a2b"'),
        lambda text: text.replace(b'{"status"', b'{"voiceId": "9z", "status"'),
        lambda text: text[:-1],
        lambda text: text + b" " * 2000,
        lambda text: text.replace(b"success", b"\xff"),
        lambda text: text.replace(b"voiceId", b"voiceid"),
        lambda text: text[: text.index(b"1a2b")],
    ],
)
def test_one_that_is_written_in_another_way_is_read_as_json(change: Any) -> None:
    good = json.dumps(answer()).encode()
    for body in (good, change(good), change(good)):
        assert read(body) == read_as_json(body)


def test_an_id_is_not_taken_from_elsewhere() -> None:
    """A row could hold the very words that stand for id and number while a way of writing is learned."""
    said = answer()
    said["data"] = [{"x": {"voiceId": "A"}, **answer(voiceId="1st")["data"][0]}]
    body = json.dumps(said).encode()
    assert read(body) == read(body) == read_as_json(body) == [Outcome(f"+{ASKED}", "accepted", "1st", "0", "success")]


def test_what_is_long_is_not_remembered() -> None:
    long = json.dumps(answer("success " * 200)).encode()
    assert read(long) == read_as_json(long)
    assert not any(len(one.head) > 500 for one in _repeated._LATELY)


def test_a_few_ways_of_writing_are_remembered_each_as_its_answers_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_repeated, "_LATELY", [])
    for number in range(2 * _repeated._FEW):
        body = json.dumps(answer(terminationReason=f"so {number}")).encode()
        for _ in range(2):
            assert read(body) == [Outcome(f"+{ASKED}", "accepted", "1a2b", "0", f"so {number}")]
    assert [one.reason for one in _repeated._LATELY] == ["so 7", "so 6", "so 5", "so 4"]


def test_the_second_of_a_kind_is_not_read_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    read(json.dumps(answer()).encode())
    monkeypatch.setattr(_envelope, "json_object", None)
    again = json.dumps(answer(voiceId="9z")).encode()
    assert read(again) == [Outcome(f"+{ASKED}", "accepted", "9z", "0", "success")]
