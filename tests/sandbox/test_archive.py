"""What the pretended vendors remember: recordings, calls that take their course, money, and what they push."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.toys import FIRST, NOW, PROVIDERS, SECOND, Whole, message, whole
from voicehub.errors import ConfigError, RefusalKind
from voicehub.provider import (
    AskBalance,
    CallState,
    DeleteFiles,
    FindRecord,
    ListFiles,
    ListRecords,
    Question,
    Refusal,
    Upload,
    ability_of,
    parse_report,
)
from voicehub.receipt import Outcome
from voicehub.records import Balance, Listing, StoredFile
from voicehub.sandbox import Archive, Desk, Placed, Script, _archive

ALERTS, CALLS = PROVIDERS["alerts"], PROVIDERS["calls"]
MP3 = b"ID3\x04\0"
TODAY = datetime.fromtimestamp(NOW, UTC)
BUSY, NOBODY = "+932111110003", "+932111110004"


class Vendors:
    """A desk with an archive, asked as a client would."""

    def __init__(self, script: Script | None = None) -> None:
        self.archive = Archive()
        self.desk = Desk(PROVIDERS, script)

    def ask(self, asked: Question[Any], now: float = NOW, account: str = "alerts", fault: str | None = None) -> Any:
        provider = PROVIDERS[account]
        ability: Any = ability_of(provider, type(asked))
        reply, dialled = self.desk(ability.encode(asked, now), now, 1, fault, archive=self.archive)
        assert dialled == ()
        return ability.decode(asked, reply)

    def call(self, *callees: str, at: float = NOW, serial: int = 1) -> None:
        self.desk(ALERTS.encode(message(*callees), at), at, serial, archive=self.archive)


def test_a_recording_is_kept_listed_and_deleted() -> None:
    vendors = Vendors()
    stored = vendors.ask(Upload("reminder.mp3", MP3))
    assert isinstance(stored, StoredFile)
    assert vendors.ask(ListFiles()) == Listing((stored,))
    assert vendors.ask(ListFiles(), account="calls") == Listing(())
    assert vendors.ask(DeleteFiles([stored.file_id, "unknown"])) is None
    assert vendors.ask(ListFiles()) == Listing(())


def test_pages_end_where_the_recordings_end() -> None:
    vendors = Vendors()
    names = [f"reminder-{number}.mp3" for number in range(5)]
    for name in names:
        vendors.ask(Upload(name, MP3))
    pages = [vendors.ask(ListFiles(page, 2)) for page in (1, 2, 3)]
    assert [file.name for page in pages for file in page.items] == names
    assert [page.more for page in pages] == [True, True, False]


def test_a_name_is_taken_once() -> None:
    vendors = Vendors()
    vendors.ask(Upload("reminder.mp3", MP3))
    refused = vendors.ask(Upload("reminder.mp3", MP3 + b"other"))
    assert (refused.kind, refused.code) == (RefusalKind.REQUEST, "-20")


def test_a_call_takes_its_course() -> None:
    vendors = Vendors()
    vendors.call(FIRST)
    seen = [(after, vendors.ask(FindRecord("call-1-0"), NOW + after).state) for after in (0, 1, 2, 5, 6, 15, 16, 999)]
    assert seen == [
        *((0, CallState.QUEUED), (1, CallState.QUEUED), (2, CallState.RINGING), (5, CallState.RINGING)),
        *((6, CallState.ANSWERED), (15, CallState.ANSWERED), (16, CallState.COMPLETED), (999, CallState.COMPLETED)),
    ]


@pytest.mark.parametrize(
    ("callee", "end", "seconds"),
    [(BUSY, CallState.BUSY, 3), (NOBODY, CallState.NO_ANSWER, 32), (FIRST, CallState.COMPLETED, 16)],
)
def test_a_scripted_number_ends_as_it_is_written(callee: str, end: CallState, seconds: int) -> None:
    vendors = Vendors()
    vendors.call(callee)
    record = vendors.ask(FindRecord("call-1-0"), NOW + seconds)
    assert (record.state, record.callee) == (end, callee)
    assert record.ended_at == TODAY + timedelta(seconds=seconds)
    assert (record.answered_at is not None) is (end is CallState.COMPLETED)
    assert vendors.ask(FindRecord("call-1-0"), NOW + seconds - 1).ended_at is None


def test_a_script_may_hurry() -> None:
    vendors = Vendors(Script({}, speed=8))
    vendors.call(FIRST)
    assert vendors.ask(FindRecord("call-1-0"), NOW + 2).state is CallState.COMPLETED
    with pytest.raises(ConfigError, match="speed is above 0"):
        Script({}, speed=0)


def test_a_record_tells_what_was_sent() -> None:
    vendors = Vendors()
    said = message(FIRST).model_copy(update={"reference": "order 42", "caller_id": "1008122211"})
    vendors.desk(ALERTS.encode(said, NOW), NOW, 7, archive=vendors.archive)
    record = vendors.ask(FindRecord("call-7-0"), NOW + 99)
    assert (record.reference, record.caller_id, record.cost, record.currency) == (
        *("order 42", "1008122211"),
        *(Decimal("0.02"), "EUR"),
    )


def test_no_record_of_a_call_nobody_made_or_of_another_account() -> None:
    vendors = Vendors()
    vendors.call(FIRST)
    assert vendors.ask(FindRecord("call-2-0")) is None
    assert vendors.ask(FindRecord("call-1-0"), account="calls") is None


def test_records_are_those_of_the_span() -> None:
    vendors = Vendors()
    for serial in range(5):
        vendors.call(FIRST, SECOND, at=NOW + 100 * serial, serial=serial)
    asked = ListRecords(TODAY + timedelta(seconds=100), TODAY + timedelta(seconds=300), page_size=4)
    pages = [vendors.ask(replace(asked, page=page), NOW + 999) for page in (1, 2)]
    assert [record.call_id for page in pages for record in page.items] == [
        f"call-{serial}-{position}" for serial in (1, 2, 3) for position in (0, 1)
    ]
    assert [page.more for page in pages] == [True, False]


def test_answered_calls_cost_money() -> None:
    vendors = Vendors()
    vendors.call(FIRST, BUSY)
    assert vendors.ask(AskBalance()) == Balance(Decimal(100))
    assert vendors.ask(AskBalance(), NOW + 99) == Balance(Decimal("99.98"))


def test_a_refusal_strikes_a_question_too() -> None:
    vendors = Vendors()
    assert vendors.ask(AskBalance(), fault="expired").kind is RefusalKind.CLOCK
    assert vendors.ask(AskBalance(), fault="slow") == Balance(Decimal(100))


def test_a_stranger_is_told_nothing() -> None:
    stranger = type(ALERTS)(type(ALERTS).Settings(**{**ALERTS.sample_settings, "api_secret": "another"}))
    ability: Any = ability_of(stranger, AskBalance)
    reply, _ = Desk(PROVIDERS)(ability.encode(AskBalance(), NOW), NOW, 1)
    assert ability.decode(AskBalance(), reply).kind is RefusalKind.AUTH


class Odd(Question[None]):
    """A question that only its plugin knows."""


def test_a_question_nobody_here_knows_is_refused() -> None:
    told = Archive().tell("alerts", ALERTS, Odd(), NOW)
    assert (told.kind, told.code) == (RefusalKind.REQUEST, "-22")


def test_what_happens_is_reported_once_and_in_its_order() -> None:
    vendors = Vendors()
    vendors.call(FIRST, BUSY, NOBODY)
    urls = {"alerts": "https://hooks.example/a"}
    pushed = [vendors.desk.reports(vendors.archive, NOW + a, NOW + b, urls) for a, b in ((0, 2), (2, 16), (16, 99))]
    told = [[record for each in lot for record in parse_report(ALERTS, each.body, each.headers)] for lot in pushed]
    assert [[(record.callee, record.state) for record in lot] for lot in told] == [
        [(FIRST, CallState.RINGING), (NOBODY, CallState.RINGING)],
        [(BUSY, CallState.BUSY), (FIRST, CallState.ANSWERED), (FIRST, CallState.COMPLETED)],
        [(NOBODY, CallState.NO_ANSWER)],
    ]
    assert {each.url for each in pushed[1]} == {"https://hooks.example/a"}


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from([FIRST, BUSY, NOBODY]), st.sampled_from([1, 3, 8])))
       , st.lists(st.integers(0, 90), min_size=2, max_size=5))  # fmt: skip
def test_what_happened_is_what_a_look_at_every_call_finds(
    calls: list[tuple[int, str, float]], moments: list[int]
) -> None:
    archive = Archive()
    for at, callee, speed in calls:
        archive.keep("alerts", ALERTS, message(callee), [Outcome(callee, "accepted", "1")], at, Script(speed=speed))
    for after, until in pairwise(sorted(moments)):
        found = archive.happened(after, until)
        every = [
            (moment, call)
            for call in archive.calls.get("alerts", ())
            for moment in set(record_times(call))
            if after < moment <= until
        ]
        order = {id(call): place for place, call in enumerate(archive.calls.get("alerts", ()))}
        assert sorted((moment, order[id(call)]) for moment, call in found) == sorted(
            (moment, order[id(call)]) for moment, call in every
        )
        assert [moment for moment, _ in found] == sorted(moment for moment, _ in found)


def record_times(call: Placed) -> Iterator[float]:
    for name in ("ringing_at", "answered_at", "ended_at"):
        with contextlib.suppress(KeyError):
            yield call.when(name)


def test_a_look_at_what_happened_does_not_cost_what_there_is() -> None:
    archive, many = Archive(), 20_000
    row = Outcome(FIRST, "accepted", "1")
    for at in range(many):
        archive.keep("alerts", ALERTS, message(FIRST), [row], at, Script())
    looked = 0

    def when(happening: str, call: Placed) -> float:
        nonlocal looked
        looked += 1
        return call.when(happening)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_archive, "_when", when)
        assert len(archive.happened(many - 1, many)) == 3
    assert looked < 150


def test_nothing_is_pushed_where_nobody_listens_or_nobody_pushes() -> None:
    vendors = Vendors()
    vendors.call(FIRST)
    assert vendors.desk.reports(vendors.archive, NOW, NOW + 99, {}) == []
    desk, archive = Desk({"whole": whole()}), Archive()
    desk(whole().encode(message(FIRST), NOW), NOW, 1, archive=archive)
    assert desk.reports(archive, NOW, NOW + 99, {"whole": "https://hooks.example/a"}) == []
    assert Whole.reports is None


def test_a_placed_call_shows_no_number() -> None:
    vendors = Vendors()
    vendors.call(FIRST)
    assert FIRST[1:] not in repr(vendors.archive.calls)
    assert isinstance(vendors.ask(Upload("a.mp3", MP3)), StoredFile | Refusal)
