"""What is told of a send: notices in counts, texts that say what happened, and never a secret or a number."""

import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from voicehub_onbuka import Onbuka

from tests.client.support import A, B, C, Mode, Plain, caught, envelope, message, onbuka, row, send
from tests.client.wire import Connection, Server, Step, answering, read, reply, reset, say
from voicehub import (
    AudioUrl,
    Incomplete,
    InDoubt,
    NotSent,
    Outcome,
    PluginError,
    RefusalKind,
    Refused,
    Speech,
    UploadedAudio,
    VoiceMessage,
    plugins,
)
from voicehub.client import Tally
from voicehub.client._echoes import private_words
from voicehub.hooks import Notice, hookimpl
from voicehub.provider import Refusal, Reply

GOOD = reply(b"all of them")


class Listener:
    """Keeps every notice; raises on each if told to."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.angry = False

    @hookimpl
    def voicehub_notice(self, notice: Notice) -> None:
        self.notices.append(notice)
        if self.angry:
            raise ArithmeticError("the listener cannot count")


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    plugins.installed.register(one)
    yield one
    plugins.installed.unregister(one)


def told(listener: Listener) -> list[tuple[object, ...]]:
    return [
        (heard.fate, heard.accepted, heard.refused, heard.in_doubt, heard.not_attempted) for heard in listener.notices
    ]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_each_request_gives_notice_in_counts(mode: Mode, listener: Listener) -> None:
    clock = iter(range(1000))
    script = [(read, say(GOOD)), (read, say(reply(b"no", 429))), (read, say(GOOD))]

    def decode(part: VoiceMessage, reply: Reply) -> Any:
        if part.to == (C,):
            return [Outcome(C, "in_doubt")]
        return Refusal(RefusalKind.REQUEST, outcomes=(Outcome(part.to[0], "accepted"),))

    with Server(*script) as server:
        caught(mode, Plain(server.root, decode=decode), message(A, B, C), account="alerts", clock=lambda: next(clock))
        caught(mode, Plain(server.root), message(A))
    assert told(listener) == [("refused", 1, 1, 0, 0), ("in_doubt", 0, 0, 1, 0), ("answered", 1, 0, 0, 0)]
    assert [(heard.account, heard.provider) for heard in listener.notices[1:]] == [("alerts", "plain"), (None, "plain")]
    assert 0 < listener.notices[0].seconds < 60, "the time it took, whatever the clock for signatures says"
    assert not any(number.removeprefix("+") in repr(listener.notices) for number in (A, B, C))


@pytest.mark.parametrize("kind", [kind for kind in RefusalKind if kind is not RefusalKind.REQUEST])
def test_whom_an_account_at_its_end_did_not_reach_was_not_attempted(kind: RefusalKind) -> None:
    def decode(part: VoiceMessage, reply: Reply) -> Any:
        return Refusal(kind, "-10", "no money", outcomes=(Outcome(part.to[0], "accepted", "id"),))

    with Server(answering(GOOD)) as server:
        receipt, error = caught("sync", Plain(server.root, decode=decode), message(A, B, C))
    assert receipt is not None
    assert [row.status for row in receipt] == ["accepted", "not_attempted", "not_attempted"]
    assert (type(error), type(error and error.__cause__)) == (Incomplete, Refused)
    assert len(server.seen) == 1


class Playing(Plain):
    limits = {AudioUrl: Plain.limits[UploadedAudio]}


def test_the_address_of_what_is_played_is_not_repeated_in_a_text() -> None:
    url = "https://host.example/a.mp3?sig=SIGNED"

    def decode(part: VoiceMessage, reply: Reply) -> Any:
        return Refusal(RefusalKind.REQUEST, "-22", f"cannot play '{url}'")

    with Server(answering(GOOD)) as server:
        played = VoiceMessage(to=[A], content=AudioUrl(url))
        receipt, error = caught("sync", Playing(server.root, decode=decode), played)
    assert isinstance(error, Refused)
    assert error.reason == "cannot play '*****'"
    assert "SIGNED" not in f"{error} {error!r} {receipt!r} {receipt and receipt.outcomes}"


def test_what_is_private_of_a_message_is_its_text_or_address() -> None:
    contents: dict[Speech | AudioUrl | UploadedAudio, list[str]] = {
        Speech("Code 420693", "en"): ["Code 420693"],
        AudioUrl("https://a.example/b"): ["https://a.example/b"],
        UploadedAudio("a.mp3"): [],
    }
    for content, words in contents.items():
        assert private_words(content) == words


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_never_left_gives_one_notice_for_all_attempts(mode: Mode, listener: Listener) -> None:
    caught(mode, Plain("http://127.0.0.1:9"), message(A, B, C))
    assert told(listener) == [("not_sent", 0, 0, 0, 2)]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_listener_that_raises_is_logged_and_changes_nothing(
    mode: Mode, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.angry = True
    with Server(answering(GOOD)) as server:
        assert len(send(mode, Plain(server.root), message(A, B, C)).accepted) == 3
    assert len(listener.notices) == 2
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("voicehub")]
    assert logged
    assert all("ArithmeticError: the listener cannot count" in text for text in logged)


def echo(before: bytes, after: bytes = b"") -> Step:
    """Say again whatever came, between these."""

    def step(connection: Connection) -> None:
        seen = " ".join(connection.receive().decode().splitlines())
        connection.sock.sendall(before + seen.replace('"', "'").encode() + after)

    return step


def echo_in(status: int, code: str) -> Step:
    """Say it again in the reason of an envelope."""

    def step(connection: Connection) -> None:
        seen = " ".join(connection.receive().decode().splitlines()).replace('"', "'")
        rows = [{**row(A, "-22"), "terminationReason": seen}, {**row(B, "-18"), "terminationReason": seen}]
        connection.sock.sendall(reply(envelope(*(rows if code == "0" else []), status=code, reason=seen), status))

    return step


HOSTILE = {
    "garbage instead of HTTP": echo(b"", b"\r\n\r\n"),
    "a header that is none": echo(b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n"),
    "a body that is no JSON": echo(b"HTTP/1.1 200 OK\r\n\r\n"),
    "a redirect to nowhere": echo(b"HTTP/1.1 302 Moved\r\nLocation: http://a:", b"\r\n\r\n"),
    "a reason of a refusal": echo_in(200, "-1"),
    "a reason of a refused request": echo_in(200, "-22"),
    "a reason with HTTP 500": echo_in(500, "-22"),
    "reasons of rows": echo_in(200, "0"),
    "an unknown status": echo_in(200, "-77"),
}


def secrets_of(provider: Onbuka, server: Server) -> list[str]:
    sample = Onbuka.sample_settings
    return [sample["api_key"], sample["api_secret"], *server.headers("sign"), A.removeprefix("+"), B.removeprefix("+")]


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_vendor_that_echoes_everything_gets_nothing_into_a_text(
    hostile: str, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "voicehub")
    with Server((HOSTILE[hostile],)) as server:
        provider = onbuka(server.root)
        receipt, error = caught(mode, provider, message(A, B))
    assert receipt is not None
    assert error is not None
    said = (
        "".join(traceback.format_exception(error)) + str(error) + repr(error) + repr(receipt) + repr(receipt.outcomes)
    )
    refused = [error.code, error.reason] if isinstance(error, Refused) else []
    words = [receipt.unmatched, [row[2:] for row in receipt], refused]  # as they came, but for what is secret
    held = [secret for secret in secrets_of(provider, server)[:-2] if secret in str(words)]
    assert not held, words
    said += "".join(record.getMessage() for record in caplog.records if record.name.startswith("voicehub"))
    found = [secret for secret in secrets_of(provider, server) if secret in said]
    secrets = secrets_of(provider, server)
    assert len(set(secrets)) == 5
    assert not found, said


def test_a_plugin_that_fails_with_the_body_in_its_text_tells_no_secret() -> None:
    def decode(part: VoiceMessage, reply: Reply) -> Any:
        raise LookupError(reply.body.decode())

    with Server((echo(b"HTTP/1.1 200 OK\r\n\r\n"),)) as server:
        _, error = caught("sync", Plain(server.root, decode=decode), message(A), clock=lambda: 5)
    assert isinstance(error, InDoubt)
    assert "LookupError" in str(error)
    logged = "".join(traceback.format_exception(error))
    assert "LookupError" in logged
    assert "in decode" in logged, "where it rose is kept, for whoever mends the plugin"
    assert "worth-hiding" not in logged
    assert A.removeprefix("+") not in logged


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (Refusal(RefusalKind.REQUEST), "request (code none, no reason given)"),
        (Refusal(RefusalKind.AUTH, "-1", "bad key"), "auth (code -1, bad key)"),
        (Refusal(RefusalKind.AUTH, "-1", ""), "auth (code -1, no reason given)"),
    ],
)
def test_the_text_of_a_refusal(refusal: Refusal, text: str) -> None:
    with Server(answering(GOOD)) as server:
        _, error = caught("sync", Plain(server.root, decode=lambda *_: refusal), message(A, B))
    assert isinstance(error, Refused)
    assert str(error) == f"refused, no phone rang (2 callees: 2 refused): {text}"
    assert (error.code, error.reason) == (refusal.code, refusal.reason)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.kind, again.receipt) == (str(error), error.kind, error.receipt)


def test_rows_refused_alike_keep_their_code_and_reason() -> None:
    def decode(part: VoiceMessage, reply: Reply) -> list[Outcome]:
        return [Outcome(callee, "refused", None, "-22", "no such number") for callee in part.to]

    with Server(answering(GOOD)) as server:
        _, error = caught("sync", Plain(server.root, decode=decode), message(A, B, C))
    assert isinstance(error, Refused)
    assert (error.kind, error.code, error.reason) == (RefusalKind.REQUEST, "-22", "no such number")


def test_the_chain_of_what_never_left_leads_to_what_stood_in_the_way() -> None:
    with Server((reset,)) as server:
        pass
    _, error = caught("sync", Plain(server.root), message(A))
    assert isinstance(error, NotSent)
    assert str(error).startswith("not sent, no phone rang (1 callee: 1 not_attempted); sending again is safe: nothing")
    assert "refused" in str(error.__cause__)


def test_a_plugin_that_fails_in_mid_split_names_whom_it_stopped() -> None:
    encoded = []

    def encode(part: VoiceMessage, now: float) -> Any:
        encoded.append(part.to)
        if len(encoded) > 3:
            raise ArithmeticError("cannot count")
        return Plain.encode(provider, part, now)

    def decode(part: VoiceMessage, reply: Reply) -> list[Outcome]:
        return [Outcome(callee, "refused", None, "-22") for callee in part.to]

    tally = Tally()
    with Server(answering(GOOD)) as server:
        provider = Plain(server.root, encode=encode, decode=decode)
        receipt, error = caught("sync", provider, message(A, B, C), tally=tally)
    assert isinstance(error, PluginError)
    assert isinstance(error.__cause__, ArithmeticError), "and not itself"
    assert receipt == tally.receipt()
    assert [outcome.status for outcome in tally.receipt()] == ["refused", "refused", "not_attempted"]
