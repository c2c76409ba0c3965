"""A file of callees becomes a campaign: what is kept, what is left out and told, and what is refused."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voicehub_onbuka import Onbuka

from tests.campaign.memory import MemoryLedger
from voicehub import Announcement, ConfigError, MessageError, NamedAudio, Speech, UploadedAudio, config
from voicehub.campaign import CampaignState, Plan, plan
from voicehub.campaign._input.source import Source
from voicehub.campaign._plan import plan as planning
from voicehub.campaign._plan.terms import announced
from voicehub.campaign._run.governor import RAMP
from voicehub.config import Configuration
from voicehub.errors import LedgerError

ANNOUNCEMENT = Announcement(content=UploadedAudio("a.mp3"))
ACCOUNTS = """
default_account = "alerts"
[accounts.alerts]
provider = "onbuka-v3"
api_key = "the-key"
api_secret = "the-secret"
app_id = "app"
fallback = ["backup"]
[accounts.alerts.limits]
callees = 3
[accounts.backup]
provider = "itniotech"
api_key = "the-key"
api_secret = "the-secret"
app_id = "app"
"""
ALONE = (
    ACCOUNTS.partition("[accounts.backup]")[0]
    .replace('fallback = ["backup"]', "")
    .replace("[accounts.alerts.limits]\ncallees = 3", "")
)


def configured(more: str = "", text: str = ACCOUNTS) -> Configuration:
    Path("voicehub.toml").write_text(text + more)
    return config.load("voicehub.toml")


def written(*rows: str, header: str = "phone", path: str = "callees.csv") -> Path:
    file = Path(path)
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return file


def planned(*rows: str, ledger: MemoryLedger | None = None, **options: Any) -> Plan:
    options.setdefault("configuration", configured())
    return plan(ledger or MemoryLedger(), "c", written(*rows), options.pop("announcement", ANNOUNCEMENT), **options)


def batches(ledger: MemoryLedger) -> Iterator[tuple[str, ...]]:
    ledger.own()
    ledger.change("c", CampaignState.RUNNING, now=1.0)
    while claim := ledger.claim("c", "alerts", most=None, now=2.0):
        yield claim.callees


def test_the_callees_are_kept_in_order_in_batches_of_the_vendors_size() -> None:
    ledger = MemoryLedger()
    found = planned("+93 211 111 111", "932111112", "932111113", "(93) 2111-1114", ledger=ledger)
    assert (found.rows, found.valid, found.duplicates, found.invalid, found.batches) == (4, 4, 0, {}, 2)
    assert (found.account, found.chain) == ("alerts", ("alerts", "backup"))
    assert found.providers == ("onbuka-v3", "itniotech")
    assert ledger.record("c").counts.pending == 4
    assert list(batches(ledger)) == [("+93211111111", "+932111112", "+932111113"), ("+9321111114",)]


def test_who_comes_twice_or_is_no_number_is_left_out_and_told_with_line_and_reason() -> None:
    ledger = MemoryLedger()
    rows = ("932111111", "0093", "+932111111", "932111112", "x", "932 111 112", "932111113", "932111114")
    found = planned(*rows, ledger=ledger, rejects="out.csv")
    assert (found.rows, found.valid, found.duplicates) == (8, 4, 2)
    assert sum(found.invalid.values()) == 2
    assert found.countries == {"+93 Afghanistan": 4}
    assert list(batches(ledger)) == [("+932111111", "+932111112", "+932111113"), ("+932111114",)]
    with Path("out.csv").open(newline="") as file:
        told = list(csv.DictReader(file))
    assert [(row["line"], row["number"]) for row in told] == [
        ("3", "0093"),
        ("4", "+932111111"),
        ("6", "x"),
        ("7", "932 111 112"),
    ]
    assert [row["reason"].rpartition("the same callee as ")[2] for row in told[1::2]] == [
        "the row on line 2",
        "the row on line 5",
    ]
    assert "starts with 00" in told[0]["reason"]


@given(
    st.lists(
        st.sampled_from(["932111111", "+93 2111112", "9321 11113", "932111114", "932111115", "no", "00932111111"]),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_the_rows_each_valid_number_is_kept_once_at_its_first_place(rows: list[str]) -> None:
    valid = ["+" + row.replace(" ", "").removeprefix("+") for row in rows if row not in ("no", "00932111111")]
    ledger = MemoryLedger()
    if not valid:
        with pytest.raises(ConfigError, match="no row of"):
            planned(*rows, ledger=ledger)
        assert ledger.names() == ()
        return
    found = planned(*rows, ledger=ledger)
    assert [callee for batch in batches(ledger) for callee in batch] == list(dict.fromkeys(valid))
    assert found.valid == len(set(valid))
    assert found.duplicates == len(valid) - len(set(valid))
    assert sum(found.invalid.values()) == len(rows) - len(valid)
    assert sum(found.countries.values()) == found.valid


def test_a_batch_of_duplicates_only_is_no_request() -> None:
    found = planned("932111111", "932111112", "932111113", "932111111", "932111112", "932111113")
    assert (found.valid, found.batches) == (3, 1)


@pytest.mark.parametrize(
    ("callees", "batch", "first"),
    [
        (997, 1000, (1, 10, 50)),
        (4, 1000, (1, 3)),
        (2, 1000, (1, 1)),
        (1, 1000, (1,)),
        (30, 3, (1, 2, 3)),
        (5, 1, (1, 1, 1)),
        (12, 10, (1, 9, 2)),
    ],
)
def test_how_a_run_begins_is_told(callees: int, batch: int, first: tuple[int, ...]) -> None:
    assert planning._first_requests(callees, batch) == first


def test_how_a_run_begins_is_how_it_begins() -> None:
    ledger = MemoryLedger()
    found = planned(*(f"93211111{n:04d}" for n in range(11)), ledger=ledger)
    ledger.own()
    ledger.change("c", CampaignState.RUNNING, now=1.0)
    sizes = []
    for most in RAMP:
        claim = ledger.claim("c", "alerts", most=most, now=2.0)
        assert claim is not None
        sizes.append(len(claim.callees))
    assert found.first == tuple(sizes) == (1, 2, 3)


def test_an_announcement_is_shown_without_what_may_be_a_token() -> None:
    chain = [{"account": "a", "content": {"kind": "audio_url", "url": "https://me:pw@x.example/secret.mp3?t=1"}}]
    told = announced({"chain": chain, "announcement": {"content": {}, "plays": 2}})
    assert told == {"plays": 2, "content": {"a": {"kind": "audio_url", "url": "https://x.example/..."}}}
    assert "me:pw" in chain[0]["content"]["url"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("pace", "seconds"),
    [("", None), ("requests_per_second = 0.5", 4.0), ("requests_per_second = 100\ncalls_per_second = 2", 2.0)],
)
def test_how_long_it_takes_is_told_at_the_accounts_pace(pace: str, seconds: float | None) -> None:
    found = planned(*map(str, range(932111111, 932111115)), configuration=configured(f"[accounts.alerts.pace]\n{pace}"))
    assert found.seconds == seconds


def test_progress_is_told_while_it_reads() -> None:
    told: list[tuple[int, int, int]] = []
    planned("932111111", "932111112", on_progress=lambda *now: told.append(now))
    size = Path("callees.csv").stat().st_size
    assert told[-1] == (2, size, size)


def test_the_plan_as_json_is_json() -> None:
    found = planned("932111111")
    assert json.loads(json.dumps(found.as_dict()))["digest"] == found.digest


WRONG: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: planned("932111111", announcement=Announcement(content=Speech("hi", "xx-QQ"), plays=7)),
        "account alerts: ",
    ),
    (
        lambda: planned("932111111", announcement=ANNOUNCEMENT.model_copy(update={"ring_timeout_seconds": 60})),
        "ring_timeout_seconds: account backup: ",
    ),
    (
        lambda: planned(
            "932111111", announcement=ANNOUNCEMENT.model_copy(update={"provider_options": {"twilio": {"a": 1}}})
        ),
        "twilio",
    ),
]


@pytest.mark.parametrize(("act", "told"), WRONG)
def test_what_an_account_of_the_chain_cannot_carry_is_refused_now(act: Callable[[], Any], told: str) -> None:
    with pytest.raises(MessageError, match=told):
        act()


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: plan(MemoryLedger(), "", written("932111111"), ANNOUNCEMENT, configuration=configured()), "name"),
    (lambda: planned("932111111", not_phoned_within_hours=0), "above 0"),
    (lambda: planned("932111111", not_phoned_within_hours=float("nan")), "above 0"),
    (lambda: planned("932111111", do_not_call="none.txt"), "none.txt"),
    (lambda: planned("932111111", rejects="callees.csv"), "the input itself"),
    (lambda: planned("932111111", rejects="no/such/folder/out.csv"), "cannot be written"),
    (lambda: planned("932111111", account="other"), "no account 'other'"),
    (lambda: planned("932111111", announcement=Announcement(content=NamedAudio("hello"))), "audio.hello"),
    (lambda: plan(MemoryLedger(), "c", "none.csv", ANNOUNCEMENT, configuration=configured()), "none.csv"),
    (lambda: planned(), "no row|empty"),
    (lambda: planned("nobody", "12"), "no row of 2"),
]


@pytest.mark.parametrize(("act", "told"), REFUSED)
def test_what_the_person_has_to_change_is_one_line(act: Callable[[], Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        act()
    assert "\n" not in str(caught.value)


def test_the_name_of_another_campaign_is_taken() -> None:
    ledger = MemoryLedger()
    planned("932111111", ledger=ledger)
    with pytest.raises(LedgerError, match="'c'"):
        planned("932111112", ledger=ledger)


def test_a_file_that_changes_while_it_is_read_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = MemoryLedger()
    real = Source.fingerprint

    def fingerprint(self: Source) -> Any:
        os.utime("callees.csv", (1, 1))
        return real(self)

    monkeypatch.setattr(Source, "fingerprint", fingerprint)
    with pytest.raises(ConfigError, match="changed"):
        planned("932111111", ledger=ledger)
    assert ledger.names() == ()


def test_a_vendor_without_a_bound_gets_batches_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "_BATCH", 2)
    bounded = Onbuka.limits[UploadedAudio]
    unbounded = replace(bounded, callees=replace(bounded.callees, high=None))
    monkeypatch.setattr(Onbuka, "limits", {UploadedAudio: unbounded})
    found = planned(*map(str, range(932111111, 932111114)), configuration=configured(text=ALONE))
    assert found.batches == 2


def test_numbers_the_vendor_cannot_dial_are_left_out_with_its_rule() -> None:
    short = ACCOUNTS.replace("callees = 3", "callees = 3\ncallee_digits = [9, 10]")
    found = planned("932111111", "93211111122", "9321111", configuration=configured(text=short))
    assert found.valid == 1
    assert all("onbuka-v3 takes" in reason for reason in found.invalid)
    assert sum(found.invalid.values()) == 2
