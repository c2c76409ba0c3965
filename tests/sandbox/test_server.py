"""The server as a client meets it: what was said of each callee against what was dialled, fault by fault."""

import dataclasses
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.toys import FIRST, PROVIDERS, SECOND, call, message, raw, whole
from voicehub import Client, InDoubt, Receipt, RefusalKind, Refused, UploadedAudio, VoiceMessage
from voicehub.provider import Provider, Span
from voicehub.receipt import Status
from voicehub.sandbox import Dialled, Fault, SandboxServer, _faults

ACCOUNTS = list(PROVIDERS)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(PROVIDERS) as server:
        yield server


def send(provider: Provider, asked: VoiceMessage, **options: float) -> Receipt | Refused | InDoubt:
    with Client(provider, account="a", timeout_seconds=options.get("timeout_seconds", 20)) as client:
        try:
            return client.send(asked)
        except (Refused, InDoubt) as error:
            return error


def statuses(said: Receipt | Refused | InDoubt) -> list[Status]:
    receipt = said if isinstance(said, Receipt) else said.receipt
    return [outcome.status for outcome in receipt]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_what_is_accepted_was_dialled(sandbox: SandboxServer, account: str) -> None:
    before = len(sandbox.dialled)
    asked = message(FIRST, "+93210000001", SECOND)
    said = send(sandbox.provider(account), asked)
    assert isinstance(said, Receipt)
    assert statuses(said) == ["accepted", "refused", "accepted"]
    dialled = sandbox.dialled[before:]
    assert [(row.callee, row.call_id) for row in dialled] == [(row.callee, row.call_id) for row in said.accepted]
    assert {(row.account, row.provider) for row in dialled} == {(account, PROVIDERS[account].name)}
    assert abs(dialled[0].at - time.time()) < 60


FATES: Mapping[str, tuple[list[Status], list[str]]] = {
    "reset-before": (["in_doubt", "in_doubt"], []),
    "reset-after": (["in_doubt", "in_doubt"], [FIRST, SECOND]),
    "error-after": (["in_doubt", "in_doubt"], [FIRST, SECOND]),
    "truncated": (["in_doubt", "in_doubt"], [FIRST, SECOND]),
    "slow": (["accepted", "accepted"], [FIRST, SECOND]),
    "missing-row": (["in_doubt", "accepted"], [FIRST, SECOND]),
    "expired": (["refused", "refused"], []),
    "no-balance": (["refused", "refused"], []),
}


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("fault", FATES)
def test_every_fault_is_told_for_what_it_is(fault: str, account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_faults, "SLOW_SECONDS", 0.2)
    with SandboxServer(PROVIDERS, faults=[Fault(fault)]) as server:
        said = send(server.provider(account), message())
    expected, dialled = FATES[fault]
    assert statuses(said) == expected
    assert [row.callee for row in server.dialled] == dialled
    if isinstance(said, Refused):
        assert said.kind is {"expired": RefusalKind.CLOCK, "no-balance": RefusalKind.BALANCE}[fault]


def test_whoever_gives_up_on_a_slow_vendor_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_faults, "SLOW_SECONDS", 0.5)
    with SandboxServer(PROVIDERS, faults=[Fault("slow")]) as server:
        said = send(server.provider("alerts"), message(), timeout_seconds=0.2)
    assert statuses(said) == ["in_doubt", "in_doubt"]
    assert len(server.dialled) == 2


def test_a_share_of_the_requests_suffers_and_the_seed_says_which() -> None:
    def struck(seed: int) -> list[bool]:
        with SandboxServer(PROVIDERS, faults=[Fault("error-after", 0.5)], seed=seed) as server:
            provider = server.provider("alerts")
            return [isinstance(send(provider, message()), InDoubt) for _ in range(12)]

    first = struck(1)
    assert struck(1) == first != struck(2)
    assert 1 < sum(first) < 11


