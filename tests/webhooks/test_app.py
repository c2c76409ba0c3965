"""The application, one request at a time: who is let in, what is kept, and what the vendor hears."""

import asyncio
import hmac
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from voicehub_onbuka import Onbuka
from voicehub_sendgroup._reports import VoiceReports

from tests.webhooks.support import (
    ACCOUNTS,
    ALERTS,
    BACKUP,
    CALLEE,
    OTHER,
    SECRET,
    Remembering,
    ask,
    asked,
    body,
    configured,
    row,
)
from voicehub import CallState, ConfigError, LedgerError, webhooks
from voicehub.campaign import Call
from voicehub.webhooks import _app

NOWHERE = [
    f"/reports/alerts/{OTHER}",
    f"/reports/alerts/{SECRET[:-1]}",
    f"/reports/alerts/{SECRET}x",
    f"/reports/nobody/{SECRET}",
    f"/reports/alerts/{SECRET}/",
    "/reports/alerts/\udcff",
    "/reports/alerts/",
    "/reports//",
    "/",
    f"/reports/Alerts/{SECRET}",
]


@pytest.fixture
def ledger() -> Remembering:
    return Remembering()


@pytest.fixture
def app(ledger: Remembering) -> Starlette:
    return webhooks.app(ledger, configured(), clock=lambda: 7.0)


def test_what_a_report_repeats_of_our_credentials_is_not_kept(app: Starlette, ledger: Remembering) -> None:
    """Nor of our own address: whoever reads it there could push reports."""
    told = row("1-secret-of-alerts", terminationReason=f"no POST to {ALERTS} by key-of-alerts")
    assert ask(app, ALERTS, body(told)).status == 200
    (kept,) = ledger.known.values()
    assert (kept.call_id, kept.reason) == ("1-*****", "no POST to /reports/alerts/***** by *****")


def test_a_report_is_kept_and_then_answered(app: Starlette, ledger: Remembering) -> None:
    told = row("1", terminationCode="486", hangupTime=1646278471000, calledInfo="order 42", costEur="0.02")
    answer = ask(app, ALERTS, body(told))
    assert (answer.status, answer.body) == (200, b"")
    (call,) = ledger.known.values()
    assert call[:3] == ("alerts", "1", CallState.BUSY)
    assert (call.callee, call.reference, call.ended, call.verified) == (CALLEE, "order 42", 1646278471.0, False)
    assert app.state.counted == _app.Counted(kept=1)


def test_an_account_has_its_own_address(app: Starlette, ledger: Remembering) -> None:
    assert ask(app, BACKUP, body(row())).status == 200
    assert list(ledger.known) == [("backup", "1", False)]


def test_nobody_hears_200_before_the_ledger_has_it(app: Starlette, ledger: Remembering) -> None:
    async def check() -> None:
        ledger.open.clear()
        asking = asyncio.create_task(asked(app, ALERTS, body(row())))
        await asyncio.sleep(0.2)
        assert not asking.done()
        assert not ledger.known
        ledger.open.set()
        assert (await asking).status == 200
        assert ledger.known

    asyncio.run(check())


@pytest.mark.parametrize("path", NOWHERE)
def test_every_wrong_address_is_the_same_404(path: str, app: Starlette, ledger: Remembering) -> None:
    answer = ask(app, path, body(row()))
    assert answer == (404, {"connection": "close", "content-length": "0"}, b"")
    assert ledger.lots == []


