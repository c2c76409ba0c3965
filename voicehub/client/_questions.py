"""What a client asks of its vendor: `Asks` and `AsksInLoop`, which differ by ``await``."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from voicehub.client._asking import Pages, asking, deletions, pages_of_files, pages_of_records, require_read
from voicehub.client._exchange import Lost, NeverLeft
from voicehub.client._prepare import Prepare
from voicehub.client._uploading import Source, uploading
from voicehub.errors import PluginError
from voicehub.message import UploadedAudio
from voicehub.provider import AskBalance, FindRecord, Provider, Question, Reply
from voicehub.records import Balance, CallRecord, StoredFile

if TYPE_CHECKING:
    from voicehub.client._holdings import Holdings

ResultT = TypeVar("ResultT")
_FAILURES = (NeverLeft, Lost, PluginError)


class Asker:
    """The parts of a client that both classes use."""

    provider: Provider
    _clock: Callable[[], float]
    _closed: bool

    @cached_property
    def _held(self) -> "Holdings":
        from voicehub.client._holdings import Holdings  # imported here: it loads sqlite3, and few sends need it

        return Holdings(self.provider)

    def _asking(self, asked: Question[ResultT]) -> Generator[Prepare, Reply, ResultT]:
        return asking(self.provider, asked, self._clock)

    def _uploading(self, source: Source, name: str | None) -> Generator[Prepare, Reply, UploadedAudio]:
        return uploading(self.provider, source, name, self._clock, self._held)

    def _require_open(self) -> None:
        if self._closed:
            raise RuntimeError(f"this {type(self).__name__} is closed; make a new one")


class Asks(Asker):
    """Questions to the vendor: recordings, records, money.

    No phone rings, and asking again is harmless. Each raises `UnsupportedField` where the vendor cannot be asked, else
    `AskError` where it gives no usable answer, with ``.kind`` and ``.code`` of a refusal.
    """

    def upload(self, source: Source, *, name: str | None = None) -> UploadedAudio:
        """Upload the recording unless this account already holds it, and return it ready to be played.

        ``source``: a path, an `AudioFile` or the bytes. ``name``: what the vendor calls it, with its ending; ``None``:
        the file's name with a digest of its content, by which any machine recognizes the recording.
        Raises `MessageError` for a file that cannot be read, or that the vendor does not take by name, size or format.
        """
        return self._run(self._uploading(source, name))

    def files(self) -> Iterator[StoredFile]:
        """Every recording the account holds; pages are requested while you iterate."""
        return self._each(iter([pages_of_files(self.provider)]))

    def delete_files(self, *file_ids: str) -> None:
        """Delete these recordings, in as many requests as the vendor's bound asks for."""
        for asked in deletions(self.provider, file_ids):
            self._run(self._asking(asked))

    def record(self, call_id: str) -> CallRecord | None:
        """What became of the call with this id; ``None``: the vendor has no record of it, or not yet."""
        return self._run(self._asking(FindRecord(call_id)))

    def records(self, since: datetime, until: datetime | None = None) -> Iterator[CallRecord]:
        """The calls from ``since`` to ``until`` (aware; ``None``: now); pages are requested while you iterate.

        A longer time than the vendor takes at once is asked for in spans. Raises ``ValueError`` for times without their
        zone, `LimitExceeded` for a time before the records it keeps, and, after the last record, `AskError` if
        some rows could not be read.
        """
        return self._each(pages_of_records(self.provider, since, until, self._clock))

    def balance(self) -> Balance:
        """The money of the account."""
        return self._run(self._asking(AskBalance()))

    def _each(self, lists: Iterator[Pages]) -> Iterator[Any]:
        unread = 0
        for pages in lists:
            while pages.question is not None:
                yield from pages.take(self._run(self._asking(pages.question)))
            unread += pages.unread
        require_read(unread)

    def _run(self, steps: Generator[Prepare, Reply, ResultT]) -> ResultT:
        """Drive a flow to its end."""
        self._require_open()
        step: Callable[[], Prepare] = partial(next, steps)
        while True:
            try:
                prepare = step()
            except StopIteration as done:
                result: ResultT = done.value
                return result
            try:
                step = partial(steps.send, self._deliver(prepare))
            except _FAILURES as failure:
                step = partial(steps.throw, failure)

    if TYPE_CHECKING:

        def _deliver(self, prepare: Prepare) -> Reply: ...


class AsksInLoop(Asker):
    """`Asks` with ``await`` and ``async for``."""

    async def upload(self, source: Source, *, name: str | None = None) -> UploadedAudio:
        """As `Asks.upload`."""
        return await self._run(self._uploading(source, name))

    def files(self) -> AsyncIterator[StoredFile]:
        """As `Asks.files`."""
        return self._each(iter([pages_of_files(self.provider)]))

    async def delete_files(self, *file_ids: str) -> None:
        """As `Asks.delete_files`."""
        for asked in deletions(self.provider, file_ids):
            await self._run(self._asking(asked))

    async def record(self, call_id: str) -> CallRecord | None:
        """As `Asks.record`."""
        return await self._run(self._asking(FindRecord(call_id)))

    def records(self, since: datetime, until: datetime | None = None) -> AsyncIterator[CallRecord]:
        """As `Asks.records`."""
        return self._each(pages_of_records(self.provider, since, until, self._clock))

    async def balance(self) -> Balance:
        """As `Asks.balance`."""
        return await self._run(self._asking(AskBalance()))

    async def _each(self, lists: Iterator[Pages]) -> AsyncIterator[Any]:
        unread = 0
        for pages in lists:
            while pages.question is not None:
                for item in pages.take(await self._run(self._asking(pages.question))):
                    yield item
            unread += pages.unread
        require_read(unread)

    async def _run(self, steps: Generator[Prepare, Reply, ResultT]) -> ResultT:
        """Drive a flow to its end."""
        self._stay_in_loop()
        self._require_open()
        step: Callable[[], Prepare] = partial(next, steps)
        while True:
            try:
                prepare = step()
            except StopIteration as done:
                result: ResultT = done.value
                return result
            try:
                step = partial(steps.send, await self._deliver(prepare))
            except _FAILURES as failure:
                step = partial(steps.throw, failure)

    if TYPE_CHECKING:

        async def _deliver(self, prepare: Prepare) -> Reply: ...

        def _stay_in_loop(self) -> None: ...
