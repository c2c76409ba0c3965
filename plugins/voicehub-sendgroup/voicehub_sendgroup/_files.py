"""fileUpload, fileQuery, fileDel: the recordings an account holds."""

import base64
import binascii

from voicehub.provider import (
    DeleteFiles,
    ListFiles,
    Page,
    Refusal,
    RefusalKind,
    Reply,
    Request,
    Span,
    Unreadable,
    Upload,
    code_text,
)
from voicehub.records import Listing, StoredFile
from voicehub_sendgroup._asking import Asking, bad, page_of, refused, told, whole, written_page

UPLOAD = Page("onbuka.com/voice-api1; itniotech.com/api/voice/fileUpload", "2026-11")
QUERY = Page("onbuka.com/voice-api5; itniotech.com/api/voice/fileQuery", "2026-11")
DELETE = Page("onbuka.com/voice-api14; itniotech.com/api/voice/fileDel", "2026-11")
_LARGEST = "inference from the voicemail file of itniotech's number/edit call; fileUpload names no bound"


class UploadFile(Asking[Upload, StoredFile]):
    """POST ``/voice/fileUpload``: the whole file in Base64; ``data`` of the reply is its id."""

    bounds = {"name": UPLOAD.span(5, 32, "characters"), "size": Span(1, 5 * 2**20, "bytes", _LARGEST, UPLOAD.read)}
    formats = frozenset({"mp3", "m4a", "wav"})
    exists_codes = frozenset({"-20"})  # by its label the repeated name; no page says so in a sentence

    def encode(self, asked: Upload, now: float) -> Request:
        """Name and content."""
        file = base64.b64encode(asked.data).decode()
        return self.request("POST", "/voice/fileUpload", {"fileName": asked.name, "file": file}, now)

    def decode(self, asked: Upload, reply: Reply) -> StoredFile | Refusal | Unreadable:
        """The id, which is opaque text."""
        said = self.opened(reply)
        if not isinstance(said, dict):
            return said
        file_id = (code_text(said.get("data")) or "").strip()
        return StoredFile(file_id, asked.name) if file_id else Unreadable("status 0 without the id of the file")

    def parse(self, request: Request, now: float) -> Upload | Refusal | None:
        """Both fields are required."""
        if not self.is_for(request, "POST", "/voice/fileUpload"):
            return None
        values = self.admitted(request, now, frozenset({"fileName", "file"}))
        if isinstance(values, Refusal):
            return values
        name, file = values.get("fileName"), values.get("file")
        if not isinstance(name, str) or not isinstance(file, str):
            return bad("fileName and file are required and are text")
        try:
            data = base64.b64decode(file, validate=True)
        except (binascii.Error, ValueError):
            return Refusal(RefusalKind.REQUEST, "-21", "file is not Base64")
        return self.within_bounds(Upload(name, data), now)

    def answer(self, asked: Upload | None, told_: StoredFile | Refusal) -> Reply:
        """The id as ``data``."""
        return refused(told_) if isinstance(told_, Refusal) else told(told_.file_id)


class QueryFiles(Asking[ListFiles, Listing[StoredFile]]):
    """POST ``/voice/fileQuery``: a page of ids and names."""

    bounds = {"page_size": QUERY.span(1, 100, "items")}

    def encode(self, asked: ListFiles, now: float) -> Request:
        """Older pages require both fields, newer ones make them optional; they are always sent."""
        return self.request("POST", "/voice/fileQuery", {"current": asked.page, "size": asked.page_size}, now)

    def decode(self, asked: ListFiles, reply: Reply) -> Listing[StoredFile] | Refusal | Unreadable:
        """Rows without an id are counted as unread."""
        said = self.opened(reply)
        if not isinstance(said, dict):
            return said
        data = said.get("data")
        rows = data.get("records") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(rows, list):
            return Unreadable("status 0 without a page of files")
        files = [file for row in rows if (file := _file(row)) is not None]
        return Listing(tuple(files), page_of(asked, data, len(rows)), len(rows) - len(files))

    def parse(self, request: Request, now: float) -> ListFiles | Refusal | None:
        """Both fields, as the older pages have it."""
        if not self.is_for(request, "POST", "/voice/fileQuery"):
            return None
        values = self.admitted(request, now, frozenset({"current", "size"}))
        if isinstance(values, Refusal):
            return values
        page, size = whole(values.get("current"), least=1), whole(values.get("size"))
        if page is None or size is None:
            return bad("current and size are whole numbers")
        return self.within_bounds(ListFiles(page, size), now)

    def answer(self, asked: ListFiles | None, told_: Listing[StoredFile] | Refusal) -> Reply:
        """The page, with the numbers that count."""
        if isinstance(told_, Refusal):
            return refused(told_)
        rows = [{"fileId": file.file_id, "fileName": file.name} for file in told_.items]
        return told(written_page(asked or ListFiles(), rows, told_.more))


class DeleteStored(Asking[DeleteFiles, None]):
    """POST ``/voice/fileDel``. Whether one unknown id fails the whole request is not said."""

    bounds = {"files": DELETE.span(1, 100, "files")}

    def encode(self, asked: DeleteFiles, now: float) -> Request:
        """A list of ids."""
        return self.request("POST", "/voice/fileDel", {"fileIdList": list(asked.file_ids)}, now)

    def decode(self, asked: DeleteFiles, reply: Reply) -> Refusal | Unreadable | None:
        """Nothing is told but success."""
        said = self.opened(reply)
        return None if isinstance(said, dict) else said

    def parse(self, request: Request, now: float) -> DeleteFiles | Refusal | None:
        """A list of texts."""
        if not self.is_for(request, "POST", "/voice/fileDel"):
            return None
        values = self.admitted(request, now, frozenset({"fileIdList"}))
        if isinstance(values, Refusal):
            return values
        ids = values.get("fileIdList")
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            return bad("fileIdList is a list of ids")
        return self.within_bounds(DeleteFiles(tuple(ids)), now)

    def answer(self, asked: DeleteFiles | None, told_: Refusal | None) -> Reply:
        """No ``data``."""
        return told(None) if told_ is None else refused(told_)


def _file(row: object) -> StoredFile | None:
    if not isinstance(row, dict):
        return None
    file_id, name = code_text(row.get("fileId")), row.get("fileName")
    return StoredFile(file_id, name if isinstance(name, str) else "") if file_id else None
