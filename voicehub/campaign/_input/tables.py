"""Excel and Parquet, each by its extra: rows of cells with types."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from voicehub._masking import mask_text, printable, words_of
from voicehub.campaign._input.columns import SAMPLE, Column, choose, is_header, numbered
from voicehub.campaign._input.layout import Block, Layout, numbers_of, text_of
from voicehub.campaign._input.stream import Watched, shown
from voicehub.errors import ConfigError

_ROWS = 2048
Cells = Sequence[Any]


def look_excel(path: Path, asked: str | None) -> Layout:
    """The layout of the one sheet with a column of numbers. Raises `ConfigError`, also if there are several."""
    found: list[Layout] = []
    refused: list[ConfigError] = []
    book = _book(path)
    for sheet in book.sheet_names:
        try:
            found.append(_look_sheet(path, book, sheet, asked))
        except ConfigError as error:
            refused.append(error)
    if not found:
        raise refused[0] if refused else ConfigError(f"{shown(path)}: has no sheet")
    if len(found) > 1:
        sheets = ", ".join(printable(repr(layout.sheet)) for layout in found)
        raise ConfigError(f"{shown(path)}: there are numbers on the sheets {sheets}; leave one of them in the file")
    return found[0]


def look_parquet(path: Path, asked: str | None) -> Layout:
    """The layout of a Parquet file. Raises `ConfigError`."""
    with _parquet(path) as (names, rows):
        sample = [[text_of(value) for value in row] for row in islice(rows, SAMPLE)]
    return Layout(path, "parquet", tuple(names), choose(names, sample, asked))


def blocks(_: Watched, layout: Layout, *, with_rows: bool = True) -> Iterator[Block]:  # noqa: ARG001 - one signature for all formats
    """All rows except empty ones of a sheet. Lines are those of the sheet; for Parquet, row numbers from 1."""
    place = layout.column.place
    with _rows(layout) as rows:
        if layout.header and layout.kind == "excel":
            next(rows, None)
        while part := list(islice(rows, _ROWS)):
            numbers, faults = numbers_of(row[place] if place < len(row) else None for _, row in part)
            yield Block([row for _, row in part], numbers, partial(_lines, part), faults)


@contextmanager
def _rows(layout: Layout) -> Iterator[Iterator[tuple[int, Cells]]]:
    if layout.kind == "excel":
        yield _sheet(_book(layout.path), layout.sheet)
    else:
        with _parquet(layout.path) as (_, rows):
            yield enumerate(rows, 1)


def _lines(part: Sequence[tuple[int, Cells]]) -> list[int]:
    return [line for line, _ in part]


def _look_sheet(path: Path, book: Any, sheet: str, asked: str | None) -> Layout:
    sample = [[text_of(value) for value in row] for _, row in islice(_sheet(book, sheet), SAMPLE)]
    if not sample:
        raise ConfigError(f"{shown(path)}: is empty")
    header = is_header(sample[0], asked)
    if header and len(sample) == 1:
        raise ConfigError(f"{shown(path)}: has the names of columns, but no row")
    names = sample[0] if header else numbered(max(map(len, sample)))
    column: Column = choose(names, sample[1:] if header else sample, asked)
    return Layout(path, "excel", tuple(names), column, header, sheet=sheet)


def _sheet(book: Any, name: str | None) -> Iterator[tuple[int, Cells]]:
    """The rows of a sheet that are not empty, each with its line. Raises `ConfigError` if it cannot be read."""
    from python_calamine import CalamineError

    try:
        sheet = book.get_sheet_by_name(name or "")
    except (CalamineError, ValueError, OSError) as error:
        raise ConfigError(
            f"the sheet {printable(repr(name))} cannot be read ({mask_text(words_of(error))}); save it again, with "
            "values in place of cells that hold an error"
        ) from None
    for line, row in enumerate(sheet.iter_rows(), 1):
        if any(value not in ("", None) for value in row):
            yield line, row


def _book(path: Path) -> Any:
    _needs("python_calamine", "python-calamine", "excel")
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError) as error:
        raise ConfigError(f"{shown(path)}: is not a readable workbook: {type(error).__name__}") from None


@contextmanager
def _parquet(path: Path) -> Iterator[tuple[list[str], Iterator[Cells]]]:
    """The names of the columns, and the rows."""
    _needs("duckdb", "duckdb", "parquet")
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        # A pattern in a file's name would stand for other files, and a folder named phone=1 for a column.
        exactly = re.sub(r"([\[*?])", r"[\1]", str(path))
        try:
            connection.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [exactly])
        except duckdb.Error as error:
            raise _no_parquet(path, error) from None
        yield [str(column[0]) for column in connection.description or ()], _fetched(path, connection)


def _fetched(path: Path, connection: Any) -> Iterator[Cells]:
    import duckdb

    while True:
        try:
            part = connection.fetchmany(_ROWS)
        except duckdb.Error as error:
            raise _no_parquet(path, error) from None
        if not part:
            return
        yield from part


def _no_parquet(path: Path, error: Exception) -> ConfigError:
    return ConfigError(f"{shown(path)}: is not a readable Parquet file: {type(error).__name__}")


def _needs(module: str, package: str, extra: str) -> None:
    if find_spec(module) is None:
        raise ConfigError(f"this file needs {package}; install the extra: pip install 'voicehub-core[{extra}]'")
