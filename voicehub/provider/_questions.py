"""The questions a vendor can be asked besides taking a message, each with the type of what it tells.

None of them makes a phone ring, and asking again is harmless.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Self, TypeVar

from voicehub._masking import mask_text
from voicehub.records import Balance, CallRecord, Listing, StoredFile

ToldT = TypeVar("ToldT")
_DAY = timedelta(days=1)


class Question(Generic[ToldT]):
    """Base of the questions; ``ToldT`` is the type of the answer."""

    __slots__ = ()
    #: Whether it changes nothing at the vendor, so that a client asks again by itself.
    only_reads: ClassVar[bool] = False

    def measures(self) -> Mapping[str, float]:
        """What is measured against the rows of an ability's ``bounds``, by their names."""
        return {}


@dataclass(frozen=True, slots=True)
class Upload(Question[StoredFile]):
    """Take this recording. ``name`` ends in its format: ``reminder.mp3``."""

    name: str
    data: bytes = field(repr=False)

    def measures(self) -> Mapping[str, float]:
        """``name`` in characters, ``size`` in bytes."""
        return {"name": len(self.name), "size": len(self.data)}


@dataclass(frozen=True, slots=True)
class ListFiles(Question[Listing[StoredFile]]):
    """Which recordings are there? ``page`` counts from 1."""

    only_reads = True

    page: int = 1
    page_size: int = 100

    def measures(self) -> Mapping[str, float]:
        """``page_size`` in items."""
        return {"page_size": self.page_size}

    def next(self) -> Self:
        """The question for the page that follows."""
        return replace(self, page=self.page + 1)


@dataclass(frozen=True, slots=True)
class DeleteFiles(Question[None]):
    """Delete these recordings. The answer is empty."""

    file_ids: Sequence[str]

    def measures(self) -> Mapping[str, float]:
        """``files`` is their number."""
        return {"files": len(self.file_ids)}


@dataclass(frozen=True, slots=True)
class FindRecord(Question[CallRecord | None]):
    """What became of this call? The answer is ``None`` if the vendor has no such record, or not yet."""

    only_reads = True

    call_id: str


@dataclass(frozen=True, slots=True)
class ListRecords(Question[Listing[CallRecord]]):
    """The calls from ``since`` to ``until`` (both aware), as the vendor finds them. ``page`` counts from 1."""

    only_reads = True

    since: datetime
    until: datetime
    page: int = 1
    page_size: int = 100

    def measures(self) -> Mapping[str, float]:
        """``page_size`` in items, ``span`` in days. ``age`` is measured too: the days since ``since``."""
        return {"page_size": self.page_size, "span": (self.until - self.since) / _DAY}

    def next(self) -> Self:
        """The question for the page that follows."""
        return replace(self, page=self.page + 1)


@dataclass(frozen=True, slots=True)
class AskBalance(Question[Balance]):
    """How much money is there?"""

    only_reads = True


@dataclass(frozen=True, slots=True, repr=False)
class Unreadable:
    """The reply held no believable answer. ``reason`` says what came instead."""

    reason: str

    def __repr__(self) -> str:
        return f"Unreadable({mask_text(self.reason)!r})"
