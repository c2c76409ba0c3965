"""The rejects file: each row of the input that is no callee, with its line, the reason, and the number as written."""

import csv
from collections.abc import Mapping
from pathlib import Path

from voicehub.campaign._files import written
from voicehub.campaign._input.layout import Layout
from voicehub.campaign._input.rows import CALLEE, Planned
from voicehub.campaign._input.source import Source
from voicehub.campaign._input.stream import Fingerprint, shown
from voicehub.errors import ConfigError


def write_rejects(
    path: Path, layout: Layout, planned: Planned, read: Fingerprint, *, never: Mapping[str, Path]
) -> None:
    """Read the input again and write its rejected rows as CSV, to none of the files ``never``.

    Raises `ConfigError`, also if the input changed.
    """
    with written(path, never=never) as file, Source(layout) as source:
        writer = csv.writer(file)
        writer.writerow(("line", "reason", "number"))
        for block in source.blocks():
            marks = planned.marks(block)
            if any(marks):
                rows = zip(marks, block.lines(), range(len(marks)), block.numbers, strict=False)
                writer.writerows((line, planned.why(at), number) for mark, line, at, number in rows if mark != CALLEE)
        if source.fingerprint().sha256 != read.sha256:
            raise ConfigError(f"{shown(layout.path)}: changed while it was being planned; plan again")
