"""Recordings: uploaded once, known again, noticed when they are gone; and what never leaves."""

import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicehub_onbuka import Onbuka
from voicehub_twilio import Twilio

from tests.client.questions.asking import MP3, ONBUKA, A, Asker, B, Clock, answering, notes, page
from voicehub import (
    Announcement,
    AskError,
    AudioFile,
    Client,
    LimitExceeded,
    MessageError,
    UnsupportedField,
    UploadedAudio,
    VoiceMessage,
)
from voicehub._audio import content_name
from voicehub.provider import AskBalance, Upload
from voicehub.sandbox import SandboxServer

if TYPE_CHECKING:
    import httpx


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
    assert notes().stat().st_mode & 0o777 == 0o600
    notes().unlink()
    assert asker.upload(path) == first


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


def test_without_a_list_a_name_that_is_taken_is_that_of_the_note() -> None:
    """The vendor has the name, the name is made of the content, and the note says which id it was given."""
    provider, taken = WithoutList(ONBUKA.settings), {"status": "-20", "reason": "exists"}
    with answering({"status": "0", "data": "one"}, provider=provider) as client:
        client.upload(MP3)
    with answering(taken, provider=provider) as client:
        assert client.upload(MP3) == UploadedAudio("one")
    with answering(taken, provider=provider) as client, pytest.raises(AskError, match="choose another name, or none"):
        client.upload(MP3, name="welcome.mp3")
    notes().unlink()
    with (
        answering(taken, provider=provider) as client,
        pytest.raises(AskError, match="cannot be told; delete it there"),
    ):
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


@pytest.mark.parametrize("what", ["device", "pipe", "folder"])
def test_what_is_no_regular_file_is_not_opened(what: str, tmp_path: Path) -> None:
    path = tmp_path / "endless.mp3"
    if what == "device":
        path.symlink_to("/dev/zero")
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with answering() as client, pytest.raises(MessageError, match=r"endless.mp3 cannot be read: it is no regular file"):
        client.upload(path)


def test_a_file_whose_size_is_told_wrongly_is_read_to_the_limit_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file that grows, and what the kernel makes while it is read."""
    path = tmp_path / "grown.mp3"
    path.write_bytes(b"")
    early = path.stat()
    with path.open("wb") as file:
        file.truncate(2**40)
    monkeypatch.setattr(Path, "stat", lambda _: early)
    with answering() as client, pytest.raises(LimitExceeded, match=r"grown.mp3 is 5242881 bytes, and at most"):
        client.upload(path)


def test_a_name_that_stands_for_a_content_is_no_others(asker: Asker, tmp_path: Path) -> None:
    path, other = tmp_path / "note.mp3", MP3 + b"evil"
    path.write_bytes(MP3)
    taken = content_name(path.name, MP3)
    with pytest.raises(MessageError, match="name: ends like one that is made of") as told:
        asker.upload(other, name=taken)
    assert told.value.field == "name"
    held = asker.upload(MP3, name=taken)  # its own may be given
    assert asker.upload(path) == held
    assert [file.name for file in asker.files()] == [taken]


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
