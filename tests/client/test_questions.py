"""What both clients ask of a vendor: recordings, records, money; on loopback, and of vendors that misbehave."""

import asyncio
import json
import pickle
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import httpx
import platformdirs
import pytest
from voicehub_onbuka import Onbuka
from voicehub_sendgroup._balance import GetBalance
from voicehub_sendgroup._files import QueryFiles
from voicehub_twilio import Twilio

from voicehub import (
    Announcement,
    AskError,
    AsyncClient,
    AudioFile,
    Balance,
    CallState,
    Client,
    LimitExceeded,
    MessageError,
    StoredFile,
    UnsupportedField,
    UploadedAudio,
    VoiceMessage,
)
from voicehub.errors import PluginError, RefusalKind
from voicehub.provider import AskBalance, ListFiles, Provider, Upload
from voicehub.sandbox import Fault, SandboxServer

MP3 = b"ID3\x04\0" + b"sound" * 9
NOW = 1_700_000_000.0
A, B, BUSY = "+932111111111", "+932111111112", "+932111110003"
MODES = ["sync", "async"]
ONBUKA = Onbuka(Onbuka.Settings(**Onbuka.sample_settings))


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vendor(clock: Clock) -> Iterator[SandboxServer]:
    with SandboxServer({"alerts": ONBUKA}, clock=clock) as server:
        yield server


class Asker:
    """Either client behind the same words; what is listed comes as a list."""

    def __init__(self, mode: str, provider: Provider, **options: Any) -> None:
        self.mode, self.provider, self.options = mode, provider, options

    def __getattr__(self, word: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if self.mode == "sync":
                with Client(self.provider, **self.options) as client:
                    told = getattr(client, word)(*given, **named)
                    return list(told) if word in ("files", "records") else told
            return asyncio.run(self._in_loop(word, *given, **named))

        return call

    async def _in_loop(self, word: str, *given: Any, **named: Any) -> Any:
        async with AsyncClient(self.provider, **self.options) as client:
            told = getattr(client, word)(*given, **named)
            return [each async for each in told] if word in ("files", "records") else await told


@pytest.fixture(params=MODES)
def asker(request: pytest.FixtureRequest, vendor: SandboxServer, clock: Clock) -> Asker:
    return Asker(request.param, vendor.provider("alerts"), clock=clock)


def answering(*replies: Any, provider: Provider = ONBUKA, seen: list[httpx.Request] | None = None) -> Client:
    """A client whose vendor answers with these, one after another: a body, a status, or an exception."""
    waiting = list(replies)

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        reply = waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply) if isinstance(reply, int) else httpx.Response(200, json=reply)

    return Client(provider, http_client=httpx.Client(transport=httpx.MockTransport(handle)), clock=lambda: NOW)


def page(*names: str, pages: int = 1) -> dict[str, Any]:
    rows = [{"fileId": f"id-{name}", "fileName": name} for name in names]
    return {"status": "0", "reason": "success", "data": {"pages": pages, "records": rows}}


def test_a_recording_is_uploaded_and_played(asker: Asker, vendor: SandboxServer, tmp_path: Path) -> None:
    path = tmp_path / "reminder.mp3"
    path.write_bytes(MP3)
    audio = asker.upload(path)
    assert isinstance(audio, UploadedAudio)
    (stored,) = asker.files()
    assert stored.file_id == audio.file_id
    assert stored.name.startswith("reminder-")
    assert asker.send(VoiceMessage(to=[A], content=audio)).accepted
    assert [dialled.callee for dialled in vendor.dialled] == [A]


def test_the_same_recording_is_uploaded_once(asker: Asker, tmp_path: Path) -> None:
    one, other = tmp_path / "reminder.mp3", tmp_path / "the same.mp3"
    for path in (one, other):
        path.write_bytes(MP3)
    first = asker.upload(one)
    assert asker.upload(other) == asker.upload(str(one)) == asker.upload(MP3) == first
    assert len(asker.files()) == 1


def test_without_notes_a_recording_is_known_by_its_name(asker: Asker, tmp_path: Path) -> None:
    path = tmp_path / "reminder.mp3"
    path.write_bytes(MP3)
    first = asker.upload(path)
    notes().unlink()
    assert asker.upload(path) == first


def notes() -> Path:
    return platformdirs.user_state_path("voicehub", appauthor=False) / "audio.sqlite3"


