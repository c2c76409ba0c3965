"""Files that are written whole or not at all, and never replace a file that a campaign needs."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from voicehub.campaign._input.stream import shown
from voicehub.campaign._ledger.contract import Document
from voicehub.config import Configuration
from voicehub.errors import ConfigError

_BESIDE = ("-wal", "-shm", ".lock", ".attempts", ".answers")
_SQLITE = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html, 1.3


def needed(source: Path, document: Document, configuration: Configuration | None) -> Mapping[str, Path]:
    """The files that a campaign reads again, so that nothing may replace them, by what each is."""
    files = {
        "the input itself": source,
        "the do-not-call file": document["do_not_call"],
        "the recording": document["announcement"]["content"].get("path"),
        "the configuration": configuration and configuration.path,
    }
    return {what: Path(file) for what, file in files.items() if file is not None}


@contextlib.contextmanager
def written(path: Path, *, never: Mapping[str, Path]) -> Iterator[TextIO]:
    """A file to write text to; it replaces ``path`` at the end, if nothing went wrong.

    Only its owner can read it, because it holds phone numbers. Raises `ConfigError` if it cannot be written, is one of
    the files ``never`` (by what each is), is a ledger, or has the name of a file beside a ledger.
    """
    made: str | None = None
    target = Path(os.path.realpath(path))  # a symbolic link stays one
    try:
        if target.exists() and not target.is_file():
            raise ConfigError(f"{shown(path)}: is no regular file; write to another one")
        if taken := _taken(path, never):
            raise ConfigError(f"{shown(path)}: is {taken}; write to another file")
        handle, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with open(handle, "w", encoding="utf-8", newline="", errors="backslashreplace") as file:  # noqa: PTH123
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, target)  # noqa: PTH105 - made is no Path
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be written: {error.strerror}") from None
    finally:
        if made is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(made)  # noqa: PTH108 - made is no Path


def _taken(path: Path, never: Mapping[str, Path]) -> str | None:
    if path.exists():
        for what, file in never.items():
            if file.exists() and path.samefile(file):
                return what
    if _is_database(path):
        return "a ledger, or another database"
    owners = (path.with_name(path.name.removesuffix(end)) for end in _BESIDE if path.name.endswith(end))
    return "part of a ledger" if any(map(_is_database, owners)) else None


def _is_database(path: Path) -> bool:
    path = path.resolve()
    if not path.is_file():
        return False
    if path.with_name(f"{path.name}-wal").exists():  # perhaps open here: to close it would drop SQLite's locks
        return True
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