def test_resets_are_resets_and_a_truncated_answer_is_cut_short() -> None:
    def heard(fault: str) -> bytes:
        with SandboxServer({"a": whole()}, faults=[Fault(fault)]) as server, raw(server) as connection:
            connection.sendall(call(b"x +932111111111"))
            return b"".join(iter(lambda: connection.recv(4096), b""))

    for fault in ("reset-before", "reset-after"):
        with pytest.raises(ConnectionResetError):
            heard(fault)
    head, _, body = heard("truncated").partition(b"\r\n\r\n")
    assert (b"content-length: 6" in head, body) == (True, b"cal")


def test_the_log_is_written_before_the_answer_leaves() -> None:
    logged, go_on = threading.Event(), threading.Event()

    def log(_: Dialled) -> None:
        logged.set()
        assert go_on.wait(10)

    with SandboxServer({"a": whole()}, log=log) as server, raw(server) as connection:
        connection.sendall(call(b"x +932111111111"))
        assert logged.wait(10)
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        go_on.set()
        connection.settimeout(10)
        assert connection.recv(12) == b"HTTP/1.1 200"
    assert len(server.dialled) == 1


def test_a_log_that_fails_leaves_the_client_in_doubt() -> None:
    def log(_: Dialled) -> None:
        raise OSError("no space left")

    with SandboxServer(PROVIDERS, log=log) as server:
        said = send(server.provider("calls"), message(FIRST))
    assert statuses(said) == ["in_doubt"]
    assert [row.callee for row in server.dialled] == [FIRST]


def test_many_clients_at_once_are_all_accounted_for() -> None:
    asked = [message(*(f"+9321{batch:02}{place:05}" for place in range(1000, 1050))) for batch in range(12)]
    with SandboxServer(PROVIDERS) as server, ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda one: send(server.provider("alerts"), one), asked))
    accepted = [row for receipt in said if isinstance(receipt, Receipt) for row in receipt.accepted]
    assert sorted(row.callee for row in accepted) == sorted(callee for one in asked for callee in one.to)
    assert {(row.callee, row.call_id) for row in accepted} == {(row.callee, row.call_id) for row in server.dialled}
    assert len({row.call_id for row in server.dialled}) == len(server.dialled) == 600


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_wrong_secret_is_refused(sandbox: SandboxServer, account: str) -> None:
    served = sandbox.provider(account)
    values = {**served.sample_settings, "base_url": served.settings.base_url, "api_secret": "guessed"}
    before = len(sandbox.dialled)
    said = send(type(served)(served.Settings(**values)), message())
    assert isinstance(said, Refused)
    assert (said.kind, len(sandbox.dialled)) == (RefusalKind.AUTH, before)


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize(("seconds", "on_time"), [(-1790, True), (1790, True), (-1830, False), (1830, False)])
def test_the_timestamp_window_is_kept(sandbox: SandboxServer, account: str, seconds: int, on_time: bool) -> None:
    before = len(sandbox.dialled)
    with Client(sandbox.provider(account), clock=lambda: time.time() + seconds) as client:
        if on_time:
            assert len(client.send(message()).accepted) == 2
        else:
            with pytest.raises(Refused) as caught:
                client.send(message())
            assert caught.value.kind is RefusalKind.CLOCK
    assert len(sandbox.dialled) - before == (2 if on_time else 0)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_limits_are_kept_from_the_vendors_side_as_the_account_overrides_them(account: str) -> None:
    provider = PROVIDERS[account]
    rows = provider.limits[UploadedAudio]

    def taking(callees: int) -> Provider:
        moved = dataclasses.replace(rows, callees=Span(1, callees, "callees", "test", ""))
        return type(provider)(provider.settings, limits={UploadedAudio: moved})

    with SandboxServer({account: taking(3)}) as server:
        served = server.provider(account)
        assert served.limits[UploadedAudio].callees.high == 3
        past_the_check = type(provider)(served.settings, limits=taking(1000).limits)
        three, four = ([f"+93211111110{place}" for place in range(2, 2 + count)] for count in (3, 4))
        said = send(past_the_check, message(*four))
        assert isinstance(said, Refused)
        assert (said.kind, server.dialled) == (RefusalKind.REQUEST, [])
        assert statuses(send(past_the_check, message(*three))) == ["accepted"] * 3
