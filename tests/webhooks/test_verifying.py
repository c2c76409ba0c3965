"""Reports that count only once the vendor was asked: asked afterwards, in bounds, and never twice at once."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.webhooks.support import ACCOUNTS, ALERTS, BACKUP, CALLEE, Remembering, ask, body, configured, row
from voicehub import AskError, CallRecord, CallState, Client, LedgerError, UploadedAudio, VoiceMessage, webhooks
from voicehub.sandbox import SandboxServer, Script
from voicehub.webhooks import _verifying

VERIFIED = ACCOUNTS.replace("[accounts.backup]", "verify_reports = true\n[accounts.backup]")
OVER = {"hangupTime": 1646278471000, "terminationCode": "486"}


def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    assert holds()


class Vendor:
    """Answers questions for records; while ``shut`` they wait."""

    def __init__(self, *errors: BaseException | None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answering = threading.Event()
        self.answering.set()
        self._errors = list(errors)

    def __call__(self, account: str, call_id: str) -> CallRecord | None:
        self.asked.append((account, call_id))
        assert self.answering.wait(20)
        error = self._errors.pop(0) if self._errors else None
        if error is not None:
            raise error
        return None if call_id == "unseen" else CallRecord(call_id=call_id, state=CallState.COMPLETED)


@pytest.fixture
def ledger() -> Remembering:
    return Remembering()


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def app(ledger: Remembering, vendor: Vendor) -> Iterator[Starlette]:
    made = webhooks.app(ledger, configured(VERIFIED), verify=vendor)
    yield made
    vendor.answering.set()
    leave(made)


def leave(app: Starlette, *, seconds: float = 0.0) -> None:
    """End the application's life, as a server does; the thread has so long to end."""

    async def live() -> None:
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(live())
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(thread.name == "voicehub-verify" for thread in threading.enumerate()):
        time.sleep(0.005)
    assert [thread for thread in threading.enumerate() if thread.name == "voicehub-verify"] == []


def test_the_record_is_kept_beside_the_report(app: Starlette, ledger: Remembering, vendor: Vendor) -> None:
    assert ask(app, ALERTS, body(row("1", **OVER))).status == 200
    until(lambda: len(ledger.known) == 2)
    pushed, verified = ledger.known["alerts", "1", False], ledger.known["alerts", "1", True]
    assert (pushed.state, verified.state, verified.verified) == (CallState.BUSY, CallState.COMPLETED, True)
    assert vendor.asked == [("alerts", "1")]


def test_a_call_that_is_over_is_asked_for_whether_a_state_or_a_time_says_so(app: Starlette, vendor: Vendor) -> None:
    assert ask(app, ALERTS, body(row("1", terminationCode="486"))).status == 200
    assert ask(app, ALERTS, body(row("2", hangupTime=1646278450000))).status == 200
    until(lambda: len(vendor.asked) == 2)


def test_200_does_not_wait_for_the_question(app: Starlette, vendor: Vendor) -> None:
    vendor.answering.clear()
    for number in range(3):
        assert ask(app, ALERTS, body(row(str(number), **OVER))).status == 200


def test_a_call_under_way_and_an_account_that_believes_ask_nothing(app: Starlette, vendor: Vendor) -> None:
    assert ask(app, ALERTS, body(row("1"))).status == 200
    assert ask(app, BACKUP, body(row("2", **OVER))).status == 200
    assert ask(app, ALERTS, body(row("3", **OVER))).status == 200
    until(lambda: vendor.asked)
    assert vendor.asked == [("alerts", "3")]


def test_repeats_ask_once_and_a_flood_asks_in_bounds(
    ledger: Remembering, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_verifying, "_MOST", 3)
    app = webhooks.app(ledger, configured(VERIFIED), verify=vendor)
    vendor.answering.clear()
    assert ask(app, ALERTS, body(row("first", **OVER))).status == 200
    until(lambda: vendor.asked)
    for _ in range(2):
        assert ask(app, ALERTS, body(*(row(str(number), **OVER) for number in (1, 1, 2, 3, 4, 5)))).status == 200
    vendor.answering.set()
    until(lambda: len(vendor.asked) == 4)
    leave(app)
    assert [call_id for _, call_id in vendor.asked] == ["first", "1", "2", "3"]


