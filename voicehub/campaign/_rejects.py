"""The rejects file: each row of the input that is no callee, with its line, the reason, and the number as written."""

import csv
from collections.abc import Sequence
from pathlib import Path

from voicehub.campaign._files import written
from voicehub.campaign._layout import Layout
from voicehub.campaign._rows import CALLEE, why
from voicehub.campaign._source import Source
from voicehub.campaign._stream import Fingerprint, shown
from voicehub.errors import ConfigError


def write_rejects(
    path: Path, layout: Layout, marks: bytes | bytearray, reasons: Sequence[str], read: Fingerprint
) -> None:
    """Read the input again and write its rejected rows as CSV. Raises `ConfigError`, also if the input changed."""
    with written(path, never=layout.path) as file, Source(layout) as source:
        writer = csv.writer(file)
        writer.writerow(("line", "reason", "number"))
        start = 0
        for block in source.blocks():
            part = marks[start : start + len(block.numbers)]
            start += len(block.numbers)
            if any(part):
                rows = zip(part, block.lines(), block.numbers, strict=False)
                writer.writerows((line, why(mark, reasons), number) for mark, line, number in rows if mark != CALLEE)
        if source.fingerprint().sha256 != read.sha256:
            raise ConfigError(f"{shown(layout.path)}: changed while it was being planned; plan again")
