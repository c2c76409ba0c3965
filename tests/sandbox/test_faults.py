"""What is written on a command line, and how often a fault strikes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.toys import whole
from voicehub import ConfigError
from voicehub.sandbox import FAULTS, Fault, SandboxServer, parse_fault
from voicehub.sandbox._faults import parted, struck_by


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("slow", Fault("slow", 1.0)),
        ("reset-after:0.25", Fault("reset-after", 0.25)),
        ("expired:.5", Fault("expired", 0.5)),
        ("truncated:1", Fault("truncated", 1.0)),
    ],
)
def test_a_name_with_or_without_a_share(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize("share", ["0", "0.0", "1.01", "2", "-1", "", "nan", "inf", "ten", "1e-1", "٠.٥", "1:1"])
def test_a_share_is_above_0_and_at_most_1(share: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_fault(f"slow:{share}")
    assert str(caught.value) == "fault slow: the share of requests is above 0 and at most 1, such as 0.1"


@pytest.mark.parametrize("text", ["", "sloww", "SLOW", ":0.5", "slow\x1b"])
def test_an_unknown_name_is_told_all_names(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_fault(text)
    assert str(caught.value).endswith(f"the faults are {', '.join(FAULTS)}")
    assert "\x1b" not in str(caught.value)


@given(st.text())
def test_any_text_is_a_fault_or_a_configuration_error(text: str) -> None:
    try:
        fault = parse_fault(text)
    except ConfigError:
        return
    assert fault.name in FAULTS
    assert 0 < fault.share <= 1


def test_shares_add_up_to_at_most_1_of_requests_and_of_reports() -> None:
    requests = (Fault("slow", 0.7), Fault("expired", 0.2), Fault("truncated", 0.1))
    reports = (Fault("report-late", 0.9), Fault("report-twice", 0.1))
    assert parted([*reports, *requests]) == (requests, reports)
    with pytest.raises(ConfigError, match=r"add up to 1\.5, and a request has one fault at most.* slow:0\.5"):
        SandboxServer({}, faults=[Fault("slow"), Fault("expired", 0.5)])
    with pytest.raises(ConfigError, match=r"add up to 2, and a report has one fault at most.* report-twice:0\.5"):
        SandboxServer({}, faults=[Fault("slow"), Fault("report-twice"), Fault("report-late")])


def test_a_fault_no_vendor_has_a_word_for_is_refused_at_start() -> None:
    with pytest.raises(ConfigError) as caught:
        SandboxServer({"a": whole()}, faults=[Fault("slow", 0.5), Fault("expired", 0.5)])
    assert str(caught.value) == "fault expired cannot be played: no provider here has a code for clock"


@given(st.floats(0, 1, exclude_max=True))
def test_a_lot_falls_on_the_fault_whose_stretch_it_is_in(lot: float) -> None:
    expected = "slow" if lot < 0.25 else "truncated" if lot < 0.75 else None
    assert struck_by([Fault("slow", 0.25), Fault("truncated", 0.5)], lot) == expected


def test_each_fault_strikes_its_share() -> None:
    lots = random.Random(1)
    struck = [struck_by([Fault("slow", 0.1), Fault("truncated", 0.3)], lots.random()) for _ in range(10_000)]
    assert 900 < struck.count("slow") < 1100
    assert 2800 < struck.count("truncated") < 3200