def test_notes_that_cannot_be_read_cost_an_upload_only(asker: Asker) -> None:
    notes().parent.mkdir(parents=True)
    notes().write_bytes(b"no database at all, but long enough to be looked at as one" * 20)
    assert asker.upload(MP3) == asker.upload(MP3)


def test_a_deleted_recording_is_noticed(asker: Asker) -> None:
    first = asker.upload(MP3)
    asker.delete_files(first.file_id)
    assert asker.files() == []
    again = asker.upload(MP3)
    assert [file.file_id for file in asker.files()] == [again.file_id]


def test_what_was_confirmed_is_not_asked_for_again() -> None:
    seen: list[httpx.Request] = []
    with answering({"status": "0", "data": "the-id"}, seen=seen) as client:
        assert client.upload(MP3) == client.upload(MP3) == UploadedAudio("the-id")
    assert len(seen) == 1


def test_a_name_may_be_given_and_is_then_taken_for_one_recording(asker: Asker) -> None:
    first = asker.upload(MP3, name="welcome.mp3")
    assert asker.upload(MP3, name="welcome.mp3") == first
    with pytest.raises(
        AskError, match=r"named welcome.mp3 is there already, with id .*; whether it is this one"
    ) as told:
        asker.upload(MP3 + b"more", name="welcome.mp3")
    assert told.value.code == "-20"


def test_a_name_taken_by_a_recording_the_list_lacks_is_told() -> None:
    taken = {"status": "-20", "reason": "exists"}
    with answering(taken, page("other.mp3")) as client, pytest.raises(AskError, match="is there already; whether"):
        client.upload(MP3)


class WithoutList(Onbuka):
    """A vendor that keeps recordings and lists none."""

    abilities = {Upload: Onbuka.abilities[Upload], AskBalance: Onbuka.abilities[AskBalance]}


def test_without_a_list_no_note_is_trusted() -> None:
    provider = WithoutList(ONBUKA.settings)
    for file_id in ("one", "two"):
        with answering({"status": "0", "data": file_id}, provider=provider) as client:
            assert client.upload(MP3) == UploadedAudio(file_id)
    with answering({"status": "-20"}, provider=provider) as client, pytest.raises(AskError, match="already"):
        client.upload(MP3)


@pytest.mark.parametrize(
    ("data", "name", "error", "told"),
    [
        (
            b"<html>",
            None,
            MessageError,
            "no audio that is known here by its first bytes; onbuka-v3 takes m4a, mp3, wav",
        ),
        (MP3, "reminder.wav", MessageError, "does not end in .mp3"),
        (MP3, ".mp3", LimitExceeded, r"name: is 4 characters; onbuka-v3 takes 5 to 32 characters \(onbuka.com"),
        (MP3, "x" * 29 + ".mp3", LimitExceeded, "is 33 characters"),
        (MP3, "a/b.mp3", MessageError, "holds a slash"),
        (MP3, "a\nb.mp3", MessageError, "cannot be printed"),
        (b"", None, LimitExceeded, "is 0 bytes"),
        (MP3 + bytes(5 * 2**20), None, LimitExceeded, "inference"),
    ],
)
def test_what_the_vendor_would_refuse_never_leaves(data: bytes, name: str, error: type[Exception], told: str) -> None:
    with answering() as client, pytest.raises(error, match=told):
        client.upload(data, name=name)


def test_a_file_is_looked_at_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.mp3"
    with large.open("wb") as file:
        file.truncate(2**40)
    with answering() as client:
        with pytest.raises(LimitExceeded, match=r"large.mp3 is 1099511627776 bytes, and at most"):
            client.upload(large)
        with pytest.raises(MessageError, match=r"the file none.mp3 cannot be read: No such file"):
            client.upload(tmp_path / "none.mp3")
        with pytest.raises(MessageError, match="cannot be read: embedded null"):
            client.upload("a\0.mp3")


def test_a_file_is_uploaded_when_it_is_first_sent(asker: Asker, vendor: SandboxServer, tmp_path: Path) -> None:
    path = tmp_path / "reminder.mp3"
    path.write_bytes(MP3)
    reminder = Announcement(content=AudioFile(path))
    assert asker.send(reminder.addressed_to(A)).accepted
    assert asker.send(reminder.addressed_to(B)).accepted
    (stored,) = asker.files()
    assert {call.message.content for call in vendor.archive.calls["alerts"]} == {UploadedAudio(stored.file_id)}


