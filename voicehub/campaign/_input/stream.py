"""A file that is read from start to end, its bytes counted and hashed, so that a change is refused."""

import codecs
import hashlib
import io
import os
import stat
from pathlib import Path
from typing import NamedTuple, Self

from voicehub._masking import printable
from voicehub.errors import ConfigError


class Fingerprint(NamedTuple):
    """The content of a file: SHA-256 in hex, size in bytes, and when it was last written (Unix nanoseconds)."""

    sha256: str
    size: int
    written: int


class Watched:
    """The file. Raises `ConfigError` if it is missing, cannot be read, or is not a regular file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            is_file = stat.S_ISREG(path.stat().st_mode)  # before it is opened: a pipe would wait for its writer
            raw = path.open("rb", buffering=0) if is_file else None
        except FileNotFoundError:
            raise ConfigError(f"{shown(path)}: there is no such file") from None
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            raise unreadable(path, error) from None
        if raw is None:
            raise ConfigError(f"{shown(path)}: is a folder or a device, not a file")
        self._raw = raw
        self._file = io.BufferedReader(raw)
        self._before = os.fstat(self._raw.fileno())
        self._text: io.TextIOWrapper | None = None
        self.size = self._before.st_size

    @property
    def position(self) -> int:
        """How many bytes were read."""
        return self._raw.tell()

    def text(self) -> io.TextIOWrapper:
        """The file as text in UTF-8, with or without a byte order mark; line ends stay as they are."""
        try:
            if self._file.peek(3).startswith(codecs.BOM_UTF8):  # faster than the codec utf-8-sig
                self._file.read(3)
        except OSError as error:
            raise unreadable(self._path, error) from None
        self._text = io.TextIOWrapper(self._file, encoding="utf-8", newline="")
        return self._text  # kept, because this file is closed when it is deleted

    def fingerprint(self) -> Fingerprint:
        """The fingerprint, to be called last. Raises `ConfigError` if the file changed since it was opened."""
        try:
            self._raw.seek(0)
            digest = hashlib.file_digest(self._raw, "sha256").hexdigest()
            now = self._path.stat()
        except FileNotFoundError:
            raise _changed(self._path) from None
        except OSError as error:
            raise unreadable(self._path, error) from None
        before = self._before
        for name in ("st_dev", "st_ino", "st_size", "st_mtime_ns"):
            if getattr(before, name) != getattr(now, name):
                raise _changed(self._path)
        return Fingerprint(digest, before.st_size, before.st_mtime_ns)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def fingerprint(path: Path) -> Fingerprint:
    """Read a file only for its fingerprint. Raises `ConfigError`."""
    with Watched(path) as file:
        return file.fingerprint()


def broken_encoding(path: Path) -> ConfigError:
    """The error that names the first line that is not UTF-8."""
    line = 1
    with path.open("rb") as lines:
        while _is_text(next(lines, b"\xff")):  # ends the loop if the file was mended meanwhile
            line += 1
    return ConfigError(f"{shown(path)}: line {line} is no text in UTF-8; save the file as CSV or text in UTF-8")


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def shown(path: Path) -> str:
    """The path as it may stand in an error."""
    return printable(str(path))


def unreadable(path: Path, error: OSError | ValueError) -> ConfigError:
    """The error that says why a file cannot be read."""
    why = (isinstance(error, OSError) and error.strerror) or "its name is none"
    return ConfigError(f"{shown(path)}: cannot be read: {why}")


def _changed(path: Path) -> ConfigError:
    return ConfigError(f"{shown(path)}: changed while it was being read; let it be finished, and plan then")
