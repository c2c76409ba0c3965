"""The progress of a run, on stderr: a bar on a terminal, else JSON lines for a log."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from voicehub.cli import _output
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from voicehub.campaign import Counts, Event

Watch = Callable[["Event"], None]
_EVERY_SECONDS = 5.0  # between two lines of progress; other events are written at once


@contextmanager
def watching(run: Run) -> Iterator[Watch]:
    """The function to call with every event of the run."""
    if sys.stderr is not None and sys.stderr.isatty():
        with _bar() as bar:
            yield _Shown(run, bar)
    else:
        yield _Logged(run)


class _Logged:
    """One JSON object per line: every event, but progress only now and then."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._last = float("-inf")

    def __call__(self, event: "Event") -> None:
        from voicehub.campaign import Progress

        if isinstance(event, Progress):
            if time.monotonic() - self._last < _EVERY_SECONDS:
                return
            self._last = time.monotonic()
        _output.words(json.dumps(_hidden(self._run, event)))


def _hidden(run: Run, event: "Event") -> dict[str, Any]:
    fields = event.as_dict()
    return {key: run.masked(value) if key in ("why", "reason") else value for key, value in fields.items()}


class _Shown:
    """A progress bar, and above it all other events in words."""

    def __init__(self, run: Run, bar: "Bar") -> None:
        self._run = run
        self._bar = bar
        self._task = bar.add_task("", total=None, speed="", said="", left="")

    def __call__(self, event: "Event") -> None:
        from voicehub.campaign import Finished, Progress, Started

        match event:
            case Started():
                self._move(event.counts)
                if event.doubts:
                    self._say(f"{event.doubts} batches that an earlier run left without an answer are in doubt")
            case Progress():
                speed = f"{event.callees_per_second:,.0f} callees/s"
                self._move(event.counts, speed=speed, left=_lasting(event.seconds_left))
            case Finished():
                self._move(event.status.counts, left="")
            case _:
                self._say(_words(event))

    def _move(self, counts: "Counts", **fields: Any) -> None:
        done = counts.total - counts.pending - counts.submitting
        said = f"{counts.accepted:,} accepted, {counts.refused:,} refused, {counts.in_doubt:,} in doubt"
        self._bar.update(self._task, completed=done, total=counts.total, said=said, refresh=True, **fields)

    def _say(self, text: str) -> None:
        self._bar.console.print(_output.plain(self._run.masked(text)))


def _words(event: "Event") -> str:
    from voicehub.campaign import AccountPaused, AccountStopped, Canceled, Moved

    match event:
        case AccountPaused():
            return f"account {event.account} pauses for {event.seconds:g} s: {event.why}"
        case AccountStopped():
            return f"account {event.account} is stopped: {event.why}"
        case Moved():
            return f"the remaining callees go through account {event.next_account} instead of {event.account}"
        case Canceled():
            return f"the time of --until has passed: {event.callees:,} callees were canceled"
        case _:
            return json.dumps(event.as_dict())


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    texts = [TextColumn(f"{{task.fields[{key}]}}", markup=False) for key in ("speed", "said", "left")]
    console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
    return Progress(BarColumn(), MofNCompleteColumn(), *texts, console=console, auto_refresh=False)


@contextmanager
def reading() -> Iterator[Callable[[int, int, int], None]]:
    """The function to call with rows, bytes and bytes in all while a plan reads its file."""
    if sys.stderr is not None and sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task("", total=None, speed="", said="", left="")
            yield lambda rows, done, total: bar.update(
                task, completed=done, total=total, said=f"{rows:,} rows", refresh=True
            )
    else:
        yield _ReadingLogged()


class _ReadingLogged:
    """A line now and then; none for a file that is read quickly."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, rows: int, done: int, total: int) -> None:
        if time.monotonic() - self._last >= _EVERY_SECONDS:
            self._last = time.monotonic()
            _output.words(json.dumps({"event": "reading", "rows": rows, "bytes": done, "of": total}))


def _lasting(seconds: float | None) -> str:
    if seconds is None:
        return ""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02} left"
