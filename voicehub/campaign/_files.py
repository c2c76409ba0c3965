"""Files that are written whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from voicehub.campaign._stream import shown
from voicehub.errors import ConfigError


@contextlib.contextmanager
def written(path: Path, *, never: Path) -> Iterator[TextIO]:
    """A file to write text to; it takes the place of ``path`` at the end, if nothing went wrong.

    It is readable by its owner alone, for it holds numbers. Raises `ConfigError` if it cannot be written, or is the
    file ``never``.
    """
    if path.exists() and never.exists() and path.samefile(never):
        raise ConfigError(f"{shown(path)}: is the input itself; write to another file")
    made: str | None = None
    try:
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with open(handle, "w", encoding="utf-8", newline="", errors="backslashreplace") as file:  # noqa: PTH123
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)  # noqa: PTH105 - made is no Path
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be written: {error.strerror}") from None
    finally:
        if made is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(made)  # noqa: PTH108 - made is no Path
