"""What the exam makes of a genuine answer: strangers, codes and rows that must not be taken for what they resemble."""

import json

from voicehub.testing._gaps import gaps, hidden, nulls
from voicehub.testing._numbers import long_ends
from voicehub.testing._results import close_to, recoded


def test_strangers_share_a_long_end_and_are_others() -> None:
    assert [*long_ends("8613800138000")] == [
        "8613830138000",
        "8615800138000",
        "8313800138000",
        "3613800138000",
        "78613800138000",
        "498613800138000",
    ]
    assert [*long_ends("3800138")] == ["73800138", "493800138", "3533800138"]


def test_close_codes_are_in_no_list() -> None:
    assert [*close_to("-22", ["-22", "-25"])] == ["-997722", "-27", "-29"]
    assert [*close_to("no_credit", ["no_credit"])] == ["9977no_credit", "no_credix", "no_crediy", "no_crediz"]


def test_a_code_is_replaced_as_a_whole_word() -> None:
    assert recoded(b'{"status": -1, "at": "-18", "or": "-1"}', "-1", "-2") == b'{"status": -2, "at": "-18", "or": "-2"}'
    assert recoded(b"NO E4001 v1.E400", "E400", "E402") == b"NO E4001 v1.E400"


def test_rows_take_forms_that_no_page_has() -> None:
    body = json.dumps({"data": [{"n": 1}, {"id": "a-1"}, {"id": "a-2"}], "ids": []}).encode()
    made = [(json.loads(one)["data"], ids) for one, ids in hidden(body, {"a-1", "a-2", "a-3"})]
    assert made == [({"id": "a-1"}, {"a-1"}), ("a-1", {"a-1"}), (["a-1", "a-2"], {"a-1", "a-2"})]
    assert [*hidden(b'[["a-1"]]', {"a-1"})]
    assert not [*hidden(body, {"b"})]
    assert not [*hidden(b"<a id='a-1'/>", {"a-1"})]


def test_each_value_is_null_once() -> None:
    assert [*nulls(b'{"a": {"b": 1}, "c": [2]}')] == [
        b'{"a": null, "c": [2]}',
        b'{"a": {"b": null}, "c": [2]}',
        b'{"a": {"b": 1}, "c": null}',
        b'{"a": {"b": 1}, "c": [null]}',
    ]
    assert not [*nulls(b"a=1")]


def test_true_and_false_become_texts() -> None:
    assert [*gaps(b'{"ok": false}')] == [b'{"ok": ""}', b'{"ok": "false"}', b"{}"]
    assert [*gaps(b"[true]")] == [b'[""]', b'["true"]', b"[]", b"[true, true]"]
    assert [*gaps(b'{"n": 1}')] == [b'{"n": ""}', b"{}"]
