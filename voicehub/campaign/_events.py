"""The events of a run, and the status of a campaign: plain data for JSON, without phone numbers."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from voicehub.campaign._ledger.contract import CampaignState, Counts, Record

_WINDOW_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Status:
    """The status of a campaign. ``reason``: why a run ended before its work was done (``None``: it was done)."""

    name: str
    state: CampaignState
    digest: str | None
    counts: Counts
    reason: str | None = None

    @classmethod
    def of(cls, record: Record, reason: str | None = None) -> "Status":
        """The status in a ledger's record."""
        return cls(record.name, record.state, record.document.get("digest"), record.counts, reason)

    def as_dict(self) -> dict[str, Any]:
        """``{"name", "state", "digest", "callees": {"total", ...the seven counts}}``, and ``"reason"`` if any."""
        shown: dict[str, Any] = {"name": self.name, "state": self.state.value, "digest": self.digest}
        shown["callees"] = {"total": self.counts.total, **self.counts._asdict()}
        return shown if self.reason is None else {**shown, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a run."""

    name: ClassVar[str]

    def as_dict(self) -> dict[str, Any]:
        """``{"event": its name, ...its fields}``, fit for JSON."""
        fields = asdict(self)
        if isinstance(counts := fields.pop("counts", None), Counts):
            fields["callees"] = {"total": counts.total, **counts._asdict()}
        return {"event": self.name, **fields}


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The run has begun. ``doubts``: batches found in doubt because an earlier run ended before their answer."""

    name = "started"
    campaign: str
    accounts: tuple[str, ...]
    counts: Counts
    doubts: int


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """How far the run is. ``seconds_left`` is ``None`` while nothing is answered: it cannot be estimated then."""

    name = "progress"
    counts: Counts
    callees_per_second: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class AccountPaused(Event):
    """The account pauses for ``seconds``: the vendor asked for it, or nothing could be sent."""

    name = "account_paused"
    account: str
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class AccountStopped(Event):
    """The account is not used again in this run."""

    name = "account_stopped"
    account: str
    why: str


@dataclass(frozen=True, slots=True)
class Moved(Event):
    """All pending callees go by ``next_account`` from now on; callees in doubt do not."""

    name = "moved"
    account: str
    next_account: str


@dataclass(frozen=True, slots=True)
class Canceled(Event):
    """This number of callees was canceled because ``until`` has come."""

    name = "canceled"
    callees: int


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run is over; the status is the ledger's."""

    name = "finished"
    status: Status

    def as_dict(self) -> dict[str, Any]:
        """``{"event": "finished", ...}`` with the status as `Status.as_dict` has it."""
        return {"event": self.name, **self.status.as_dict()}


class Meter:
    """Callees per second over the last seconds, from counts. ``now``: monotonic seconds."""

    def __init__(self, counts: Counts, now: float) -> None:
        self._seen = deque([(now, _done(counts))])

    def read(self, counts: Counts, now: float) -> Progress:
        """The progress as of now."""
        self._seen.append((now, _done(counts)))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _WINDOW_SECONDS:
            self._seen.popleft()
        (began, before), (_, done) = self._seen[0], self._seen[-1]
        rate = (done - before) / (now - began) if now > began else 0.0
        left = counts.pending + counts.submitting
        return Progress(counts, round(rate, 1), round(left / rate, 1) if rate > 0 else None)


def _done(counts: Counts) -> int:
    """The submitted callees; canceled and suppressed ones say nothing about the speed."""
    return counts.accepted + counts.refused + counts.in_doubt
