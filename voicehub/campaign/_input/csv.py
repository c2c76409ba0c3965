"""CSV: the standard library's reader, in strict mode, because a stray quote would swallow the rows after it."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from voicehub.campaign._input.columns import SAMPLE, choose, is_header, numbered
from voicehub.campaign._input.layout import Block, Layout
from voicehub.campaign._input.stream import Watched, broken_encoding, shown
from voicehub.errors import ConfigError

if TYPE_CHECKING:
    import _csv

_ROWS = 256  # of a block: few, so that they are still in the processor's cache when they are freed
_NUMBERS = 4096
_PIECE = 1 << 16  # characters: less than the library's limit for one cell
_SAMPLE = 1 << 18  # characters
_DELIMITERS = ",;\t"


def look(path: Path, asked: str | None) -> Layout:
    """The layout of a CSV file: delimiter, header, column. Raises `ConfigError`."""
    with Watched(path) as file:
        try:
            sample = file.text().read(_SAMPLE)
        except UnicodeDecodeError:
            raise broken_encoding(path) from None
    whole = len(sample) < _SAMPLE
    read = {delimiter: _sampled(sample, delimiter, whole=whole) for delimiter in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda each: _regularity(read[each][0]))
    rows, broken = read[delimiter]
    if broken:
        raise _no_csv(path, broken)
    if not rows:
        raise ConfigError(f"{shown(path)}: is empty, or its first line is longer than {_SAMPLE:,} characters")
    header = is_header(rows[0], asked)
    names = rows[0] if header else numbered(max(map(len, rows)))
    if header and len(rows) == 1 and not whole:
        most = f"{csv.field_size_limit():,} characters in a cell, {_SAMPLE:,} in a row"
        raise ConfigError(f"{shown(path)}: the second row is longer than a CSV row may be: {most}")
    if header and len(rows) == 1:
        raise ConfigError(f"{shown(path)}: has the names of columns, but no row")
    column = choose(names, rows[1:] if header else rows, asked)
    return Layout(path, "csv", tuple(names), column, header, delimiter)


def blocks(file: Watched, layout: Layout, *, with_rows: bool) -> Iterator[Block]:
    """All rows that are not empty lines. Raises `ConfigError` naming the line that cannot be read."""
    text, before = file.text(), 0
    reader = _reader(text, layout)
    try:
        if layout.header:
            while next(reader, None) == []:
                """Empty lines before the names."""
        if with_rows:
            yield from _rows(reader, layout.column.place)
            return
        before = reader.line_num
        for piece in _pieces(text):
            numbers = _plain(piece, layout)
            if numbers is None:  # from here on the library's reader is needed
                reader = _reader(chain(io.StringIO(piece, newline=""), text), layout)
                yield from _numbers(reader, layout.column.place)
                return
            before += len(numbers)
            yield Block((), numbers, list)
    except UnicodeDecodeError:
        raise broken_encoding(layout.path) from None
    except csv.Error as error:
        raise _no_csv(layout.path, f"line {before + reader.line_num} is not CSV: {error}") from None


def _reader(lines: Iterable[str], layout: Layout) -> "_csv.Reader":
    return csv.reader(lines, delimiter=layout.delimiter or ",", strict=True)


def _pieces(text: TextIO) -> Iterator[str]:
    """Whole lines."""
    while piece := text.read(_PIECE):
        yield piece if piece.endswith("\n") else piece + text.readline()


def _no_csv(path: Path, fault: str) -> ConfigError:
    return ConfigError(
        f"{shown(path)}: {fault}; a cell that begins with a quote must end with one, and quotes in it are doubled"
    )


def _plain(piece: str, layout: Layout) -> list[str] | None:
    """The numbers of whole lines, by one split: three times as fast as reading each character.

    ``None``: there are quotes, or a line has more or fewer cells than there are columns.
    """
    if '"' in piece or len(piece) > csv.field_size_limit():
        return None
    text = piece.replace("\r\n", "\n") if "\r" in piece else piece
    delimiter, width, lines = layout.delimiter or ",", len(layout.columns), text.count("\n")
    cells = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    if (
        cells[width :: width + 1] != ["\n"] * lines
        or len(cells) != lines * (width + 1) + 1
        or cells[-1]
        or "\r" in text
    ):
        return None
    numbers = cells[layout.column.place :: width + 1]
    return None if width == 1 and "" in numbers[:lines] else numbers[:lines]  # an empty line is no row


def _rows(reader: "_csv.Reader", place: int) -> Iterator[Block]:
    while True:
        before = reader.line_num
        raw = list(islice(reader, _ROWS))
        if not raw:
            return
        rows = list(filter(None, raw))
        numbers = [row[place] if place < len(row) else "" for row in rows]
        yield Block(rows, numbers, partial(_lines, raw, before, reader.line_num))


def _numbers(reader: "_csv.Reader", place: int) -> Iterator[Block]:
    """As `_rows`, but each row is freed at once: a third faster."""
    numbers = map(itemgetter(place), filter(None, reader))
    while True:
        found: list[str] = []
        while len(found) < _NUMBERS:
            try:
                found.extend(islice(numbers, _NUMBERS - len(found)))
            except IndexError:  # a row that ends before the column; the numbers before it are kept
                found.append("")
            else:
                break
        if not found:
            return
        yield Block((), found, list)


def _lines(rows: Sequence[Sequence[str]], before: int, after: int) -> list[int]:
    """The line each row begins on; a quoted cell may contain line ends."""
    if after - before == len(rows):
        return [line for line, row in enumerate(rows, before + 1) if row]
    found, line = [], before + 1
    for row in rows:
        if row:
            found.append(line)
        line += 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row)
    return found


def _sampled(sample: str, delimiter: str, *, whole: bool) -> tuple[list[list[str]], str | None]:
    """The first rows, and what is wrong with the one after them."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(islice(filter(None, reader), SAMPLE))
    except csv.Error as error:
        return rows, f"line {reader.line_num} is not CSV: {error}" if whole else None
    return (rows if whole or len(rows) == SAMPLE else rows[:-1]), None


def _regularity(rows: Sequence[Sequence[str]]) -> tuple[bool, int, int]:
    """A sort key: the right delimiter splits all rows into equally many cells, into more, and none within quotes."""
    widths = {len(row) for row in rows}
    return len(widths) == 1 and widths != {1}, min(widths, default=0), -sum('"' in cell for row in rows for cell in row)
