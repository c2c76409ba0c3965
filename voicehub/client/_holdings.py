"""Notes on this machine, by content, which recordings an account holds; never more than a hint.

It saves an upload. The vendor's own list decides: a recording that was deleted there is uploaded again.
"""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator

from pydantic import SecretStr

from voicehub.provider import Provider
from voicehub.records import StoredFile

_TABLE = "CREATE TABLE IF NOT EXISTS held (account, digest, file_id, name, PRIMARY KEY (account, digest)) WITHOUT ROWID"
_WAIT_SECONDS = 5  # for another process that is writing


class Holdings:
    """What one account holds. A note that cannot be read or written is ignored; that only costs an upload."""

    def __init__(self, provider: Provider) -> None:
        settings = provider.settings
        open_ones = {name: str(value) for name, value in dict(settings).items() if not isinstance(value, SecretStr)}
        self._account = hashlib.sha256(json.dumps([provider.name, open_ones], sort_keys=True).encode()).hexdigest()
        self._confirmed: dict[str, StoredFile] = {}

    def confirmed(self, digest: str) -> StoredFile | None:
        """The recording of this content that the vendor itself has confirmed to this client."""
        return self._confirmed.get(digest)

    def noted(self, digest: str) -> StoredFile | None:
        """The recording that was noted at some time; it may be gone."""
        with contextlib.suppress(sqlite3.Error, OSError), self._open() as notes:
            query = "SELECT file_id, name FROM held WHERE account = ? AND digest = ?"
            row = notes.execute(query, (self._account, digest)).fetchone()
            return None if row is None else StoredFile(*map(str, row))
        return None

    def note(self, digest: str, file: StoredFile) -> None:
        """The vendor holds this content under this id."""
        self._confirmed[digest] = file
        with contextlib.suppress(sqlite3.Error, OSError), self._open() as notes:
            notes.execute("INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)", (self._account, digest, *file))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        import platformdirs

        folder = platformdirs.user_state_path("voicehub", appauthor=False, ensure_exists=True)
        file = folder / "audio.sqlite3"
        file.touch(0o600)
        with contextlib.closing(sqlite3.connect(file, timeout=_WAIT_SECONDS)) as notes, notes:
            notes.execute(_TABLE)
            yield notes
