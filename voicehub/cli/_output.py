"""Where words go: data to stdout, words for people to stderr, and nobody's control characters to a terminal.

Vendor texts are strangers' texts. They are never read as markup, and what could repaint a terminal is shown as its
escape. A reader who has gone away (``voicehub ... | head``) is no error; a disk that is full is told on stderr.
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

WIDE = 250  # columns of a table that is no terminal's: rows stay whole for grep


class Unwritten(Exception):
    """Data could not be written to stdout, and somebody was there to read it."""


def prepare() -> None:
    """Let no character break an output: what an encoding lacks is written as its escape."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):  # None where the stream was closed by the caller
            with contextlib.suppress(OSError):  # it flushes, and a stream may fail from the start
                reconfigure(errors="backslashreplace")


def data(text: str) -> None:
    """A piece of data, on stdout."""
    _write(sys.stdout, text)


def words(text: str) -> None:
    """Words for a person, on stderr. Control characters but the line's end are shown as their escapes."""
    from voicehub._masking import printable

    _write(sys.stderr, "\n".join(map(printable, text.split("\n"))))


def as_json(value: Any) -> None:
    """A JSON document on stdout, in ASCII whatever it holds."""
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

    ``widths`` are the least of the columns, in characters; ``header`` false: it goes on with a table before it.
    """
    from rich import box
    from rich.table import Table

    look: Any = {"title_justify": "left", "box": box.SIMPLE_HEAD, "pad_edge": False, "show_header": header}
    made = Table(*columns, title=plain(title) if title else None, **look)
    for column in made.columns:
        column.overflow = "fold"  # nothing of a call id is lost on a narrow terminal
    for column, width in zip(made.columns, widths, strict=False):
        column.min_width = width
    for row in rows:
        made.add_row(*(plain(cell) if isinstance(cell, str) else plain(*cell) for cell in row))
    return made


def heading(text: str) -> Any:
    """A line that stands out on a terminal."""
    return plain(text, "bold")


def show(*parts: "RenderableType", aside: bool = False) -> None:
    """Tables and texts on stdout (``aside``: stderr), coloured where a terminal is and NO_COLOR is not."""
    from rich.console import Console

    stream = sys.stderr if aside else sys.stdout
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    with writing(stream):  # what is captured touches the stream as well
        with console.capture() as rendered:
            for part in parts:
                console.print(part, soft_wrap=isinstance(part, str) and not console.is_terminal)
        _write(stream, "\n".join(line.rstrip() for line in rendered.get().splitlines()))


@contextlib.contextmanager
def rows() -> Iterator[TextIO]:
    """Stdout, for rows that are written as they come. A reader who goes away ends the block, and is no error."""
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
    """While something is written to this stream. A reader who has gone away is no error; else `Unwritten` is raised."""
    try:
        yield
    except OSError as error:
        discard(stream)
        if stream is not sys.stderr and not isinstance(error, BrokenPipeError):
            raise Unwritten(f"the output could not be written: {error.strerror}") from error


def discard(stream: TextIO) -> None:
    """Drop what a failed stream still holds: it would fail once more when the interpreter ends, with its exit code."""
    with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, no path
        os.dup2(nowhere.fileno(), stream.fileno())
