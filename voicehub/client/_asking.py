"""Questions to a vendor, single ones and lists of several pages, as generators without input or output.

As in `exchange`, a driver receives a function that prepares a request, and sends back the reply or throws in what went
wrong. None of this makes a phone ring.
"""

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from voicehub.client._echoes import Echoes, Head, credentials_in_all, fit_to_show
from voicehub.client._exchange import Lost, NeverLeft
from voicehub.client._prepare import Prepare, passes_through, prepare_request
from voicehub.errors import AskError
from voicehub.provider import (
    DeleteFiles,
    ListFiles,
    ListRecords,
    Provider,
    Question,
    Refusal,
    Reply,
    Request,
    Unreadable,
    ability_of,
    find_question_problem,
)
from voicehub.records import Balance, CallRecord, Listing, fit_to_keep, hidden_in, is_amount

ToldT = TypeVar("ToldT")
Clock = Callable[[], float]
_ATTEMPTS = 3  # of a question that only reads: asking again is harmless
_STALE_PAGES = 3  # in a growing list rows are pushed on to the next page, seldom a whole page of them


def asking(provider: Provider, asked: Question[ToldT], clock: Clock) -> Generator[Prepare, Reply, ToldT]:
    """One question, answered.

    Raises `AskError`, `UnsupportedField` where the vendor cannot be asked this, `LimitExceeded` outside its bounds, and
    `PluginError`.
    """
    ability = ability_of(provider, type(asked))
    if problem := find_question_problem(ability, asked, clock()):
        raise problem
    heads: list[Head] = []
    echoes = Echoes(provider.settings.secrets(), heads)

    def prepare() -> Request:
        request, head = prepare_request(provider, asked, clock, ability.encode)
        heads.append(head)
        return request

    why = ""
    for _ in range(_ATTEMPTS if asked.only_reads else 1):
        try:
            reply = yield prepare
        except NeverLeft as error:
            why = echoes.masked(error)
            raise AskError(f"nothing left: {why}") from NeverLeft(why)  # the error's own text is not masked
        except Lost as error:
            why = f"no answer could be read: {echoes.masked(error)}"
            continue
        try:
            told = ability.decode(asked, reply)
        except BaseException as error:
            if passes_through(error):
                raise
            said = f"{type(error).__name__}: {echoes.masked(error)}"
            shown = fit_to_show(error, echoes.all)
            raise AskError(f"plugin {provider.name} could not read the answer: {said}") from shown
        if isinstance(told, Refusal):
            code, reason = echoes.masked(told.code) or "none", echoes.masked(told.reason) or "no reason given"
            text = f"{provider.name} would not tell: {told.kind.value} (code {code}, {reason})"
            refused = AskError(text, told.kind, echoes.hide(told.code), echoes.hide(told.reason))
            refused.clock_ahead_seconds = _ahead(reply, clock)
            raise refused
        if isinstance(told, Balance) and not all(map(is_amount, told[:3])):
            told = Unreadable("a part of the balance is no amount of money")
        if not isinstance(told, Unreadable):
            clean: ToldT = _hidden(told, echoes)
            return clean
        why = echoes.masked(told.reason)
        if not reply.proves_nothing:
            break
    raise AskError(f"{provider.name} told nothing that can be read: {why}")


def _hidden(told: Any, echoes: Echoes) -> Any:
    """Records of calls, or a page of them, without our credentials; anything else as it is."""
    if isinstance(told, Listing):
        return replace(told, items=tuple([_hidden(each, echoes) for each in told.items]))
    if not isinstance(told, CallRecord):
        return told
    return hidden_in(fit_to_keep(told), echoes.secrets, credentials_in_all(echoes.heads))


def _ahead(reply: Reply, clock: Clock) -> float | None:
    """How far our clock is ahead of the reply's Date (RFC 9110 section 6.6.1)."""
    try:
        return clock() - parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


class Pages:
    """The questions of a list, one after another: ``first``, and the next page for as long as there may be one.

    A row that stood on the page before is left out: a list that grows in front pushes rows on to the next page.
    """

    def __init__(self, first: Any, key: Callable[[Any], str]) -> None:
        self.question: Any = first  # None: that was the last page
        self._key = key
        self._before: set[str] = set()
        self.unread = 0  # rows of all pages
        self._stale = 0  # pages in a row that held nothing new

    def take(self, page: Listing[Any]) -> Iterator[Any]:
        """What is new on this page; afterwards ``question`` is the next one."""
        ids = [self._key(item) for item in page.items]
        fresh = [item for item, each in zip(page.items, ids, strict=True) if each not in self._before]
        self._before = set(ids)
        self._stale = 0 if fresh or not ids else self._stale + 1
        if page.more and self._stale >= _STALE_PAGES:
            raise AskError(f"the vendor's list does not end: {_STALE_PAGES} pages in a row held nothing new")
        self.unread += page.unread
        self.question = self.question.next() if page.more and (page.items or page.unread) else None
        return iter(fresh)


def require_read(unread: int) -> None:
    """Raise `AskError` if rows could not be read: what they contain must not be taken for absent."""
    if unread:
        raise AskError(f"{unread} rows of the list could not be read; what they tell of is missing from it")


def pages_of_files(provider: Provider) -> Pages:
    """Every recording of the account."""
    return Pages(ListFiles(page_size=_page_size(provider, ListFiles)), lambda file: str(file.file_id))


def pages_of_records(provider: Provider, since: datetime, until: datetime | None, clock: Clock) -> Iterator[Pages]:
    """Every record of this time, in spans the vendor takes. Times are widened to whole seconds.

    Raises ``ValueError`` for times without their zone and an ``until`` before ``since``.
    """
    until = datetime.fromtimestamp(clock(), UTC) if until is None else until
    if since.utcoffset() is None or until.utcoffset() is None:
        raise ValueError("since and until are aware: give them a time zone, as in datetime.now(UTC)")
    if until < since:
        raise ValueError("until is before since")
    ability, size = ability_of(provider, ListRecords), _page_size(provider, ListRecords)
    row = ability.bounds.get("span")
    start = since.astimezone(UTC).replace(microsecond=0)
    # Of calls after tomorrow there is no record, and a vendor's clock is not a day ahead.
    end = max(start, min(datetime.fromtimestamp(math.ceil(until.timestamp()), UTC), _in_a_day(clock)))
    span = end - start if row is None or row.high is None else timedelta(days=row.high)
    first = ListRecords(start, min(start + span, end), page_size=size)
    if problem := find_question_problem(ability, first, clock()):
        raise problem
    return _spans(start, end, span, size)


def _in_a_day(clock: Clock) -> datetime:
    return datetime.fromtimestamp(math.ceil(clock()) + 86400, UTC)


def _spans(start: datetime, end: datetime, span: timedelta, size: int) -> Iterator[Pages]:
    while True:
        stop = min(start + span, end)
        yield Pages(ListRecords(start, stop, page_size=size), lambda record: str(record.call_id))
        if stop >= end:
            return
        start = stop


def deletions(provider: Provider, file_ids: tuple[str, ...]) -> Iterator[DeleteFiles]:
    """The questions that delete these recordings, as many as the vendor's bound requires."""
    row = ability_of(provider, DeleteFiles).bounds.get("files")
    most = len(file_ids) if row is None or row.high is None else int(row.high)
    for start in range(0, len(file_ids), max(most, 1)):
        yield DeleteFiles(file_ids[start : start + most])


def _page_size(provider: Provider, kind: type[Question[Any]]) -> int:
    row = ability_of(provider, kind).bounds.get("page_size")
    return 100 if row is None or row.high is None else int(row.high)
