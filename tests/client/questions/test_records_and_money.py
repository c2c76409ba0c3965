"""Records, balances and lists, asked by both clients; and vendors that misbehave."""

import asyncio
import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest
from voicehub_onbuka import Onbuka
from voicehub_sendgroup._balance import GetBalance
from voicehub_sendgroup._files import QueryFiles
from voicehub_sendgroup._records import QueryCalls
from voicehub_sendgroup._reports import VoiceReports

from tests.client.questions.asking import BUSY, MODES, MP3, NOW, ONBUKA, A, Asker, Clock, answering, page
from voicehub import (
    AskError,
    AsyncClient,
    Balance,
    CallRecord,
    CallState,
    Client,
    LimitExceeded,
    StoredFile,
    UploadedAudio,
    VoiceMessage,
)
from voicehub.client._asking import pages_of_records
from voicehub.errors import PluginError, RefusalKind
from voicehub.provider import AskBalance, ListFiles, ListRecords, Reply, Span, parse_report
from voicehub.sandbox import Fault, SandboxServer

CALL = CallRecord(call_id="1", state=CallState.COMPLETED)


def test_records_tell_what_became_of_calls(asker: Asker, clock: Clock) -> None:
    receipt = asker.send(VoiceMessage(to=[A, BUSY], content=UploadedAudio("a.mp3"), reference="order 42"))
    clock.now += 60
    one, other = (asker.record(outcome.call_id) for outcome in receipt)
    assert (one.state, one.callee, one.reference) == (CallState.COMPLETED, A, "order 42")
    assert (one.cost, one.currency) == (Decimal("0.02"), "EUR")
    assert other.state is CallState.BUSY
    assert asker.record("nobody-made-it") is None
    since = datetime.fromtimestamp(NOW - 1, UTC)
    assert asker.records(since) == [one, other]
    assert asker.records(since, since) == []
    assert asker.balance() == Balance(Decimal("99.98"))


def test_what_the_vendor_repeats_of_our_credentials_is_hidden() -> None:
    """As in a receipt: secrets everywhere, what a header held in the vendor's own words alone."""
    key, stamp = ONBUKA.settings.secrets()[0], f"{NOW:.0f}"
    said = {
        "terminationReason": f"no {key.upper()} at {stamp}",
        "of": [{key: 1.5}, None, f"<{key}>"],
        "calledInfo": key,
    }
    row = {"voiceId": f"{stamp}-{key}", "callee": "932111111111", **said}
    clean = {"voiceId": "1", "terminationReason": "busy", "calledInfo": "order 42"}
    rows = {"status": "0", "data": {"pages": 1, "records": [row, clean]}}
    with answering(rows, rows) as client:
        one, other = client.records(datetime.fromtimestamp(NOW - 9, UTC))
    assert (one.call_id, one.callee) == (f"{stamp}-*****", "+932111111111")
    assert (one.reason, one.reference) == ("no ***** at *****", "*****")
    hidden = {"terminationReason": "no ***** at *****", "of": [{"*****": 1.5}, None, "<*****>"], "calledInfo": "*****"}
    assert one.raw == {"voiceId": "*****-*****", "callee": "932111111111", **hidden}
    assert (other.call_id, other.reason, other.reference, other.raw) == ("1", "busy", "order 42", clean)


def test_a_long_time_is_asked_for_in_spans_of_pages() -> None:
    seen: list[httpx.Request] = []
    row = {"voiceId": "1", "callee": "932111111111"}
    rows = {"status": "0", "data": {"pages": 2, "records": [row]}}
    more = {"status": "0", "data": {"pages": 2, "records": [row, {**row, "voiceId": "2"}]}}
    until = datetime.fromtimestamp(NOW, UTC)
    with answering(rows, more, rows, page(), seen=seen) as client:
        found = list(client.records(until - timedelta(days=40, microseconds=5), until - timedelta(microseconds=5)))
    assert [record.call_id for record in found] == ["1", "2", "1"]  # on the second page the first row stands again
    asked = [json.loads(request.content) for request in seen]
    assert [each["current"] for each in asked] == [1, 2, 1, 2]
    spans = [tuple(map(datetime.fromisoformat, each["params"].values())) for each in asked]
    assert spans[0] == (until - timedelta(days=40, seconds=1), until - timedelta(days=9, seconds=1))
    assert spans[2] == (spans[0][1], until)


class RecordsOfAnyTime(QueryCalls):
    """Of a vendor that bounds no span."""

    bounds: ClassVar[dict[str, Span]] = {}


class OfAnySpan(Onbuka):
    abilities = {**Onbuka.abilities, ListRecords: RecordsOfAnyTime}


