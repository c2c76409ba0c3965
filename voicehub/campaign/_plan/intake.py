"""From a file to the batches of a draft: once through the file, once through the numbers found, in constant memory."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate, compress
from typing import IO

from voicehub._callees import Joined
from voicehub.campaign._input.countries import Countries
from voicehub.campaign._input.duplicates import REPEATED, Duplicates
from voicehub.campaign._input.layout import Block, Layout
from voicehub.campaign._input.numbers import Checked, Numbers
from voicehub.campaign._input.rows import Rows
from voicehub.campaign._input.source import Source
from voicehub.campaign._input.stream import Fingerprint, shown
from voicehub.campaign._ledger.contract import Draft
from voicehub.errors import ConfigError

#: Called now and then while a file is read, with the rows so far, the bytes read, and the bytes in all.
OnProgress = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Taken:
    """What was read: a mark for each row, the file's fingerprint, callees by country, and the number of batches."""

    rows: Rows
    read: Fingerprint
    countries: dict[str, int]
    batches: int


def checked_blocks(source: Source, numbers: Numbers) -> Iterator[tuple[Block, Checked]]:
    """The file's rows, checked: most of a plan's time goes here and into de-duplication."""
    for block in source.blocks(with_rows=False):
        yield block, numbers.check(block.believed())


def take_in(draft: Draft, layout: Layout, numbers: Numbers, batch: int, on_progress: OnProgress | None = None) -> Taken:
    """Add the file's callees to the draft, each once, in order, in batches of ``batch``.

    Raises `ConfigError` for a file that cannot be read, has no callee, or changes, and for a temporary folder that
    cannot be used.
    """
    rows, countries, batches = Rows(), Countries(), 0
    with ExitStack() as open_files:
        try:
            spool = open_files.enter_context(tempfile.TemporaryFile(prefix="voicehub-"))
            duplicates = open_files.enter_context(Duplicates())
            read = _first_pass(layout, numbers, rows, spool, duplicates, on_progress)
            spool.seek(0)
            for callees in _full(_unique(spool, duplicates, rows, countries), batch):
                draft.add(callees)
                batches += 1
        except OSError as error:
            trouble = f"the temporary folder {tempfile.gettempdir()} cannot be used: {error.strerror}"
            raise ConfigError(f"{trouble}; make room there, or set TMPDIR") from None
    return Taken(rows, read, countries.counts(), batches)


def _first_pass(
    layout: Layout,
    numbers: Numbers,
    rows: Rows,
    spool: IO[bytes],
    duplicates: Duplicates,
    on_progress: OnProgress | None,
) -> Fingerprint:
    with Source(layout) as source:
        for block, checked in checked_blocks(source, numbers):
            rows.add(block, checked)
            spool.write(checked.digits + b"\n")
            duplicates.add(checked.digits)
            if on_progress is not None:
                on_progress(len(rows.marks), source.position, source.size)
        read = source.fingerprint()
    if on_progress is not None:
        on_progress(len(rows.marks), read.size, read.size)
    if not rows.callees:
        raise ConfigError(f"{shown(layout.path)}: {_why_empty(layout, rows)}")
    return read


def _unique(spool: IO[bytes], duplicates: Duplicates, rows: Rows, countries: Countries) -> Iterator[str]:
    """The callees of each block, joined as `digits_of` does it, without those that came before."""
    for line, found in zip(spool, duplicates.found(), strict=True):
        digits = line[:-1].decode()
        rows.look_again(found, Joined(digits))
        if REPEATED in found:
            digits = ",".join(compress(digits.split(","), map(REPEATED.__ne__, found)))
        countries.add(digits)
        yield digits


def _full(blocks: Iterable[str], size: int) -> Iterator[Joined]:
    """The same numbers in batches of ``size``; the last may be smaller."""
    held = ""
    for digits in blocks:
        held, start = ",".join(filter(None, (held, digits))), 0
        for end in _ends(held, size) if held else ():
            yield Joined(held[start:end])
            start = end + 1
        held = held[start:]
    if held:
        yield Joined(held)


def _ends(digits: str, size: int) -> Iterable[int]:
    """Where every ``size``-th number ends. Numbers of one length, as most of a country are, need no splitting."""
    count = digits.count(",") + 1
    step, left = divmod(len(digits) + 1, count)
    if not left and digits[step - 1 :: step] == "," * (count - 1):
        return range(size * step - 1, len(digits) + 1, size * step)
    lengths = list(accumulate(map(len, digits.split(","))))
    return [lengths[at] + at for at in range(size - 1, count, size)]


def _why_empty(layout: Layout, rows: Rows) -> str:
    if not rows.marks:
        return "has no row" + (f" with the outcome {layout.only!r}" if layout.only else "")
    reason, count = next(iter(rows.invalid().items()))
    fault = f"no row of {len(rows.marks):,} has a number that can be phoned in column {layout.column.name!r}"
    return f"{fault}; most often ({count:,} times) the number {reason}"
