"""Campaigns that play a file: each account holds it before anybody is claimed, and another file is another plan."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import ledgers
from tests.campaign.engines import Nobody, planned
from tests.campaign.memory import MemoryLedger
from tests.campaign.support import PROVIDERS, configuration, dialled, numbers
from voicehub import Announcement, AskError, AudioFile, ConfigError, MessageError, config
from voicehub.campaign import AccountStopped, Campaign, CampaignState, Counts, Event, Ledger, Moved, Plan, plan
from voicehub.campaign._run import slot
from voicehub.campaign._run.governor import Governor
from voicehub.campaign._run.order import Accounts, Order
from voicehub.campaign._run.parts import Account, Clocks, Turn
from voicehub.campaign._run.run import Run
from voicehub.client import Client
from voicehub.sandbox import SandboxServer, Script

MP3 = b"ID3\x04\0" + b"sound" * 9
FALLBACK = 'fallback = ["backup"]'


def made(ledger: Ledger, path: Path, count: int = 40, name: str = "c", **announced: Any) -> Plan:
    Path("callees.csv").write_text("\n".join(["phone", *numbers(count)]))
    announcement = Announcement(content=AudioFile("reminder.mp3"), **announced)
    return plan(ledger, name, "callees.csv", announcement, configuration=config.load(path), account="alerts")


@pytest.fixture(autouse=True)
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = Path("reminder.mp3")
    path.write_bytes(MP3)
    return path


@pytest.fixture(name="vendors")
def vendors_fixture() -> Any:
    with SandboxServer(PROVIDERS, script=Script({})) as server:
        yield server


def files(server: SandboxServer, path: Path, account: str) -> list[str]:
    with Client.from_config(path, account=account) as client:
        return [file.file_id for file in client.files()]


def played(server: SandboxServer, account: str) -> set[str]:
    return {call.message.content.file_id for call in server.archive.calls.get(account, [])}  # type: ignore[union-attr]


def test_the_recording_is_uploaded_once_and_then_everybody_hears_it(vendors: SandboxServer) -> None:
    path, ledger = configuration(vendors, alerts="[accounts.alerts.limits]\ncallees = 2"), ledgers.make()
    made(ledger, path)
    assert files(vendors, path, "alerts") == [], "a plan uploads nothing"
    one = Campaign.open(ledger, "c", configuration=path)
    assert one.run(ramp=False, max_calls=10).counts.accepted == 10
    assert one.run(ramp=False).counts == Counts(accepted=40)
    (held,) = files(vendors, path, "alerts")
    assert played(vendors, "alerts") == {held}
    assert sorted(dialled(vendors)) == numbers(40)
    assert files(vendors, path, "backup") == [], "who is not needed holds nothing"
    ledger.close()


def test_each_account_holds_its_own(vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first cannot even be given the recording: nobody is claimed for it, and the other phones everybody."""
    path, ledger = configuration(vendors, alerts=FALLBACK), MemoryLedger()
    digest = made(ledger, path).digest
    claimed: list[str] = []
    real: Any = ledger.claim

    def claim(name: str, account: str, **more: Any) -> Any:
        claimed.append(account)
        return real(name, account, **more)

    monkeypatch.setattr(ledger, "claim", claim)
    wrong = path.read_text().replace(
        str(PROVIDERS["alerts"].sample_settings["api_secret"]), "wrong-secret-of-alerts", 1
    )
    path.write_text(wrong)
    events = list(Campaign.open(ledger, "c", configuration=path).events(plan=digest))
    (stopped,) = [event for event in events if isinstance(event, AccountStopped)]
    assert stopped.account == "alerts"
    assert Moved("alerts", "backup") in events
    assert set(claimed) == {"backup"}
    assert ledger.record("c").counts == Counts(accepted=40)
    assert {row.account for row in vendors.dialled} == {"backup"}
    assert played(vendors, "backup") == set(files(vendors, path, "backup"))
    assert {result.attempt for result in ledger.results("c")} == {1}


@pytest.mark.parametrize("wide", [True, False], ids=["ramp", "no ramp"])
def test_an_upload_that_fails_stops_the_account_and_loses_nobody(
    vendors: SandboxServer, wide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upload(*_: Any, **__: Any) -> None:
        raise AskError("nothing left: no route to the vendor")

    path, ledger = configuration(vendors), MemoryLedger()
    made(ledger, path)
    with monkeypatch.context() as unreachable:
        unreachable.setattr(Client, "upload", upload)
        status = Campaign.open(ledger, "c", configuration=path).run(ramp=wide)
    assert (status.state, status.counts) == (CampaignState.PAUSED, Counts(pending=40))
    assert status.reason is not None
    assert status.reason.startswith("account alerts has stopped: nothing left")
    assert {result.attempt for result in ledger.results("c")} == {0}
    assert vendors.dialled == []
    assert Campaign.open(ledger, "c", configuration=path).run().counts == Counts(accepted=40)


def test_of_slots_that_need_it_at_once_one_uploads(vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads: list[str | None] = []
    real = Client.upload

    def upload(client: Client, source: Any, **more: Any) -> Any:
        uploads.append(client.account)
        time.sleep(0.02)
        return real(client, source, **more)

    monkeypatch.setattr(Client, "upload", upload)
    path, ledger = configuration(vendors, alerts=FALLBACK), MemoryLedger()
    made(ledger, path)
    exchange = Accounts(Order.of(ledger.record("c").document), config.load(path), time.time)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(exchange.prepare, ["alerts", "backup"] * 4))
    assert sorted(map(str, uploads)) == ["alerts", "backup"]


def test_an_interruption_while_it_is_uploaded_claims_nobody(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upload(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(Client, "upload", upload)
    path, ledger = configuration(vendors), MemoryLedger()
    made(ledger, path)
    with pytest.raises(SystemExit):
        Campaign.open(ledger, "c", configuration=path).run()
    assert ledger.record("c").counts == Counts(pending=40)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "account alerts: .*cannot be read"),
        (b"no sound", "account alerts: .*(mp3|format)"),
        (b"", "account alerts"),
    ],
)
def test_what_no_vendor_takes_is_refused_when_it_is_planned(
    vendors: SandboxServer, recording: Path, content: bytes | None, said: str
) -> None:
    recording.unlink()
    if content is not None:
        recording.write_bytes(content)
    ledger = MemoryLedger()
    with pytest.raises(MessageError, match=said):
        made(ledger, configuration(vendors))
    assert list(ledger.names()) == []


