"""What was planned is what is run: else it is said what changed."""

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.campaign.memory import MemoryLedger
from tests.campaign.planning import AUDIO, A, B, configuration, file, planned
from tests.configurations import ACCOUNT, SECOND
from voicehub import ConfigError
from voicehub.campaign import Campaign, CampaignState
from voicehub.campaign._plan.moved import refuse_moved
from voicehub.campaign._plan.plan import verify

TEXT = f"phone,x\n{A},1\n{B},2\n"


def _refusal(ledger: MemoryLedger, extra: str = "", account: str = ACCOUNT, digest: str | None = None) -> str | None:
    record = ledger.record("one")
    try:
        verify(record, digest or record.document["digest"], configuration(extra, account))
    except ConfigError as error:
        return str(error)
    return None


@pytest.fixture(name="ledger")
def ledger_fixture() -> MemoryLedger:
    ledger = MemoryLedger()
    planned(ledger, file(TEXT))
    return ledger


def test_nothing_changed(ledger: MemoryLedger) -> None:
    os.utime("callees.csv", (1, 1))
    changed = ACCOUNT.replace("the-key-of-a", "another").replace("the-secret-of-a", "new")  # a key may be renewed
    assert _refusal(ledger, account=changed) is None
    assert _refusal(ledger, "[accounts.a.pace]\nslots = 3\n") is None


@pytest.mark.parametrize("begun", [False, True])
def test_what_was_never_begun_is_begun_only_as_it_was_planned(ledger: MemoryLedger, begun: bool) -> None:
    """Without a digest, too: what was planned for a pretended vendor must not go to a real one."""
    if begun:
        ledger.own()
        ledger.change("one", CampaignState.RUNNING, now=1.0)
        ledger.change("one", CampaignState.CANCELED, now=1.0)  # so that nothing is sent
    elsewhere = configuration("", ACCOUNT + 'base_url = "https://elsewhere.example"\n')
    one = Campaign.open(ledger, "one", configuration=elsewhere)
    if begun:
        assert one.run().state is CampaignState.CANCELED
    else:
        with pytest.raises(ConfigError, match="not as planned any more: settings of account a"):
            one.run()


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (
            ACCOUNT + 'base_url = "https://elsewhere.example/v3/token"\n',
            "account a was at api.itniotech.com when it was planned, and is at elsewhere.example now (base_url)",
        ),
        (
            ACCOUNT + 'base_url = "https://api.itniotech.com/v4/token"\n',
            "account a had another base_url at api.itniotech.com when it was planned",
        ),
        (
            SECOND.replace("accounts.b", "accounts.a"),
            "account a was one of itniotech when it was planned, and is one of onbuka-v3 now",
        ),
        (ACCOUNT.replace('"app', '"other'), "account a had another app_id when it was planned"),
        (
            ACCOUNT.replace('"app', '"other') + 'base_url = "https://elsewhere.example/v3/token"\n',
            "account a was at api.itniotech.com when it was planned, and is at elsewhere.example now (base_url), and"
            " had another app_id when it was planned",
        ),
    ],
    ids=["another host", "another path", "another vendor", "another account there", "another host and account"],
)
def test_what_was_begun_goes_on_where_its_calls_are_known(ledger: MemoryLedger, account: str, told: str) -> None:
    """No more is asked of a campaign that was begun: limits and keys may be others by now."""
    ledger.own()
    ledger.change("one", CampaignState.RUNNING, now=1.0)
    ledger.change("one", CampaignState.PAUSED, now=1.0)
    with pytest.raises(ConfigError) as caught:
        Campaign.open(ledger, "one", configuration=configuration("", account)).run()
    assert str(caught.value) == (
        f"{told}; the calls of campaign 'one' are not known there: put it back, or cancel the campaign and plan"
        " its canceled callees under another name"
    )
    moved = configuration("[accounts.a.limits]\nplays = 9\n", ACCOUNT.replace("the-key-of-a", "another"))
    refuse_moved("one", ledger.record("one").document, ["a"], moved)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (None, ""),
        ({}, ""),
        ({"app_id": "another"}, "had another app_id when it was planned"),
        ({"app_id": "another", "gone": 5, "unset": None}, "had another app_id and another gone when it was planned"),
        ({"api_key": "**********", "api_secret": None, "app_id": "****"}, ""),
    ],
    ids=["an older plan", "a newer plugin", "another", "an older plugin", "other keys"],
)
def test_what_the_plan_tells_of_settings(settings: dict[str, object] | None, told: str) -> None:
    """What it does not tell, and what was or became secret, may be other by now."""
    planned_so: dict[str, object] = {"account": "a"} if settings is None else {"account": "a", "settings": settings}
    refused = pytest.raises(ConfigError, match=f"^account a {told}; ") if told else nullcontext()
    with refused:
        refuse_moved("one", {"chain": [planned_so]}, ["a"], configuration())


