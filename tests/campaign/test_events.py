"""What a run tells, as JSON, and how fast it says it goes."""

import json

import pytest

from voicehub.campaign import (
    AccountPaused,
    AccountStopped,
    CampaignState,
    Canceled,
    Counts,
    Event,
    Finished,
    Moved,
    Progress,
    Started,
    Status,
)
from voicehub.campaign._events import Meter

COUNTS = Counts(1, 2, 3, 4, 5, 6, 7)
CALLEES = {"total": 28, **COUNTS._asdict()}
STATUS = Status("c", CampaignState.PAUSED, "d", COUNTS, "it was stopped")


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (
            Started("c", ("a", "b"), COUNTS, 2),
            {"event": "started", "campaign": "c", "accounts": ["a", "b"], "doubts": 2, "callees": CALLEES},
        ),
        (
            Progress(COUNTS, 1.5, None),
            {"event": "progress", "callees_per_second": 1.5, "seconds_left": None, "callees": CALLEES},
        ),
        (
            AccountPaused("a", 2.0, "throttled"),
            {"event": "account_paused", "account": "a", "seconds": 2.0, "why": "throttled"},
        ),
        (AccountStopped("a", "auth"), {"event": "account_stopped", "account": "a", "why": "auth"}),
        (Moved("a", "b"), {"event": "moved", "account": "a", "next_account": "b"}),
        (Canceled(7), {"event": "canceled", "callees": 7}),
        (
            Finished(STATUS),
            {
                "event": "finished",
                "name": "c",
                "state": "paused",
                "digest": "d",
                "callees": CALLEES,
                "reason": "it was stopped",
            },
        ),
    ],
)
def test_events_are_json(event: Event, shown: object) -> None:
    assert json.loads(json.dumps(event.as_dict())) == shown


def test_the_speed_is_that_of_the_last_seconds() -> None:
    meter = Meter(Counts(pending=1000), 0.0)
    assert meter.read(Counts(pending=1000), 0.0) == Progress(Counts(pending=1000), 0.0, None)
    assert meter.read(Counts(pending=900, accepted=80, refused=15, in_doubt=5), 10.0).callees_per_second == 10.0
    told = meter.read(Counts(pending=400, submitting=100, accepted=500), 20.0)
    assert (told.callees_per_second, told.seconds_left) == (40.0, 12.5)


def test_who_is_canceled_or_suppressed_says_nothing_of_the_speed() -> None:
    meter = Meter(Counts(pending=10), 0.0)
    assert meter.read(Counts(suppressed=4, canceled=6), 1.0).callees_per_second == 0.0