def test_every_account_of_the_chain_is_asked(vendors: SandboxServer) -> None:
    path = configuration(vendors, alerts='fallback = ["speaks"]')
    speaks = '\n[accounts.speaks]\nprovider = "twilio"\naccount_sid = "AC' + "0" * 32 + '"\nauth_token = "' + "1" * 32
    path.write_text(path.read_text() + speaks + '"\n')
    with pytest.raises(MessageError, match="account speaks"):
        made(MemoryLedger(), path, caller_id="15005550006")


def test_another_recording_is_another_plan(vendors: SandboxServer, recording: Path) -> None:
    path, ledger = configuration(vendors), MemoryLedger()
    digest = made(ledger, path).digest
    assert made(ledger, path, name="again").digest == digest
    recording.write_bytes(MP3 + b"!")
    assert made(ledger, path, name="other").digest != digest
    one = Campaign.open(ledger, "c", configuration=path)
    with pytest.raises(ConfigError, match="not as planned any more: recording of account alerts"):
        one.run(plan=digest)
    with pytest.raises(ConfigError, match="not as planned any more: recording of account alerts"):
        one.run()  # it was never begun, so this is to run what was planned
    recording.unlink()
    with pytest.raises(ConfigError, match=r"the file reminder\.mp3 cannot be read: No such file"):
        one.run()
    assert ledger.record("c").counts == Counts(pending=40)
    assert vendors.dialled == []
    recording.write_bytes(MP3)
    assert one.run(plan=digest).counts == Counts(accepted=40)


@pytest.mark.parametrize("when", ["before", "while"])
def test_an_account_that_comes_later_plays_the_planned_recording_or_none(
    vendors: SandboxServer, recording: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The file is replaced while the campaign runs, before the next account is given it, or just then."""
    path, ledger = configuration(vendors, alerts=FALLBACK), MemoryLedger()
    made(ledger, path)
    exchange = Accounts(Order.of(ledger.record("c").document), config.load(path), time.time)
    exchange.prepare("alerts")
    real: Any = Client.upload

    def upload(client: Client, source: Any) -> Any:
        recording.write_bytes(MP3 + b"!")
        return real(client, source)

    if when == "before":
        recording.write_bytes(MP3 + b"!")
    else:
        monkeypatch.setattr(Client, "upload", upload)
    with pytest.raises(ConfigError, match="the recording is not the one that was planned"):
        exchange.prepare("backup")
    assert len(files(vendors, path, "backup")) == (when == "while")
    exchange.prepare("alerts")  # which holds the planned one


def test_it_is_found_wherever_the_campaign_is_run_from(
    vendors: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, ledger = configuration(vendors), MemoryLedger()
    made(ledger, path)
    assert ledger.record("c").document["announcement"]["content"]["path"] == str(Path("reminder.mp3").absolute())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert Campaign.open(ledger, "c", configuration=path).run().counts == Counts(accepted=40)


def test_nobody_is_claimed_before_the_account_is_ready() -> None:
    """The order of the slot itself: prepared, then claimed; and what it could not get is told to the run."""
    log: list[object] = []

    class Governor:
        ready = False

    class Turn:
        account, governor = "a", Governor()

    class Run:
        turns = 2

        def turn(self, _: int) -> Turn | None:
            self.turns -= 1
            return Turn() if self.turns >= 0 else None

        def claim(self, _: Turn) -> None:
            log.append("claim")

        def give_up(self, _: Turn, why: str) -> None:
            log.append(why)

    steps = slot.slot(Run(), 0)  # type: ignore[arg-type]
    assert next(steps) == slot.Prepare("a")
    assert steps.send(OSError("no way")) == slot.Prepare("a")
    with pytest.raises(StopIteration):
        steps.send(None)
    assert log == ["no way", "claim"]


def test_of_slots_that_give_up_together_one_stops_the_account() -> None:
    told: list[Event] = []

    class Driver:
        def start(self, number: int) -> None: ...

        def ring(self, number: int) -> None: ...

        def tell(self, event: Event) -> None:
            told.append(event)

    ledger = planned(3)
    chain = [Account("a", Governor(2, ramp=False)), Account("b", Governor(2, ramp=False))]
    clocks, counts = Clocks(time.monotonic, time.time), ledger.record("c").counts
    run = Run(ledger, "c", chain, Driver(), counts=counts, clocks=clocks, screen=Nobody())
    turns = [run.turn(number) for number in (0, 1)]
    for turn in turns:
        assert isinstance(turn, Turn)
        assert turn.account == "a"
        run.give_up(turn, "no way")
    assert told == [AccountStopped("a", "no way"), Moved("a", "b")]
    assert ledger.record("c").counts == Counts(pending=6)
    assert isinstance(next_one := run.turn(0), Turn)
    assert next_one.account == "b"