def test_a_message_the_vendor_cannot_take_uploads_nothing(asker: Asker, tmp_path: Path) -> None:
    path = tmp_path / "reminder.mp3"
    path.write_bytes(MP3)
    with pytest.raises(LimitExceeded, match="plays"):
        asker.send(VoiceMessage(to=[A], content=AudioFile(path), plays=99))
    assert asker.files() == []
    (request,) = asker.check(VoiceMessage(to=[A], content=AudioFile(path)))
    assert json.loads(request.body)["fileId"] == "not-uploaded-yet"


def test_a_vendor_that_plays_no_files_says_so() -> None:
    provider = Twilio(Twilio.Settings(**Twilio.sample_settings))
    with answering(provider=provider) as client:
        with pytest.raises(UnsupportedField, match="twilio plays AudioUrl, Speech, not UploadedAudio"):
            client.send(VoiceMessage(to=[A], content=AudioFile("a.mp3"), caller_id="4930123456"))
        for ask in (
            client.balance,
            lambda: client.record("1"),
            lambda: list(client.files()),
            lambda: client.upload(MP3),
        ):
            with pytest.raises(UnsupportedField, match="twilio cannot be asked this"):
                ask()


def test_records_tell_what_became_of_calls(asker: Asker, clock: Clock) -> None:
    receipt = asker.send(VoiceMessage(to=[A, BUSY], content=UploadedAudio("a.mp3"), reference="order 42"))
    clock.now += 60
    one, other = (asker.record(outcome.call_id) for outcome in receipt)
    assert (one.state, one.callee, one.reference) == (CallState.COMPLETED, A, "order 42")
    assert (one.cost, one.currency) == (Decimal("0.02"), "EUR")
    assert other.state is CallState.BUSY
    assert asker.record("nobody-made-it") is None
    since = datetime.fromtimestamp(NOW - 1, UTC)
    assert asker.records(since) == [one, other]
    assert asker.records(since, since) == []
    assert asker.balance() == Balance(Decimal("99.98"))


def test_a_long_time_is_asked_for_in_spans_of_pages() -> None:
    seen: list[httpx.Request] = []
    row = {"voiceId": "1", "callee": "932111111111"}
    rows = {"status": "0", "data": {"pages": 2, "records": [row]}}
    more = {"status": "0", "data": {"pages": 2, "records": [row, {**row, "voiceId": "2"}, "no record"]}}
    until = datetime.fromtimestamp(NOW, UTC)
    with answering(rows, more, rows, page(), seen=seen) as client:
        found = list(client.records(until - timedelta(days=40, microseconds=5), until - timedelta(microseconds=5)))
    assert [record.call_id for record in found] == ["1", "2", "1"]  # on the second page the first row stands again
    asked = [json.loads(request.content) for request in seen]
    assert [each["current"] for each in asked] == [1, 2, 1, 2]
    spans = [tuple(map(datetime.fromisoformat, each["params"].values())) for each in asked]
    assert spans[0] == (until - timedelta(days=40, seconds=1), until - timedelta(days=9, seconds=1))
    assert spans[2] == (spans[0][1], until)


def test_times_have_a_zone_an_order_and_a_window() -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    with answering() as client:
        for since, until in ((now.replace(tzinfo=None), now), (now, now.replace(tzinfo=None))):
            with pytest.raises(ValueError, match="are aware"):
                client.records(since, until)
        with pytest.raises(ValueError, match="until is before since"):
            client.records(now, now - timedelta(1))
        with pytest.raises(LimitExceeded, match="age: is 90 days; onbuka-v3 takes 0 to 62 days"):
            client.records(now - timedelta(days=90))


class Unbounded(Onbuka):
    """A vendor that states no bounds."""

    abilities: ClassVar[Any] = {
        kind: type(ability.__name__, (ability,), {"bounds": {}}) for kind, ability in Onbuka.abilities.items()
    }


def test_without_bounds_all_is_asked_for_at_once() -> None:
    seen: list[httpx.Request] = []
    with answering(page(), page(), {"status": "0"}, provider=Unbounded(ONBUKA.settings), seen=seen) as client:
        assert list(client.records(datetime(2001, 1, 1, tzinfo=UTC))) == []
        assert list(client.files()) == []
        client.delete_files(*map(str, range(999)))
    assert len(seen) == 3


