"""`--until`: a time of today or an ISO 8601 one, by the machine's clock, and never one that is over."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
import pytest

from voicehub.cli._campaign import until

OPTION = click.Option(["--until"])
CONTEXT = click.Context(click.Command("run"))


@pytest.fixture(autouse=True)
def in_kabul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """UTC+04:30, without a rule for summer."""
    monkeypatch.setenv("TZ", "<+0430>-4:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Noon(datetime):
    """Now is noon in Kabul on a day in November."""

    @classmethod
    def now(cls, tz: object = None) -> "Noon":
        return cls(2026, 11, 22, 12, 0, 30)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(until, "datetime", Noon)


def read(value: str | None) -> float | None:
    return until.parsed(CONTEXT, OPTION, value)


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("18:00", datetime(2026, 11, 22, 13, 30, tzinfo=UTC)),
        ("12:01", datetime(2026, 11, 22, 7, 31, tzinfo=UTC)),
        ("2026-11-22T18:00", datetime(2026, 11, 22, 13, 30, tzinfo=UTC)),
        ("2026-11-22 18:00:30", datetime(2026, 11, 22, 13, 30, 30, tzinfo=UTC)),
        ("2026-11-22T18:00Z", datetime(2026, 11, 22, 18, 0, tzinfo=UTC)),
        ("2026-11-23T02:00+01:00", datetime(2026, 11, 23, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_the_machines_zone_unless_it_says_another(written: str, meant: datetime) -> None:
    assert read(written) == meant.timestamp()


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("written", ["12:00", "0:01", "2026-11-22T12:00:30", "2026-11-22T07:30Z", "2020-01-01T00:00"])
def test_a_time_that_is_over_is_refused_with_the_machines_time(written: str) -> None:
    with pytest.raises(
        click.BadParameter, match=r"is in the past: it is 2026-11-22 12:00:30 \+0430 \(UTC\+04:30\) on this"
    ):
        read(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "24:00",
        "12:60",
        "1:2",
        "2026-11-22",
        "20261122",
        "9999-12-31T23:59-12:00",
        "2026-13-01T00:00",
        "\u0662:00",
    ],
)
def test_what_is_no_time_says_how_to_write_one(written: str) -> None:
    with pytest.raises(
        click.BadParameter, match="is not a time: write HH:MM for today, or ISO 8601 such as 2026-11-22T18:00"
    ):
        read(written)


def test_unset_is_no_time() -> None:
    assert read(None) is None


def test_it_is_shown_with_the_zone() -> None:
    assert until.shown((datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=1)).timestamp()) == (
        "2026-11-22 05:30:00 +0430 (UTC+04:30)"
    )