def test_what_the_vendor_does_not_tell_is_left_to_reconcile(
    ledger: Remembering, caplog: pytest.LogCaptureFixture
) -> None:
    vendor = Vendor(AskError("onbuka-v3 told nothing"), LedgerError("the ledger is full"))
    app = webhooks.app(ledger, configured(VERIFIED), verify=vendor)
    assert ask(app, ALERTS, body(*(row(name, **OVER) for name in ("1", "2", "unseen", "3")))).status == 200
    until(lambda: ("alerts", "3", True) in ledger.known)
    leave(app)
    assert [key for key in ledger.known if key[-1]] == [("alerts", "3", True)]
    assert caplog.messages == [
        "a report of account alerts could not be verified: onbuka-v3 told nothing",
        "what was verified could not be kept: the ledger is full",
    ]


def test_a_first_report_of_more_calls_than_can_wait_asks_for_those_that_can(
    ledger: Remembering, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_verifying, "_MOST", 3)
    app = webhooks.app(ledger, configured(VERIFIED), verify=vendor)
    assert ask(app, ALERTS, body(*(row(str(number), **OVER) for number in range(9)))).status == 200
    until(lambda: len(vendor.asked) == 3)
    assert ask(app, ALERTS, body(row("later", **OVER))).status == 200
    until(lambda: ("alerts", "later", True) in ledger.known)
    leave(app)


@pytest.mark.parametrize("error", [ValueError("key 0123456789"), SystemExit(3)])
def test_a_bug_in_somebody_elses_code_costs_one_answer(
    error: BaseException, ledger: Remembering, caplog: pytest.LogCaptureFixture
) -> None:
    app = webhooks.app(ledger, configured(VERIFIED), verify=Vendor(error))
    assert ask(app, ALERTS, body(row("1", **OVER), row("2", **OVER))).status == 200
    until(lambda: ("alerts", "2", True) in ledger.known)
    leave(app)
    assert caplog.messages == [f"a report of account alerts could not be verified: {type(error).__name__}"]


def test_a_client_by_the_clock_of_the_application_that_cannot_be_made_costs_one_answer(
    ledger: Remembering, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[tuple[str, object]] = []

    def clock() -> float:
        return 1646278472.0

    def fail(_: object, account: str, clock: object = None) -> Client:
        made.append((account, clock))
        raise ValueError("a broken proxy")

    monkeypatch.setattr(_verifying, "Client", fail)
    app = webhooks.app(ledger, configured(VERIFIED), clock=clock)
    assert ask(app, ALERTS, body(row("1", **OVER), row("2", **OVER))).status == 200
    until(lambda: len(made) == 2)
    leave(app)
    assert made == [("alerts", clock)] * 2, "a vendor refuses who signs by a wrong clock"
    assert caplog.messages == ["a report of account alerts could not be verified: ValueError"] * 2


def test_mounted_where_nobody_runs_its_lifespan_the_thread_ends_by_itself(
    ledger: Remembering, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starlette runs the lifespan of the outermost application alone."""
    monkeypatch.setattr(_verifying, "_IDLE_SECONDS", 0.05)
    outer = Starlette(routes=[Mount("/", webhooks.app(ledger, configured(VERIFIED), verify=vendor))])
    for name in ("1", "2"):
        assert ask(outer, ALERTS, body(row(name, **OVER))).status == 200
        until(lambda name=name: ("alerts", name, True) in ledger.known)  # type: ignore[misc]
        leave(outer, seconds=5.0)


def test_an_end_drops_what_waits(app: Starlette, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.answering.clear()
    assert ask(app, ALERTS, body(*(row(str(number), **OVER) for number in range(9)))).status == 200
    until(lambda: vendor.asked)
    threading.Timer(0.2, vendor.answering.set).start()
    leave(app)
    assert vendor.asked == [("alerts", "0")]


def test_an_end_before_any_report_waits_for_nobody(app: Starlette) -> None:
    leave(app)


def test_without_a_way_of_your_own_the_account_is_asked(ledger: Remembering) -> None:
    configuration = configured(VERIFIED)
    with SandboxServer({"alerts": configuration.provider("alerts")}, script=Script({}, speed=1000)) as vendor:
        url = vendor.provider("alerts").settings.base_url
        app = webhooks.app(ledger, configured(VERIFIED.replace("verify_", f'base_url = "{url}"\nverify_')))
        with Client(vendor.provider("alerts")) as client:
            receipt = client.send(VoiceMessage(to=[CALLEE], content=UploadedAudio("a.mp3")))
            call_id = receipt.accepted[0].call_id or ""
            until(lambda: client.record(call_id).ended_at)  # type: ignore[union-attr]
        for _ in range(2):
            assert ask(app, ALERTS, body(row(call_id, **OVER))).status == 200
            until(lambda: ("alerts", call_id, True) in ledger.known)
        leave(app)
    assert ledger.known["alerts", call_id, True].state is CallState.COMPLETED
