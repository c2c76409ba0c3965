"""A plugin that breaks the contract before the first byte: `PluginError`, and nobody hears of the callees."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.support import PAGE, A, B, C, D, Plain, message
from tests.client.wire import Server, answering, reply
from voicehub import Client, MessageError, Outcome, PluginError, UploadedAudio, VoiceMessage
from voicehub.client import Tally
from voicehub.client._prepare import _head_of
from voicehub.provider import Limits, Request


def fails(*_: object) -> Any:
    raise ArithmeticError("cannot count")


def request(**fields: Any) -> Any:
    made = {"method": "POST", "url": "http://127.0.0.1:1/api/call", "headers": {}, "body": b"", **fields}
    return lambda message, now: Request(**made)


@pytest.mark.parametrize(
    ("methods", "told"),
    [
        ({"encode": fails}, "encode failed: ArithmeticError: cannot count"),
        ({"encode": lambda *_: "POST /"}, "returned str, not a Request"),
        ({"encode": request(method="post")}, "no HTTP method"),
        ({"encode": request(method="CONNECT")}, "CONNECT carries no message"),
        ({"encode": request(method="TRACE")}, "TRACE carries no message"),
        ({"encode": request(url="https://evil.test/api")}, "does not begin with the account's base_url"),
        ({"encode": request(url="http://127.0.0.1:1/apiary")}, "does not begin with the account's base_url"),
        ({"encode": request(url="http://127.0.0.1:1/api/a b")}, "the URL holds white space"),
        ({"encode": request(url=None)}, "encode failed: TypeError"),
        ({"encode": request(body="text")}, "the body is not bytes"),
        ({"encode": request(headers={"Sign": "x"})}, "not in lower case"),
        ({"encode": request(headers={"sign": "x\r\nother: y"})}, "header sign is empty, or holds"),
        ({"refuse": fails}, "failed: ArithmeticError: cannot count"),
        ({"refuse": lambda message: "no"}, "refuse returns a MessageError or None, not str"),
        ({"refuse": lambda message: ValueError("no")}, "refuse returns a MessageError or None, not ValueError"),
    ],
)
@pytest.mark.parametrize("callees", [(A,), (A, B, C)], ids=["one request", "a split"])
def test_a_plugin_that_fails_before_the_first_byte(methods: Any, told: str, callees: Any) -> None:
    with pytest.raises(PluginError, match=f"plugin plain: .*{told}") as caught:
        Client(Plain(**methods)).send(message(*callees))
    assert caught.value.__cause__ is not caught.value


def test_limits_that_cannot_be_split_by() -> None:
    broken = Limits(callees=PAGE.span(0, 0, "callees"), callee_digits=PAGE.span(7, 15, "digits"))
    provider = Plain()
    provider.limits = {UploadedAudio: broken}
    with pytest.raises(PluginError, match=r"plugin plain: the check \(limits, refuse\) failed: ValueError"):
        Client(provider).check(message(A))


def test_an_objection_of_the_plugin_is_the_persons_to_mend() -> None:
    tally = Tally()
    with pytest.raises(MessageError, match="reference: not on Sundays"):
        Client(Plain(refuse=lambda message: MessageError("reference", "not on Sundays"))).send(message(A), tally=tally)
    assert [outcome.status for outcome in tally.receipt()] == ["not_attempted"]


class Fickle(list[Outcome]):
    """A sequence that says something else when it is asked again."""

    asked = 0

    def __iter__(self) -> Iterator[Outcome]:
        self.asked += 1
        rows = list.__iter__(self)
        return rows if self.asked == 1 else (row._replace(status="not_attempted") for row in rows)


def test_a_plugin_may_return_any_sequence_and_is_asked_once() -> None:
    def decode(part: VoiceMessage, reply: object) -> Fickle:
        return Fickle([Outcome(callee, "accepted", "id") for callee in part.to])

    with Server(answering(reply(b"all of them"))) as server, Client(Plain(server.root, decode=decode)) as client:
        assert len(client.send(message(A, B, C, D)).accepted) == 4


@given(st.lists(st.text("\t !a\0\x01\x7f\x80\ud800\n~", max_size=4), min_size=1, max_size=3))
def test_a_header_value_begins_and_ends_with_what_can_be_seen(values: list[str]) -> None:
    """RFC 9110 section 5.5, without what HTTP only tolerates: values are looked at together, then each."""
    headers = {f"x-{position}": value for position, value in enumerate(values)}
    objection = _head_of(Plain(), request(headers=headers)(message(A), 0)).objection
    told = [re.fullmatch("[!-~]([\t -~]*[!-~])?", value) is not None for value in values]
    assert (objection is None) == all(told)
    assert objection is None or f"header x-{told.index(False)} " in objection