@pytest.mark.parametrize("path", [*NOWHERE[:4], ALERTS])
def test_a_secret_is_compared_once_in_constant_time(path: str, app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    compared, in_constant_time = [], hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return in_constant_time(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    ask(app, path, body(row()))
    assert compared == [(32, 32)]


def test_a_wrong_address_is_told_without_the_body_being_read(app: Starlette) -> None:
    read = []

    def chunks() -> Any:
        read.append(1)
        yield b"x"

    assert ask(app, NOWHERE[0], chunks()).status == 404
    assert read == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [ALERTS, NOWHERE[0], NOWHERE[3]])
def test_only_post_is_taken_and_another_method_tells_nothing(method: str, path: str, app: Starlette) -> None:
    answer = ask(app, path, method=method)
    assert answer == (405, {"allow": "POST", "connection": "close", "content-length": "0"}, b"")


@pytest.mark.parametrize("chunk", [1000, 65536, 2**21])
def test_a_body_over_the_bound_is_not_read_further(chunk: int, app: Starlette, ledger: Remembering) -> None:
    sent = 0

    def chunks() -> Any:
        nonlocal sent
        while sent < 2 * _app.LARGEST_BODY + 3 * chunk:
            sent += chunk
            yield b" " * chunk

    assert ask(app, ALERTS, chunks()).status == 413
    assert sent < _app.LARGEST_BODY + 2 * chunk
    assert ledger.lots == []


def test_a_body_of_just_the_bound_is_taken(app: Starlette) -> None:
    told = body(row())
    assert ask(app, ALERTS, told + b" " * (_app.LARGEST_BODY - len(told))).status == 200
    assert ask(app, ALERTS, told + b" " * (_app.LARGEST_BODY - len(told) + 1)).status == 413


def test_a_slow_body_is_not_waited_for(app: Starlette, ledger: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_app, "BODY_SECONDS", 0.1)

    async def dribble() -> AsyncIterator[bytes]:
        for byte in body(row()):
            yield bytes([byte])
            await asyncio.sleep(0.02)

    answer = ask(app, ALERTS, dribble())
    assert answer == (408, {"connection": "close", "content-length": "0"}, b"")
    assert ledger.lots == []


def test_who_hangs_up_has_reported_nothing(app: Starlette, ledger: Remembering) -> None:
    assert ask(app, ALERTS, body(row()), cut=True).status == 400
    assert ledger.lots == []


@pytest.mark.parametrize("content", [b"", b"x", b"[]", b"{}", b'{"array": [1, {}]}', b"\xff" * 99, b"[" * 10**5])
def test_what_cannot_be_read_is_told_and_logged_without_a_word_of_it(
    content: bytes, app: Starlette, ledger: Remembering, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(app, ALERTS, content).status == 400
    assert ledger.lots == []
    assert app.state.counted == _app.Counted(unreadable=1)
    assert caplog.messages == [f"account alerts: nothing could be read in a report of {len(content)} bytes"]


def test_rows_that_can_be_read_are_kept(app: Starlette, ledger: Remembering) -> None:
    assert ask(app, ALERTS, body(row("1"), {"voiceId": []}, row("2"))).status == 200
    assert [call_id for _, call_id, _ in ledger.known] == ["1", "2"]
    assert app.state.counted.kept == 2


class Broken(Remembering):
    def hear(self, calls: Sequence[Call], *, now: float) -> int:
        raise LedgerError("the ledger is full")


def test_what_cannot_be_kept_is_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    app = webhooks.app(Broken(), configured())
    assert ask(app, ALERTS, body(row())).status == 503
    assert caplog.messages == ["account alerts: a report could not be kept: the ledger is full"]
    assert app.state.counted == _app.Counted(failed=1)


class Raising(VoiceReports):
    def parse(self, *_: object) -> Any:
        raise KeyError(CALLEE)


def test_a_broken_plugin_is_named_and_not_quoted(
    app: Starlette, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Onbuka, "reports", Raising)
    assert ask(app, ALERTS, body(row())).status == 500
    assert caplog.messages == ["plugin onbuka-v3 could not read a report: KeyError"]


def test_nothing_that_is_secret_is_logged(app: Starlette, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for path in (ALERTS, *NOWHERE):
        for content in (body(row()), b"932111111111", body(row(callee="x932111111111"))):
            ask(app, path, content)
            ask(app, path, content, cut=True)
    told = " ".join([*caplog.messages, repr(app.routes), repr(webhooks.listeners(configured()))])
    assert [word for word in (SECRET, OTHER, "932111111111", "key-of", "secret-of") if word in told] == []


def test_it_mounts_in_one_line(ledger: Remembering) -> None:
    own = Starlette(routes=[Mount("/voice", webhooks.app(ledger, configured()))])
    assert ask(own, f"/voice{ALERTS}", body(row())).status == 200
    assert ask(own, ALERTS, body(row())).status == 404
    assert len(ledger.known) == 1


def test_many_at_once_wait_for_the_disk_together(app: Starlette, ledger: Remembering) -> None:
    async def check() -> None:
        ledger.open.clear()
        asking = [asyncio.create_task(asked(app, ALERTS, body(row(str(number))))) for number in range(50)]
        await asyncio.sleep(0.2)
        asking[20].cancel()  # its connection is gone; its report and everybody else's stay
        ledger.open.set()
        answers = await asyncio.gather(*asking, return_exceptions=True)
        assert [getattr(answer, "status", answer) for answer in answers[:20] + answers[21:]] == [200] * 49

    asyncio.run(check())
    assert len(ledger.known) == sum(ledger.lots) == 50
    assert len(ledger.lots) <= 3


def test_who_comes_while_a_lot_is_written_waits_for_the_next(app: Starlette, ledger: Remembering) -> None:
    async def check() -> None:
        ledger.open.clear()
        first = asyncio.create_task(asked(app, ALERTS, body(row("1"))))
        assert await asyncio.to_thread(ledger.hearing.wait, 20)
        second = asyncio.create_task(asked(app, ALERTS, body(row("2"))))
        await asyncio.sleep(0.1)
        ledger.open.set()
        assert [(await each).status for each in (first, second)] == [200, 200]

    asyncio.run(check())
    assert ledger.lots == [1, 1]
    assert len(ledger.known) == 2


def test_it_needs_its_extra_and_says_so(monkeypatch: pytest.MonkeyPatch, ledger: Remembering) -> None:
    told = r'reports are taken with {}, which is not installed: pip install "voicehub-core\[server\]"'
    app = webhooks.app(ledger, configured())
    for module, missing in (("_app", "starlette.applications"), ("_server", "uvicorn")):
        monkeypatch.delitem(sys.modules, f"voicehub.webhooks.{module}", raising=False)
        monkeypatch.delattr(webhooks, module, raising=False)
        monkeypatch.setitem(sys.modules, missing, None)
        with pytest.raises(ConfigError, match=told.format(missing)):
            webhooks.app(ledger, configured()) if module == "_app" else webhooks.serve(app, None)  # type: ignore[arg-type]
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            ACCOUNTS.replace("webhook", "# webhook"),
            r"no account has a webhook secret, .*: write webhook = \"[\w-]{43}\" into \[accounts.alerts\]; write ",
        ),
        (
            f'[accounts.a]\nprovider = "twilio"\naccount_sid = "AC{"0" * 32}"\nauth_token = "{"1" * 32}"\n',
            "no account has a webhook secret, .* no vendor of these accounts pushes reports that are known here",
        ),
        (ACCOUNTS.replace(SECRET, "short"), r"\[accounts.alerts\] webhook: is not 32 or more letters"),
    ],
)
def test_who_cannot_be_served_is_told(text: str, told: str, ledger: Remembering) -> None:
    with pytest.raises(ConfigError, match=told):
        webhooks.app(ledger, configured(text))


def test_a_secret_where_nothing_is_pushed_is_refused(ledger: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = configured(ACCOUNTS.replace("[accounts.backup]", "verify_reports = true\n[accounts.backup]"))
    monkeypatch.setattr(Onbuka, "abilities", {})
    with pytest.raises(ConfigError, match=r"\[accounts.alerts\] verify_reports: onbuka-v3 cannot be asked"):
        webhooks.app(ledger, configuration)
    monkeypatch.setattr(Onbuka, "reports", None)
    with pytest.raises(ConfigError, match=r"\[accounts.alerts\] webhook: onbuka-v3 pushes no reports"):
        webhooks.app(ledger, configuration)
    assert list(webhooks.lacking(configuration)) == []