def test_deletions_are_split() -> None:
    seen: list[httpx.Request] = []
    with answering(*[{"status": "0"}] * 3, seen=seen) as client:
        client.delete_files(*map(str, range(201)))
        client.delete_files()
    assert [len(json.loads(request.content)["fileIdList"]) for request in seen] == [100, 100, 1]


def test_a_refusal_is_told_with_its_kind(asker: Asker, clock: Clock) -> None:
    stranger = Asker(
        asker.mode, Onbuka(asker.provider.settings.model_copy(update={"app_id": "x"})), clock=lambda: NOW - 9999
    )
    with pytest.raises(
        AskError, match=r"onbuka-v3 would not tell: clock \(code -16, timestamp outside the window\)"
    ) as told:
        stranger.balance()
    assert (told.value.kind, told.value.code) == (RefusalKind.CLOCK, "-16")
    again = pickle.loads(pickle.dumps(told.value))
    assert (str(again), again.kind, again.reason) == (str(told.value), told.value.kind, told.value.reason)


def test_reading_is_tried_again_and_changing_is_not() -> None:
    with answering(httpx.ReadTimeout("slow"), 502, page("a.mp3")) as client:
        assert list(client.files()) == [StoredFile("id-a.mp3", "a.mp3")]
    with answering(503, 503, 503) as client, pytest.raises(AskError, match="HTTP 503 without a readable status"):
        client.balance()
    with answering(httpx.ReadTimeout("slow")) as client, pytest.raises(AskError, match="no answer within 60 seconds"):
        client.upload(MP3)
    with answering({"status": "0"}) as client, pytest.raises(AskError, match="without a balance"):
        client.balance()


def test_what_never_left_is_told(asker: Asker) -> None:
    nowhere = asker.provider.settings.model_copy(update={"base_url": "http://127.0.0.1:1"})
    with pytest.raises(AskError, match="nothing left: ConnectError") as told:
        Asker(asker.mode, Onbuka(nowhere)).balance()
    assert told.value.kind is None


class Broken(Onbuka):
    """A plugin whose abilities fail."""

    class Balance(GetBalance):
        def decode(self, asked: Any, reply: Any) -> Any:
            raise self.error

        error: ClassVar[BaseException] = RuntimeError("no, 7bz1lzh9!")

    class Files(QueryFiles):
        def encode(self, asked: Any, now: float) -> Any:
            raise RuntimeError("no")

    abilities = {AskBalance: Balance, ListFiles: Files}


def test_a_broken_plugin_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering({"status": "0"}, {"status": "0"}, provider=Broken(ONBUKA.settings)) as client:
        with pytest.raises(AskError, match=r"could not read the answer: RuntimeError: no, \*\*\*\*\*!"):
            client.balance()
        with pytest.raises(PluginError, match="encode failed"):
            list(client.files())
        monkeypatch.setattr(Broken.Balance, "error", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            client.balance()


@pytest.mark.parametrize("mode", MODES)
def test_a_closed_client_asks_nothing(mode: str) -> None:
    async def in_loop() -> None:
        client = AsyncClient(ONBUKA)
        await client.aclose()
        await client.balance()

    def ask() -> None:
        client = Client(ONBUKA)
        client.close()
        client.balance()

    with pytest.raises(RuntimeError, match="is closed; make a new one"):
        asyncio.run(in_loop()) if mode == "async" else ask()


def test_accounts_do_not_share_notes(vendor: SandboxServer, clock: Clock) -> None:
    provider = vendor.provider("alerts")
    with Client(provider, clock=clock) as client:
        client.upload(MP3)
    moved = provider.settings.model_copy(update={"base_url": provider.settings.base_url + "/other"})
    from voicehub.client._holdings import Holdings

    with sqlite3.connect(notes()) as written:
        ((digest,),) = written.execute("SELECT digest FROM held").fetchall()
    written.close()
    assert Holdings(provider).noted(digest) is not None
    assert Holdings(Onbuka(moved)).noted(digest) is None


def test_reading_survives_a_bad_line(clock: Clock) -> None:
    faults = [Fault("reset-after", 0.1), Fault("error-after", 0.1)]
    with (
        SandboxServer({"alerts": ONBUKA}, clock=clock, faults=faults, seed=4) as server,
        Client(server.provider("alerts"), clock=clock) as client,
    ):
        assert [client.balance().amount for _ in range(10)] == [Decimal(100)] * 10
