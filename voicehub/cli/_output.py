"""All output: data to stdout, words for people to stderr, and no control characters to a terminal.

Texts of vendors are not trusted: they are never read as markup, and control characters are shown as escapes. A closed
pipe (``voicehub ... | head``) is no error; a full disk is reported on stderr.
"""

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

WIDE = 250  # columns of a table outside a terminal: rows stay on one line for grep


class Unwritten(Exception):
    """Data could not be written to stdout, and not because of a closed pipe."""


def prepare() -> None:
    """Make stdout and stderr write characters that their encoding lacks as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):  # None where the stream was closed by the caller
            with contextlib.suppress(OSError):  # it flushes, which may fail
                reconfigure(errors="backslashreplace")


def data(text: str) -> None:
    """Print data to stdout."""
    _write(sys.stdout, text)


def words(text: str) -> None:
    """Print words for a person to stderr. Control characters, except line ends, are shown as escapes."""
    from voicehub._masking import printable

    _write(sys.stderr, "\n".join(map(printable, text.split("\n"))))


def as_json(value: Any) -> None:
    """Print a JSON document to stdout, in ASCII."""
    data(json.dumps(value, indent=2))


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | tuple[str, str]]],
    *,
    widths: Sequence[int] = (),
    header: bool = True,
) -> "Table":
    """A table of texts. A cell may be a pair of text and style; a text is shown as it is, never read as markup.

    ``widths``: the columns' least widths, in characters; ``header`` false: it continues the table before it.
    """
    from rich import box
    from rich.table import Table

    look: Any = {"title_justify": "left", "box": box.SIMPLE_HEAD, "pad_edge": False, "show_header": header}
    made = Table(*columns, title=plain(title) if title else None, **look)
    for column in made.columns:
        column.overflow = "fold"  # so that a call id is not cut on a narrow terminal
    for column, width in zip(made.columns, widths, strict=False):
        column.min_width = width
    for row in rows:
        made.add_row(*(plain(cell) if isinstance(cell, str) else plain(*cell) for cell in row))
    return made


def heading(text: str) -> Any:
    """A line that stands out on a terminal."""
    return plain(text, "bold")


def show(*parts: "RenderableType", aside: bool = False) -> None:
    """Print tables and texts to stdout (``aside``: stderr), in colour on a terminal without NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if aside else sys.stdout
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    with writing(stream):  # capturing uses the stream, too
        with console.capture() as rendered:
            for part in parts:
                console.print(part, soft_wrap=isinstance(part, str) and not console.is_terminal)
        _write(stream, "\n".join(line.rstrip() for line in rendered.get().splitlines()))


@contextlib.contextmanager
def rows() -> Iterator[TextIO]:
    """Stdout, for rows that are written as they come. A closed pipe ends the block, and is no error."""
    stream = sys.stdout or io.StringIO()  # closed by the caller
    with writing(stream):
        yield stream
        stream.flush()


def plain(text: str, style: str = "") -> Any:
    """A text as it is, never read as markup."""
    from rich.text import Text

    from voicehub._masking import printable

    return Text(printable(text), style)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed by the caller
        return
    with writing(stream):
        stream.write(f"{text}\n")
        stream.flush()


@contextlib.contextmanager
def writing(stream: TextIO) -> Iterator[None]:
    """A context for writing to this stream. A closed pipe is no error; else a failure raises `Unwritten`."""
    try:
        yield
    except OSError as error:
        discard(stream)
        if stream is not sys.stderr and not isinstance(error, BrokenPipeError):
            raise Unwritten(f"the output could not be written: {error.strerror}") from error


def discard(stream: TextIO) -> None:
    """Drop what a failed stream has buffered: at exit it would fail again, and change the exit code."""
    with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, no path
        os.dup2(nowhere.fileno(), stream.fileno())