def test_the_same_again_is_the_same_digest(ledger: MemoryLedger) -> None:
    other = MemoryLedger()
    again = planned(other, file(TEXT, "elsewhere.csv"), "two")
    assert again.digest == ledger.record("one").document["digest"]


@pytest.mark.parametrize(
    "options",
    [
        {"column": "1"},
        {"region": "AF"},
        {"not_phoned_within_hours": 1},
        {"do_not_call": "callees.csv"},
        {"announcement": AUDIO.model_copy(update={"plays": 2})},
        {"configuration": None},
    ],
)
def test_another_plan_has_another_digest(ledger: MemoryLedger, options: dict[str, object]) -> None:
    if "configuration" in options:
        options = {"configuration": configuration("[accounts.a.limits]\nplays = 9\n")}
    made = planned(MemoryLedger(), Path("callees.csv"), **options)  # type: ignore[arg-type]
    same = options == {"column": "1"}  # named or guessed, it is the same column
    assert (made.digest == ledger.record("one").document["digest"]) is same


def test_another_digest(ledger: MemoryLedger) -> None:
    told = _refusal(ledger, digest="0" * 64)
    assert told is not None
    assert told.startswith("campaign 'one' has the digest ")


@pytest.mark.parametrize(
    ("extra", "account", "told"),
    [
        ("", ACCOUNT.replace('"app"', '"other"'), "settings of account a"),
        ('base_url = "https://other.example"\n', ACCOUNT, "settings of account a"),
        ("[accounts.a.limits]\nplays = 2\n", ACCOUNT, "limits of account a"),
        ("[accounts.a.limits]\ncallees = 100\n", ACCOUNT, "the number of callees a request takes, limits of account a"),
        ('fallback = ["b"]\n' + SECOND, ACCOUNT, "the accounts (they were a)"),
        ("", SECOND.replace("accounts.b", "accounts.a"), "provider of account a"),
    ],
)
def test_the_account(ledger: MemoryLedger, extra: str, account: str, told: str) -> None:
    said = _refusal(ledger, extra, account)
    assert said is not None
    assert told in said
    assert said.startswith("not as planned any more: ")
    assert "plan again" in said
    assert "secret" not in said


def test_a_limit_that_the_announcement_does_not_fit_any_more() -> None:
    ledger = MemoryLedger()
    planned(ledger, file(TEXT), announcement=AUDIO.model_copy(update={"plays": 3}))
    said = _refusal(ledger, "[accounts.a.limits]\nplays = 2\n")
    assert said is not None
    assert "not as planned any more: plays: account a: has 3 plays" in said


def test_the_input(ledger: MemoryLedger) -> None:
    file(TEXT.replace("1\n", "3\n"))
    said = _refusal(ledger)
    assert said is not None
    assert "not as planned any more: the input file" in said
    Path("callees.csv").unlink()
    gone = _refusal(ledger)
    assert gone is not None
    assert "callees.csv: there is no such file" in gone
