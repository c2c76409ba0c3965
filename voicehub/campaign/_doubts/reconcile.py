"""Settles doubts by vendors' records: a callee who was certainly phoned is accepted; none is ever released."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from voicehub.campaign._doubts.matching import Found, Window, judge, of_doubt, spans, window_of
from voicehub.campaign._ledger.calls import Call
from voicehub.campaign._ledger.contract import Doubt, Ledger
from voicehub.campaign._ledger.words import reference_of
from voicehub.campaign._plan.moved import refuse_moved
from voicehub.campaign._telling import chunks
from voicehub.client import Client
from voicehub.config import Configuration
from voicehub.errors import AskError, ConfigError, LimitExceeded, UnsupportedField
from voicehub.records import CallRecord

_AT_ONCE = 500  # calls written to the ledger together
_LOOKED_AT = 5_000  # doubts that are held in memory


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result for the doubts there were.

    - ``matched``: their call was found, so they are accepted now; ``unseen``: the vendor told nothing of them;
      ``ambiguous``: a call was found, and it may be that of another submission; ``unasked``: nothing was told, and
      their account's vendor could not be asked. All but the first are in doubt still.
    - ``until``: Unix seconds; up to this time no call was seen of the unseen callees.
    - ``problems``: by account, why it could not be asked.
    """

    matched: int
    unseen: int
    ambiguous: int
    unasked: int
    until: float
    problems: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        until = datetime.fromtimestamp(self.until, UTC).isoformat(timespec="seconds")
        counts = {"matched": self.matched, "unseen": self.unseen, "ambiguous": self.ambiguous, "unasked": self.unasked}
        return {**counts, "until": until, "problems": self.problems}


def reconcile(ledger: Ledger, name: str, configuration: Configuration, clock: Callable[[], float]) -> Reconciled:
    """Look for the calls of everybody in doubt; see `voicehub.campaign.Campaign.reconcile`."""
    document = ledger.record(name).document
    reference = reference_of(document)
    if not reference and ledger.doubts(name):
        raise ConfigError(
            f"the announcement of campaign {name!r} has no reference, and without one no call can be told from "
            "another one to the same number; settle its doubts with resolve, and give the next campaign a --reference"
        )
    refuse_moved(name, document, {doubt.account for doubt in ledger.doubts(name)}, configuration)
    return Reconciling(ledger, name, str(reference), configuration, clock).run()


