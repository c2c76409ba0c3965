"""What gets past the rules of a message or of the contract: it is met at the entry, or accounted for with a receipt."""

import asyncio
import pickle
import time
import warnings
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from tests.client.support import A, B, C, Plain, caught, message
from tests.client.wire import Server, answering, reply
from voicehub import Client, Incomplete, InDoubt, NotSent, PluginError, Refused, UploadedAudio, VoiceMessage, _forms
from voicehub.client import Tally, credentials_in, exchange
from voicehub.client._echoes import Echoes
from voicehub.message import checked
from voicehub.provider import Refusal, RefusalKind, Reply, Request

GOOD = reply(b"all of them")
AUDIO = UploadedAudio("a.mp3")


class Lax(VoiceMessage):
    to: list[str]


class Odd(str):
    """Text that compares and prints as it likes."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def translate(self, table: Any) -> Any:
        return self


def set_past(name: str, value: object) -> Callable[[], VoiceMessage]:
    def build() -> VoiceMessage:
        made = message(A)
        object.__setattr__(made, name, value)
        return made

    return build


def edited(**values: object) -> VoiceMessage:
    made = VoiceMessage(to=[A], content=AUDIO, plays=1)
    made.__dict__.update(values)
    return made


def with_content_edited(**values: object) -> VoiceMessage:
    made = message(A)
    made.content.__dict__.update(values)
    return made


def renamed(old: str, new: str) -> VoiceMessage:
    """The very same values in the same order, one of them under another name."""
    made = VoiceMessage(to=[A], content=AUDIO, plays=1)
    values = {new if name == old else name: value for name, value in made.__dict__.items()}
    made.__dict__.clear()
    made.__dict__.update(values)
    return made


def copied() -> VoiceMessage:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic deprecates it, and still has it
        return message(A).copy(update={"to": (A, A)})


@pytest.mark.parametrize("act", ["send", "check"])
@pytest.mark.parametrize(
    "build",
    [
        lambda: VoiceMessage.model_construct(to=(A, A), content=AUDIO),
        lambda: VoiceMessage.model_construct(content=AUDIO),
        lambda: VoiceMessage.model_construct(to=(A,), content=UploadedAudio.model_construct(file_id=" ")),
        copied,
        set_past("to", (A, A)),
        set_past("to", (f"{A},{B[1:]}",)),
        set_past("to", (Odd(A), Odd(A))),
        set_past("to", ()),
        set_past("plays", True),
        set_past("plays", 0),
        lambda: edited(plays=0),
        lambda: edited(plays=True),
        lambda: edited(loops=1),
        lambda: edited(provider_options={"plain": {"a": object()}}),
        lambda: with_content_edited(file_id=" "),
        lambda: with_content_edited(kind="speech"),
        lambda: renamed("plays", "loops"),
        lambda: pickle.loads(pickle.dumps(edited(plays=0))),
        lambda: deepcopy(edited(plays=0)),
        set_past("reference", "\ud800"),
        lambda: Lax(to=[A, A], content=AUDIO),
    ],
)
def test_no_message_gets_past_its_own_rules(build: Callable[[], VoiceMessage], act: str) -> None:
    with Server(answering(GOOD)) as server, Client(Plain(server.root)) as client, pytest.raises(ValidationError):
        getattr(client, act)(build())
    assert server.seen == []


@pytest.mark.parametrize("callees", [1, 1000])
def test_a_message_as_it_was_made_is_not_read_again(callees: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = message(*(f"+9321{number:08}" for number in range(callees)))
    monkeypatch.setattr(VoiceMessage, "model_validate", None)
    assert checked(made) is made


@pytest.mark.parametrize("name", VoiceMessage.model_fields)
def test_a_message_of_which_any_field_is_another_object_is_read_again(name: str) -> None:
    made = message(A)
    made.__dict__[name] = {"to": (A,), "content": made.content.model_copy(), "provider_options": {}}.get(name, "1" * 7)
    try:
        again = checked(made)
    except ValidationError:
        return
    assert again is not made or name == "provider_options"


@pytest.mark.parametrize(
    "build",
    [
        lambda: UploadedAudio.model_construct(file_id=" "),
        lambda: pickle.loads(pickle.dumps(with_content_edited(file_id=" ").content)),
        lambda: with_content_edited(file_id=" ").content,
        lambda: with_content_edited(loops=1).content,
        lambda: UploadedAudio.model_construct(kind="speech", file_id="a"),
    ],
)
def test_no_message_takes_a_content_that_is_past_its_rules(build: Callable[[], Any]) -> None:
    with pytest.raises(ValidationError):
        VoiceMessage(to=[A], content=build())


def test_a_content_is_checked_once_for_all_messages_it_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_forms.token, "__code__", (lambda value: 1 / 0).__code__)
    assert VoiceMessage(to=[A], content=AUDIO).content is AUDIO


def test_a_content_that_is_edited_is_met_in_every_message_it_is_in() -> None:
    audio = UploadedAudio("a.mp3")
    made = [VoiceMessage(to=[A], content=audio), VoiceMessage(to=[B], content=audio)]
    audio.__dict__["file_id"] = " "
    for each in made:
        with pytest.raises(ValidationError):
            checked(each)


def test_options_may_change_and_are_read_again() -> None:
    made = VoiceMessage(to=[A], content=AUDIO, provider_options={"plain": {"a": 1}})
    again = checked(made)
    assert again == made
    assert again is not made


def test_a_message_of_a_sub_class_is_sent_as_what_it_says() -> None:
    seen: list[type] = []

    def encode(part: VoiceMessage, now: float) -> Request:
        seen.append(type(part))
        return Plain.encode(provider, part, now)

    provider = Plain(encode=encode)
    Client(provider).check(Lax(to=[A[1:]], content=AUDIO))
    assert seen == [VoiceMessage]


def test_text_of_another_class_is_plain_text_on_entry() -> None:
    made = VoiceMessage(to=[Odd(A)], content=AUDIO, caller_id=Odd("1008122211"))
    assert {type(made.to[0]), type(made.caller_id)} == {str}


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Panic(BaseException):
    pass


FAULTS = [Mute(), SystemExit(3), Panic("at the disco")]


def raising(error: BaseException, at: int = 1) -> Callable[..., Any]:
    """Raises the error at the given call; gives the time before."""
    calls = []

    def act(*_: object) -> float:
        calls.append(1)
        if len(calls) >= at:
            raise error
        return time.time()

    return act


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_whatever_decode_raises_is_doubt_with_its_cause(error: BaseException) -> None:
    with Server(answering(GOOD)) as server:
        receipt, told = caught("sync", Plain(server.root, decode=raising(error)), message(A))
    assert isinstance(told, InDoubt)
    assert told.__cause__ is error
    assert receipt is not None
    assert type(error).__name__ in str(told)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError()], ids=["interrupt", "cancellation"])
@pytest.mark.parametrize("method", ["decode", "encode", "refuse"])
def test_interruptions_pass_unchanged(error: BaseException, method: str) -> None:
    tally = Tally()
    with (
        Server(answering(GOOD)) as server,
        Client(Plain(server.root, **{method: raising(error)})) as client,
        pytest.raises(type(error)) as passed,
    ):
        client.send(message(A), tally=tally)
    assert passed.value is error
    assert len(tally.receipt()) == 1


@pytest.mark.parametrize("error", [OSError("stopped"), *FAULTS], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("at", "accepted"), [(1, None), (2, None), (3, 0), (4, 2)])
def test_a_clock_that_fails_leaves_a_receipt(error: BaseException, at: int, accepted: int | None) -> None:
    """Two readings for the look ahead at both requests of a split, then one for each."""
    with Server(answering(GOOD)) as server:
        receipt, told = caught("sync", Plain(server.root), message(A, B, C), clock=raising(error, at))
    assert "the clock" in str(told)
    if accepted:
        assert isinstance(told, Incomplete)
        assert isinstance(told.__cause__, PluginError)
    else:
        assert isinstance(told, PluginError)
    assert (receipt and len(receipt.accepted)) == accepted
    assert len(server.seen) == (1 if accepted else 0)


def test_a_failure_on_the_way_that_has_no_text_is_told_all_the_same() -> None:
    class Hopeless(httpx.ConnectError):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with httpx.Client(transport=httpx.MockTransport(raising(Hopeless("x")))) as mine:
        receipt, told = caught("sync", Plain(), message(A), http_client=mine)
    assert isinstance(told, NotSent)
    assert "its text could not be had: RuntimeError" in str(told)
    assert receipt is not None


def test_credentials_are_hidden_without_their_scheme_and_in_any_case() -> None:
    request = Request("POST", "http://127.0.0.1:1/api/", {"authorization": "Basic Zm9vOmJhcg==", "accept": "a b"}, b"")
    assert credentials_in(request) == {"Basic Zm9vOmJhcg==", "Zm9vOmJhcg=="}
    said = f"got {'Zm9vOmJhcg=='.lower()} for it"
    provider = Plain(
        encode=lambda *_: request,
        decode=lambda *_: Refusal(RefusalKind.AUTH, "1", said),
    )
    steps = exchange(provider, message(A), time.time)
    next(steps)()
    with pytest.raises(Refused, match=r"got \*{5} for it"):
        steps.send(Reply(200, {}, b""))


def test_the_inside_of_a_send_shows_nothing() -> None:
    tally = Tally()
    prepare = next(exchange(Plain(), message(A), time.time, tally=tally))
    inside = [prepare, prepare(), tally, *tally.heads, Echoes(["worth-hiding"], tally.heads)]
    assert all("worth-hiding" in word for word in tally.credentials)
    assert tally.credentials
    shown = f"{inside!r} {inside}"
    assert "worth-hiding" not in shown
    assert A[1:] not in shown
