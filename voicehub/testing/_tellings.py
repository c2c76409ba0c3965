"""Every question within a provider's bounds, and everything its vendor can answer."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from voicehub.provider import (
    RECORD_FIELDS,
    Ability,
    AskBalance,
    CallState,
    DeleteFiles,
    FindRecord,
    ListFiles,
    ListRecords,
    Provider,
    Question,
    Refusal,
    Span,
    Upload,
)
from voicehub.records import Balance, CallRecord, Listing, StoredFile
from voicehub.testing._results import unheard_of

#: The kinds of question the exam knows.
KINDS: tuple[type[Question[Any]], ...] = (Upload, ListFiles, DeleteFiles, FindRecord, ListRecords, AskBalance)
#: The first bytes of a recording of each format.
BEGINNINGS = {"mp3": b"ID3\x04\0", "m4a": b"\0\0\0\x20ftypM4A ", "wav": b"RIFF\x24\0\0\0WAVEfmt "}
_IDS = st.text(st.sampled_from("0123456789abcdefABCDEF-_"), min_size=1, max_size=24)
_STEMS = st.text(st.sampled_from("abcXYZ 0123-_\u00e9\u4e2d"), min_size=28, max_size=28)
_WORDS = st.none() | st.text(st.sampled_from("abc XYZ<>&\"'\\,;=%\u00e9\u4e2d\U0001f600"), min_size=1, max_size=20).map(
    str.strip
).filter(bool)
_NUMBERS = st.integers(10**6, 10**15 - 1).map(str)
_AMOUNTS = st.decimals(0, 10**6, places=6)


@st.composite
def questions(draw: DrawFn, ability: Ability[Any, Any], kind: type[Question[Any]], now: float) -> Any:
    """A question of this kind within the bounds; boundary values are likely."""

    def within(name: str, high: int) -> int:
        return draw(_measures(ability.bounds, name, high))

    if kind is Upload:
        ending = draw(st.sampled_from(sorted(ability.formats or BEGINNINGS)))
        name = draw(_STEMS)[: max(within("name", 32) - len(ending) - 1, 1)] + "." + ending
        return Upload(name, BEGINNINGS[ending] + draw(st.binary(max_size=40)))
    if kind is ListFiles:
        return ListFiles(draw(st.integers(1, 5)), within("page_size", 100))
    if kind is DeleteFiles:
        count = min(within("files", 100), 4)
        return DeleteFiles(tuple(draw(st.lists(_IDS, min_size=count, max_size=count))))
    if kind is FindRecord:
        return FindRecord(draw(_IDS))
    if kind is ListRecords:
        days, span = within("age", 30), within("span", 30)
        since = datetime.fromtimestamp(math.ceil(now), UTC) - timedelta(days=days)
        return ListRecords(since, since + timedelta(days=span), draw(st.integers(1, 5)), within("page_size", 100))
    return AskBalance()


def _measures(bounds: Mapping[str, Span], name: str, high: int) -> SearchStrategy[int]:
    row = bounds.get(name) or Span(1, high, "", "", "")
    low, top = math.ceil(row.low), int(high if row.high is None else row.high)
    return st.sampled_from(sorted({low, min(low + 1, top), top})) | st.integers(low, top)


def tellings(provider: Provider, ability: Ability[Any, Any], asked: Any) -> SearchStrategy[Any]:
    """Everything the vendor can answer to this question, except refusals."""
    if isinstance(asked, Upload):
        return _IDS.map(lambda file_id: StoredFile(file_id, asked.name))
    if isinstance(asked, ListFiles):
        return _listings(st.builds(StoredFile, _IDS, _STEMS), lambda file: file.file_id)
    if isinstance(asked, DeleteFiles):
        return st.none()
    if isinstance(asked, FindRecord):
        return st.none() | records(provider, ability.tells).map(lambda told: replace(told, call_id=asked.call_id))
    if isinstance(asked, ListRecords):
        return _listings(records(provider, ability.tells), lambda record: record.call_id)
    gift, credit = (_AMOUNTS if name in ability.tells else st.just(Decimal(0)) for name in ("gift", "credit"))
    return st.builds(Balance, _AMOUNTS, gift, credit, st.none())


def _listings(items: SearchStrategy[Any], key: Any) -> SearchStrategy[Any]:
    """Pages of a list; no empty page has another one after it."""
    made = st.lists(items, max_size=3, unique_by=key)
    return st.builds(lambda rows, more: Listing(tuple(rows), more and bool(rows)), made, st.booleans())


def refusals(provider: Provider) -> SearchStrategy[Refusal]:
    """Every refusal the provider has a code for. Needs a provider with at least one code."""
    codes = st.sampled_from(sorted(provider.refusal_kinds.items()))
    return st.builds(lambda code, reason: Refusal(code[1], code[0], reason), codes, _WORDS)


@st.composite
def records(draw: DrawFn, provider: Provider, tells: frozenset[str]) -> CallRecord:
    """Calls of every state the provider has a word for, and with an unknown word; fields it does not tell are unset."""
    code, state = draw(st.sampled_from(_words(provider)))
    clock = datetime.fromtimestamp(draw(st.integers(10**9, 2 * 10**9)), UTC)
    times = {"submitted_at": clock}
    for name in _HISTORY.get(state, ("called_at", "ended_at")):
        clock += timedelta(seconds=draw(st.integers(1, 99)))
        times[name] = clock
    answered = times.get("answered_at")
    over = "ended_at" in times
    talked = int((clock - answered).total_seconds()) if answered and over else 0
    cost = draw(st.none() | _AMOUNTS)
    record = CallRecord(
        call_id=draw(_IDS),
        state=state,
        callee=draw(_NUMBERS.map("+{}".format)),
        caller_id=draw(st.none() | _NUMBERS),
        submitted_at=times["submitted_at"],
        called_at=times.get("called_at"),
        ringing_at=times.get("ringing_at"),
        answered_at=answered,
        ended_at=times.get("ended_at"),
        ring_seconds=draw(st.none() | st.integers(0, 99)),
        call_seconds=talked if over else None,
        charged_seconds=draw(st.integers(talked, talked + 60)) if over else None,
        cost=cost,
        currency=None if cost is None else draw(st.sampled_from(provider.currencies)),
        pressed_key=draw(st.sampled_from([None, "0", "1", "9"])) if answered else None,
        reference=draw(st.just("") | _WORDS),
        code=code,
        reason=draw(_WORDS),
    )
    return told_part(record, tells)


def told_part(record: CallRecord, tells: frozenset[str]) -> CallRecord:
    """The record with only the fields that this vendor tells."""
    untold: dict[str, Any] = dict.fromkeys(RECORD_FIELDS - tells)
    return replace(record, raw={}, **untold)


def _words(provider: Provider) -> list[tuple[str | None, CallState]]:
    known: list[tuple[str | None, CallState]] = [*sorted(provider.call_states.items())]
    strange = unheard_of(str(known[0][0])) if known else "no-such-word"
    return [*known, (strange, CallState.UNKNOWN)]


_HISTORY = {
    CallState.QUEUED: (),
    CallState.RINGING: ("called_at", "ringing_at"),
    CallState.ANSWERED: ("called_at", "ringing_at", "answered_at"),
    CallState.COMPLETED: ("called_at", "ringing_at", "answered_at", "ended_at"),
    CallState.NO_ANSWER: ("called_at", "ringing_at", "ended_at"),
}