@pytest.mark.parametrize("year", [1990, 1999, 2000, 2020])
def test_without_a_bound_any_time_is_one_span(year: int) -> None:
    since, until = datetime(year, 1, 1, tzinfo=UTC), datetime(year, 9, 1, tzinfo=UTC)
    asked = [pages.question for pages in pages_of_records(OfAnySpan(ONBUKA.settings), since, until, lambda: NOW)]
    assert [(one.since, one.until) for one in asked if isinstance(one, ListRecords)] == [(since, until)]


def test_nobody_is_asked_for_the_records_of_years_to_come() -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    until = datetime(9999, 12, 31, tzinfo=UTC)
    (asked,) = [pages.question for pages in pages_of_records(ONBUKA, now, until, lambda: NOW)]
    assert (asked.since, asked.until) == (now, now + timedelta(days=1))
    (asked,) = [pages.question for pages in pages_of_records(ONBUKA, now + timedelta(days=9), until, lambda: NOW)]
    assert asked.since == asked.until == now + timedelta(days=9)


def test_a_list_that_gives_the_same_page_for_ever_ends() -> None:
    seen: list[httpx.Request] = []
    row = {"voiceId": "1", "callee": "932111111111"}
    same = {"status": "0", "data": {"pages": 99, "records": [row]}}
    with answering(*[same] * 9, seen=seen) as client, pytest.raises(AskError, match="the vendor's list does not end"):
        list(client.records(datetime.fromtimestamp(NOW - 9, UTC)))
    assert len(seen) == 4


def with_unread_rows() -> httpx.MockTransport:
    row = {"voiceId": "1", "callee": "932111111111"}
    replies = iter([{"status": "0", "data": {"pages": 2, "records": rows}} for rows in (["no record"] * 2, [row])])
    return httpx.MockTransport(lambda _: httpx.Response(200, json=next(replies)))


def test_rows_nobody_can_read_end_no_list_and_are_told_of() -> None:
    with Client(ONBUKA, http_client=httpx.Client(transport=with_unread_rows()), clock=lambda: NOW) as client:
        found = client.records(datetime.fromtimestamp(NOW - 9, UTC))
        assert next(found).call_id == "1"
        with pytest.raises(AskError, match="2 rows of the list could not be read"):
            next(found)


def test_in_a_loop_they_are_told_of_too() -> None:
    async def read() -> None:
        http_client = httpx.AsyncClient(transport=with_unread_rows())
        async with AsyncClient(ONBUKA, http_client=http_client, clock=lambda: NOW) as client:
            found = client.records(datetime.fromtimestamp(NOW - 9, UTC))
            assert (await anext(found)).call_id == "1"
            with pytest.raises(AskError, match="2 rows of the list could not be read"):
                await anext(found)

    asyncio.run(read())


def test_times_have_a_zone_an_order_and_a_window() -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    with answering() as client:
        for since, until in ((now.replace(tzinfo=None), now), (now, now.replace(tzinfo=None))):
            with pytest.raises(ValueError, match="are aware"):
                client.records(since, until)
        with pytest.raises(ValueError, match="until is before since"):
            client.records(now, now - timedelta(1))
        with pytest.raises(LimitExceeded, match="age: is 90 days; onbuka-v3 takes 0 to 62 days"):
            client.records(now - timedelta(days=90))


class Unbounded(Onbuka):
    """A vendor that states no bounds."""

    abilities: ClassVar[Any] = {
        kind: type(ability.__name__, (ability,), {"bounds": {}}) for kind, ability in Onbuka.abilities.items()
    }


def test_without_bounds_all_is_asked_for_at_once() -> None:
    seen: list[httpx.Request] = []
    with answering(page(), page(), {"status": "0"}, provider=Unbounded(ONBUKA.settings), seen=seen) as client:
        assert list(client.records(datetime(2001, 1, 1, tzinfo=UTC))) == []
        assert list(client.files()) == []
        client.delete_files(*map(str, range(999)))
    assert len(seen) == 3


def test_deletions_are_split() -> None:
    seen: list[httpx.Request] = []
    with answering(*[{"status": "0"}] * 3, seen=seen) as client:
        client.delete_files(*map(str, range(201)))
        client.delete_files()
    assert [len(json.loads(request.content)["fileIdList"]) for request in seen] == [100, 100, 1]


