"""Uploads a recording only once, recognized by its content, whatever its name."""

import hashlib
import os
import stat
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from voicehub._audio import content_name, format_of, stands_for_another
from voicehub._masking import printable
from voicehub.client._asking import Clock, asking, pages_of_files
from voicehub.client._prepare import Prepare, requests_for
from voicehub.errors import AskError, LimitExceeded, MessageError
from voicehub.message import AudioFile, UploadedAudio, VoiceMessage, checked
from voicehub.provider import ListFiles, Provider, Reply, Upload, ability_of, find_question_problem
from voicehub.records import StoredFile

if TYPE_CHECKING:
    from voicehub.client._holdings import Holdings

Source = bytes | str | os.PathLike[str] | AudioFile
ResultT = TypeVar("ResultT")


def upload_of(provider: Provider, source: Source, name: str | None = None) -> Upload:
    """The upload to make. Raises `MessageError` if the file cannot be read or the vendor takes no uploads."""
    size = ability_of(provider, Upload).bounds.get("size")
    given, data = _read(source, None if size is None else size.high)
    name = content_name(given or f"audio.{format_of(data) or ''}", data) if name is None else name
    if not name.isprintable() or "/" in name:
        raise MessageError("name", "holds a slash, or characters that cannot be printed")
    if stands_for_another(name, data):  # an upload of that other recording would then get this one
        told = "ends like one that is made of a recording's content, and this is another recording; choose another name"
        raise MessageError("name", told)
    return Upload(name, data)


def uploading(
    provider: Provider, source: Source, name: str | None, clock: Clock, held: "Holdings"
) -> Generator[Prepare, Reply, UploadedAudio]:
    """The recording as this account holds it; uploaded only if it is not there.

    ``name`` ``None``: one made from the content, by which a recording that is already there is recognized.
    Raises as `asking`, and `MessageError` for a file that cannot be read or is no audio the vendor takes.
    """
    own, upload = name is None, upload_of(provider, source, name)
    name, data = upload.name, upload.data
    digest = hashlib.sha256(data).hexdigest()
    if file := held.confirmed(digest):
        return UploadedAudio(file.file_id)
    noted = held.noted(digest) if ListFiles in provider.abilities else None
    if noted is not None and (file := (yield from _find(provider, clock, lambda each: each.file_id == noted.file_id))):
        held.note(digest, file)
        return UploadedAudio(file.file_id)
    try:
        file = yield from asking(provider, upload, clock)
    except AskError as error:
        if error.code not in ability_of(provider, Upload).exists_codes:
            raise
        file = yield from _find(provider, clock, lambda each: each.name == name)
        if own and ListFiles not in provider.abilities and (known := held.noted(digest)) and known.name == name:
            file = known  # the vendor has this name, which is made of this content
        if file is None or not own:
            told = f"a recording named {name} is there already" + (f", with id {file.file_id}" if file else "")
            advice = "delete it there" if own else "choose another name, or none and one is made of the content"
            told = f"{told}; whether it is this one cannot be told; {advice}"
            raise AskError(told, error.kind, error.code, error.reason) from error
    held.note(digest, file)
    return UploadedAudio(file.file_id)


def with_upload(
    provider: Provider,
    message: VoiceMessage,
    clock: Clock,
    held: Callable[[], "Holdings"],
    send: Callable[[VoiceMessage], Generator[Prepare, Reply, ResultT]],
) -> Generator[Prepare, Reply, ResultT]:
    """Send; a message whose content is a file of ours is checked first, then uploaded, then sent."""
    if not isinstance(getattr(message, "content", None), AudioFile):
        return send(message)
    return _uploaded_first(provider, checked(message), clock, held(), send)


def _uploaded_first(
    provider: Provider,
    message: VoiceMessage,
    clock: Clock,
    held: "Holdings",
    send: Callable[[VoiceMessage], Generator[Prepare, Reply, ResultT]],
) -> Generator[Prepare, Reply, ResultT]:
    requests_for(provider, placeheld(message))
    assert isinstance(message.content, AudioFile)  # noqa: S101 - the caller looked; this tells mypy
    audio = yield from uploading(provider, message.content, None, clock, held)
    return (yield from send(message.model_copy(update={"content": audio})))


def check_file(provider: Provider, message: VoiceMessage, clock: Clock) -> None:
    """Look at the file that is to be uploaded for this message, if there is one. Raises `MessageError`."""
    if isinstance(message.content, AudioFile):
        problem = find_question_problem(ability_of(provider, Upload), upload_of(provider, message.content), clock())
        if problem is not None:
            raise problem


def placeheld(message: VoiceMessage) -> VoiceMessage:
    """The message as it would be if its file were uploaded; for checks."""
    audio = isinstance(message.content, AudioFile)
    return message.model_copy(update={"content": UploadedAudio("not-uploaded-yet")}) if audio else message


def _find(
    provider: Provider, clock: Clock, wanted: Callable[[StoredFile], bool]
) -> Generator[Prepare, Reply, StoredFile | None]:
    if ListFiles not in provider.abilities:
        return None
    pages = pages_of_files(provider)
    while pages.question is not None:
        page = yield from asking(provider, pages.question, clock)
        file: StoredFile | None = next(filter(wanted, pages.take(page)), None)
        if file is not None:
            return file
    return None


def _read(source: Source, most: float | None) -> tuple[str | None, bytes]:
    """The name and the content. A file's size is checked before it is read: it could be a disk."""
    if isinstance(source, bytes):
        return None, source
    path = Path(source.path if isinstance(source, AudioFile) else source)
    try:
        found = path.stat()  # before it is opened: a pipe would wait for its writer
        if not stat.S_ISREG(found.st_mode):
            raise MessageError("content", f"the file {printable(path.name)} cannot be read: it is no regular file")
        _bound(path, found.st_size, most)
        with path.open("rb") as file:
            data = file.read() if most is None else file.read(int(most) + 1)  # the reported size may be wrong
        _bound(path, len(data), most)
        return path.name, data
    except (OSError, ValueError) as error:
        if isinstance(error, MessageError):
            raise
        told = error.strerror if isinstance(error, OSError) else str(error)
        raise MessageError("content", f"the file {printable(path.name)} cannot be read: {told}") from None


def _bound(path: Path, size: int, most: float | None) -> None:
    if most is not None and size > most:
        raise LimitExceeded("size", f"{printable(path.name)} is {size} bytes, and at most {most:g} are taken", most)