@dataclass
class Reconciling:
    """One run over a campaign's doubts. What vendors answer goes to the ledger, page by page, and is judged there."""

    ledger: Ledger
    name: str
    reference: str
    configuration: Configuration
    clock: Callable[[], float]
    asked: dict[str, list[Window]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def run(self) -> Reconciled:
        """Ask each vendor, then judge."""
        until = self.clock()
        for account in sorted({doubt.account for doubt in self.ledger.doubts(self.name)}):
            with Client(self.configuration.provider(account), account=account, clock=self.clock) as client:
                self._ask(account, client, until)
        counts: Counter[str] = Counter()
        for some in _gathered(self.ledger.doubted(self.name)):
            counts.update(self._settle(some, until))
        return Reconciled(
            matched=counts["matched"],
            unseen=counts["unseen"],
            ambiguous=counts["ambiguous"],
            unasked=counts["unasked"],
            until=until,
            problems=self.problems,
        )

    def _ask(self, account: str, client: Client, until: float) -> None:
        """Store every call of this campaign that was made at the time of a doubt."""
        doubts = (doubt for doubt in self.ledger.doubts(self.name) if doubt.account == account)
        self.asked[account] = []
        for time in spans(window_of(doubt.began, doubt.ended) for doubt in doubts):
            try:
                records = client.records(_instant(time.since), _instant(max(time.since, min(time.until, until))))
                self._hear(account, (each for each in records if each.reference == self.reference))
            except (AskError, UnsupportedField, LimitExceeded) as error:
                self.problems.setdefault(account, str(error))
            else:
                self.asked[account].append(time)
        if self.configuration.verify_reports(account):
            self._verify(account, client)

    def _hear(self, account: str, records: Iterable[CallRecord]) -> None:
        calls = (Call.of(account, record, verified=True) for record in records)
        for some in chunks(calls, _AT_ONCE):
            self.ledger.hear(some, now=self.clock())

    def _verify(self, account: str, client: Client) -> None:
        """Request the record of each call whose reported state the vendor itself has not confirmed yet."""
        results = (result for result in self.ledger.results(self.name) if result.account == account)
        for ids in chunks((result.call_id for result in results if result.call_id is not None), _AT_ONCE):
            told = self.ledger.calls(account, ids)
            sure = self.ledger.calls(account, ids, verified=True)
            wanted = [each for each, call in told.items() if each not in sure or sure[each].state is not call.state]
            try:
                found = [record for each in wanted if (record := client.record(each)) is not None]
            except (AskError, UnsupportedField) as error:
                self.problems.setdefault(account, str(error))
                return
            self._hear(account, found)

    def _settle(self, doubts: Sequence[tuple[Doubt, Sequence[str]]], until: float) -> Mapping[str, int]:
        """Judge these doubts. Heard calls are read before the attempts under way: none is of a later one."""
        found = judged(self.ledger, self.name, self.reference, doubts, self._heard(doubts))
        matched = self.ledger.place(self.name, found.placed, now=self.clock()) if found.placed else 0
        placed, unclear = Counter(one.batch for one in found.placed), found.unclear
        left = {doubt: doubt.callees - placed[doubt.batch] - unclear[doubt.batch] for doubt, _ in doubts}
        asked = {doubt for doubt in left if doubt.began <= until and self._was_asked(doubt)}
        noted = [doubt.batch for doubt in asked if left[doubt] and not unclear[doubt.batch]]
        if noted:
            self.ledger.unseen(self.name, noted, until)
        unseen = sum(left[doubt] for doubt in asked)
        unasked = sum(left.values()) - unseen
        return {"matched": matched, "unseen": unseen, "ambiguous": unclear.total(), "unasked": unasked}

    def _heard(self, doubts: Sequence[tuple[Doubt, Sequence[str]]]) -> Iterator[Call]:
        """The calls that were reported for these callees, by their accounts."""
        for account in {doubt.account for doubt, _ in doubts}:
            verified = self.configuration.verify_reports(account)
            callees = [callee for doubt, some in doubts if doubt.account == account for callee in some]
            yield from self.ledger.heard(account, self.reference, callees, verified=verified)

    def _was_asked(self, doubt: Doubt) -> bool:
        window = window_of(doubt.began, doubt.ended)
        spans_asked = self.asked.get(doubt.account, ())
        return any(span.since <= window.since and window.until <= span.until for span in spans_asked)


def judged(
    ledger: Ledger, name: str, reference: str, doubts: Sequence[tuple[Doubt, Sequence[str]]], heard: Iterable[Call]
) -> Found:
    """Who of these doubts of the campaign was phoned, by the calls that were heard."""

    @cache
    def is_rival(other: str) -> bool:
        return other != name and reference_of(ledger.record(other).document) == reference

    doubted = [each for doubt, callees in doubts for each in of_doubt(doubt, callees)]
    return judge(doubted, heard, ledger.attempted, is_rival)


def _gathered(
    doubted: Iterable[tuple[Doubt, Sequence[str]]],
) -> Iterator[list[tuple[Doubt, Sequence[str]]]]:
    """Groups of batches, each of at least ``_LOOKED_AT`` callees but for the last."""
    some: list[tuple[Doubt, Sequence[str]]] = []
    callees = 0
    for each in doubted:
        some.append(each)
        callees += len(each[1])
        if callees >= _LOOKED_AT:
            yield some
            some, callees = [], 0
    if some:
        yield some


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