def test_a_refusal_is_told_with_its_kind(asker: Asker, clock: Clock) -> None:
    stranger = Asker(
        asker.mode, Onbuka(asker.provider.settings.model_copy(update={"app_id": "x"})), clock=lambda: NOW - 9999
    )
    with pytest.raises(
        AskError, match=r"onbuka-v3 would not tell: clock \(code -16, timestamp outside the window\)"
    ) as told:
        stranger.balance()
    assert (told.value.kind, told.value.code) == (RefusalKind.CLOCK, "-16")
    again = pickle.loads(pickle.dumps(told.value))
    assert (str(again), again.kind, again.reason) == (str(told.value), told.value.kind, told.value.reason)


def test_reading_is_tried_again_and_changing_is_not() -> None:
    with answering(httpx.ReadTimeout("slow"), 502, page("a.mp3")) as client:
        assert list(client.files()) == [StoredFile("id-a.mp3", "a.mp3")]
    with answering(503, 503, 503) as client, pytest.raises(AskError, match="HTTP 503 without a readable status"):
        client.balance()
    with answering(httpx.ReadTimeout("slow")) as client, pytest.raises(AskError, match="no answer within 60 seconds"):
        client.upload(MP3)
    with answering({"status": "0"}) as client, pytest.raises(AskError, match="without a balance"):
        client.balance()


class TellsAnything(GetBalance):
    def decode(self, asked: AskBalance, reply: Reply) -> Balance:
        return Balance(Decimal(1), credit=Decimal(reply.body.decode()))


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e30000000"])
def test_a_balance_nobody_can_calculate_with_is_not_told(amount: str) -> None:
    class Odd(Onbuka):
        abilities = {**Onbuka.abilities, AskBalance: TellsAnything}

    plain = httpx.MockTransport(lambda _: httpx.Response(200, text=amount))
    with (
        Client(Odd(ONBUKA.settings), http_client=httpx.Client(transport=plain), clock=lambda: NOW) as client,
        pytest.raises(AskError, match="a part of the balance is no amount of money"),
    ):
        client.balance()


def test_a_report_with_an_odd_cost_is_kept_without_it() -> None:
    row = {"voiceId": "1", "callee": "932111111111"}
    odd = replace(CALL, cost=Decimal("1e30000000"), call_seconds=-1)

    class Reports(VoiceReports):
        def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
            return (odd,)

    class Odd(Onbuka):
        reports = Reports

    (record,) = parse_report(Odd(ONBUKA.settings), json.dumps(row).encode(), {})
    assert (record.call_id, record.cost, record.call_seconds) == (odd.call_id, None, None)


def test_what_never_left_is_told(asker: Asker) -> None:
    nowhere = asker.provider.settings.model_copy(update={"base_url": "http://127.0.0.1:1"})
    with pytest.raises(AskError, match=r"nothing left: Connect(ion|Error)") as told:
        Asker(asker.mode, Onbuka(nowhere)).balance()
    assert told.value.kind is None
    assert str(told.value) == f"nothing left: {told.value.__cause__}", "the cause is shown as the text is"


class Broken(Onbuka):
    """A plugin whose abilities fail."""

    class Balance(GetBalance):
        def decode(self, asked: Any, reply: Any) -> Any:
            raise self.error

        error: ClassVar[BaseException] = RuntimeError("no, 7bz1lzh9!")

    class Files(QueryFiles):
        def encode(self, asked: Any, now: float) -> Any:
            raise RuntimeError("no")

    abilities = {AskBalance: Balance, ListFiles: Files}


def test_a_broken_plugin_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering({"status": "0"}, {"status": "0"}, provider=Broken(ONBUKA.settings)) as client:
        with pytest.raises(AskError, match=r"could not read the answer: RuntimeError: no, \*\*\*\*\*!"):
            client.balance()
        with pytest.raises(PluginError, match="encode failed"):
            list(client.files())
        monkeypatch.setattr(Broken.Balance, "error", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            client.balance()


@pytest.mark.parametrize("mode", MODES)
def test_a_closed_client_asks_nothing(mode: str) -> None:
    async def in_loop() -> None:
        client = AsyncClient(ONBUKA)
        await client.aclose()
        await client.balance()

    def ask() -> None:
        client = Client(ONBUKA)
        client.close()
        client.balance()

    with pytest.raises(RuntimeError, match="is closed; make a new one"):
        asyncio.run(in_loop()) if mode == "async" else ask()


def test_reading_survives_a_bad_line(clock: Clock) -> None:
    faults = [Fault("reset-after", 0.1), Fault("error-after", 0.1)]
    with (
        SandboxServer({"alerts": ONBUKA}, clock=clock, faults=faults, seed=4) as server,
        Client(server.provider("alerts"), clock=clock) as client,
    ):
        assert [client.balance().amount for _ in range(10)] == [Decimal(100)] * 10
