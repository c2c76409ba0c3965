"""`Archive`: what the simulated vendors remember, their recordings and the calls they placed."""

import hashlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from voicehub._masking import mask_number
from voicehub.errors import RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import (
    AskBalance,
    CallState,
    DeleteFiles,
    FindRecord,
    ListFiles,
    ListRecords,
    Provider,
    Question,
    Refusal,
    Upload,
)
from voicehub.receipt import Outcome
from voicehub.records import Balance, CallRecord, Listing, StoredFile
from voicehub.sandbox._script import Script

#: The first balance of every account, and the cost of an answered call.
FUNDS, PRICE = Decimal(100), Decimal("0.02")
#: Seconds after the submission, by the final state of a call.
_COURSE: Mapping[CallState, Mapping[str, float]] = {
    CallState.COMPLETED: {"called_at": 1, "ringing_at": 2, "answered_at": 6, "ended_at": 16},
    CallState.NO_ANSWER: {"called_at": 1, "ringing_at": 2, "ended_at": 32},
    CallState.BUSY: {"called_at": 1, "ended_at": 3},
}
#: What is pushed as a report when it happens.
_REPORTED = ("ringing_at", "answered_at", "ended_at")
_STATES = {"busy": CallState.BUSY, "no_answer": CallState.NO_ANSWER}


class Placed(NamedTuple):
    """A call that a simulated vendor placed ``at`` (Unix time in seconds), and its final state."""

    account: str
    outcome: Outcome
    message: VoiceMessage
    at: float
    end: CallState
    speed: float
    currency: str | None

    def when(self, happening: str) -> float:
        """When this happens to it, such as ``ended_at`` (Unix time in seconds)."""
        return self.at + _COURSE[self.end][happening] / self.speed

    def record(self, now: float) -> CallRecord:
        """Its record as of now. Durations are those of a call at speed 1."""
        course = _COURSE[self.end]
        times = {name: time for name in course if (time := self.when(name)) <= now}
        over, answered = "ended_at" in times, self.end is CallState.COMPLETED
        talked = int(course["ended_at"] - course["answered_at"]) if answered else 0
        moments: dict[str, Any] = {name: _instant(time) for name, time in times.items()}
        money: dict[str, Any] = {"cost": PRICE * answered, "currency": self.currency} if over else {}
        return CallRecord(
            call_id=self.outcome.call_id or "",
            state=self.end if over else next(state for name, state in _PROGRESS if name in {**times, "": 0}),
            callee=self.outcome.callee,
            caller_id=self.message.caller_id,
            submitted_at=_instant(self.at),
            **moments,
            call_seconds=talked if over else None,
            charged_seconds=talked if over else None,
            **money,
            reference=self.message.reference,
        )

    def __repr__(self) -> str:
        return f"Placed({self.account!r}, {mask_number(self.outcome.callee)!r}, {self.end.value})"


def _when(happening: str, call: Placed) -> float:
    return call.when(happening)


_time_of = attrgetter("at")
_PROGRESS = (("answered_at", CallState.ANSWERED), ("ringing_at", CallState.RINGING), ("", CallState.QUEUED))


class Archive:
    """Recordings by account, and every call placed, in memory. Not thread-safe."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Placed]] = {}  #: by account, in order of time
        self._found: dict[tuple[str, str | None], Placed] = {}
        self._files: dict[str, dict[str, StoredFile]] = {}
        #: Calls with one final state and one speed, in order of time; so what happens to them is in this order, too.
        self._alike: dict[tuple[CallState, float], list[Placed]] = {}

    def keep(
        self,
        account: str,
        provider: Provider,
        message: VoiceMessage,
        rows: Iterable[Outcome],
        at: float,
        script: Script,
    ) -> None:
        """Add calls to these callees, placed ``at``."""
        currency, calls = provider.currencies[0], self.calls.setdefault(account, [])
        for row in rows:
            end = _STATES.get(script.ending_of(row.callee) or "", CallState.COMPLETED)
            call = Placed(account, row, message, at, end, script.speed, currency)
            calls.append(call)
            insort(self._alike.setdefault((end, script.speed), []), call, key=_time_of)
            self._found[account, row.call_id] = call

    def happened(self, after: float, until: float) -> list[tuple[float, Placed]]:
        """Calls that began to ring, were answered or ended after ``after`` and not after ``until``, and when.

        In order of time; a call is listed once for each thing that happened. Other calls cost no time.
        """
        found = []
        for (end, _), calls in self._alike.items():
            for happening in _REPORTED:
                if happening in _COURSE[end]:
                    key = partial(_when, happening)
                    first, last = (bisect_right(calls, moment, key=key) for moment in (after, until))
                    found += [(call.when(happening), call) for call in calls[first:last]]
        return sorted(found, key=itemgetter(0))

    def tell(self, account: str, provider: Provider, asked: Question[Any], now: float) -> Any:
        """What this account's vendor answers to a question, or its refusal."""
        files = self._files.setdefault(account, {})
        calls = self.calls.get(account, [])
        match asked:
            case Upload():
                return self._stored(files, provider, asked)
            case ListFiles():
                return _page(list(files.values()), asked)
            case DeleteFiles():
                for file_id in asked.file_ids:
                    files.pop(file_id, None)
                return None
            case FindRecord():
                call = self._found.get((account, asked.call_id))
                return call and call.record(now)
            case ListRecords():
                start = bisect_left(calls, asked.since.timestamp(), key=_time_of)
                end = bisect_right(calls, asked.until.timestamp(), key=_time_of)
                found = _page(range(start, end), asked)
                return replace(found, items=tuple(calls[at].record(now) for at in found.items))
            case AskBalance():
                spent = sum((call.record(now).cost or Decimal(0) for call in calls), Decimal(0))
                return Balance(FUNDS - spent)
            case _:
                return _no(provider, "the sandbox does not know this question")

    def _stored(self, files: dict[str, StoredFile], provider: Provider, asked: Upload) -> StoredFile | Refusal:
        if any(file.name == asked.name for file in files.values()):
            code = next(iter(provider.abilities[Upload].exists_codes), None)
            return Refusal(RefusalKind.REQUEST, code, "a recording of this name exists already")
        digest = hashlib.sha256(asked.name.encode("utf-8", "replace") + asked.data).hexdigest()
        stored = StoredFile(f"{digest[:24]}.{asked.name.rpartition('.')[2]}", asked.name)
        files[stored.file_id] = stored
        return stored


def _page(items: Sequence[Any], asked: ListFiles | ListRecords) -> Listing[Any]:
    start = (asked.page - 1) * asked.page_size
    return Listing(tuple(items[start : start + asked.page_size]), start + asked.page_size < len(items))


def _no(provider: Provider, reason: str) -> Refusal:
    code = next((code for code, kind in provider.refusal_kinds.items() if kind is RefusalKind.REQUEST), None)
    return Refusal(RefusalKind.REQUEST, code, reason)


def _instant(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)
