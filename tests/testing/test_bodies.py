"""Bodies of golden samples: what says the same is the same, and what differs is shown."""

import pytest

from voicehub.testing._bodies import difference, readable, same_body, same_json, within_body

XML = b"""<?xml version="1.0"?>
<Calls id='17' kind="a">
  <Bad number="2111111111"/>
  <Say>  two  </Say>
</Calls>
"""


@pytest.mark.parametrize(
    "other",
    [
        XML,
        XML.replace(b"'", b'"'),
        b'<Calls kind="a" id="17"><Bad number="2111111111"></Bad><Say>  two  </Say></Calls>',
        XML.replace(b"  <Bad", b"\t<Bad"),
    ],
)
def test_xml_is_compared_in_its_canonical_form(other: bytes) -> None:
    assert same_body(other, XML)


@pytest.mark.parametrize(
    "other",
    [
        XML.replace(b"17", b"18"),
        XML.replace(b"  two  ", b"two"),
        XML.replace(b"<Say>", b"x<Say>"),
        XML.replace(b'<Bad number="2111111111"/>', b""),
        XML[:-4],
        b"",
        b'{"id": 17}',
    ],
)
def test_other_xml_is_another(other: bytes) -> None:
    assert not same_body(other, XML)


def test_a_form_is_compared_by_its_fields() -> None:
    form = b"To=%2B93&From=1+2&Empty=&Twiml=%3CR%20a%3D%221%22%20b%3D%222%22%2F%3E"
    assert same_body(b"Twiml=%3CR+b='2'+a='1'%3E%3C/R%3E&Empty=&From=1%202&To=%2b93", form)
    assert not same_body(form.replace(b"Empty=&", b""), form)
    assert not same_body(form.replace(b"b%3D%222", b"b%3D%223"), form)
    assert same_body(b"a=1&b=3&a=2", b"a=1&a=2&b=3")
    assert not same_body(b"a=2&a=1", b"a=1&a=2")


@pytest.mark.parametrize("body", [b"OK 17\n", b'{"a": 1}', b"\xff"])
def test_everything_else_is_compared_byte_for_byte(body: bytes) -> None:
    assert same_body(body, body)
    assert not same_body(body + b" ", body)


@pytest.mark.parametrize(
    ("one", "other"), [("1", "true"), ("1", "1.0"), ("0", "false"), ('"1"', "1"), ("[1]", "[1, 1]")]
)
def test_json_is_compared_as_a_value(one: str, other: str) -> None:
    import json

    assert same_json(f'{{"b": 2, "a": {one}}}'.encode(), {"a": json.loads(one), "b": 2})
    assert not same_json(f'{{"b": 2, "a": {one}}}'.encode(), {"a": json.loads(other), "b": 2})
    assert not same_json(b"[" * 100_000, [])


def test_an_answer_may_be_a_part_of_the_page() -> None:
    assert within_body(b'<Calls id="17"><Say>  two  </Say></Calls>', XML.replace(b"<Calls", b"<Calls x='1'"))
    assert not within_body(b'<Calls id="17"><Say>two</Say></Calls>', XML)
    assert not within_body(b'<Calls id="17"><Bad/><Bad/></Calls>', XML)
    assert within_body(b"a=1", b"b=2&a=1")
    assert not within_body(b"a=1&a=1", b"b=2&a=1")
    assert within_body(b"OK", b"OK")
    assert not within_body(b"OK", b"OK 17")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b'{"b":[1],"a":"\xc3\xa9"}', ["{", '  "a": "é",', '  "b": [', "    1", "  ]", "}"]),
        (b"<a><b>1</b></a>", ["<a>", "  <b>1</b>", "</a>"]),
        (b"b=%0A&a=1+2&b=3", ["a = 1 2", "b = '\\n'", "b = 3"]),
        (b"OK\r\n17", ["b'OK\\r\\n'", "b'17'"]),
        (b"", []),
    ],
)
def test_a_body_can_be_read(body: bytes, lines: list[str]) -> None:
    assert readable(body) == lines


def test_the_first_difference_stands_in_front() -> None:
    told = difference("encode", b"<a><b>1</b><c/></a>", b"<a><b>2</b><c/></a>").splitlines()
    assert told[0] == "the page has another body: '<b>2</b>', where encode writes '<b>1</b>'"
    assert told[1] == "encode writes:"
    assert told[told.index("the page has:") + 1 :] == ["<a>", "  <b>2</b>", "  <c />", "</a>"]
    shorter = difference("answer", b"a=1", b"a=1&b=2").splitlines()
    assert shorter[0] == "the page has another body: 'b = 2', where answer writes 'nothing more'"
    spaced = difference("encode", b'{"a":1}', b'{"a": 1}').splitlines()
    assert "'{\"a\": 1}'" in spaced[0].replace("\\", "")
