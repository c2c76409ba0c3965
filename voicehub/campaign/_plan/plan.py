"""`plan`: read, check and store a campaign, so that a person can look at it before anything is sent."""

import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from voicehub.campaign._files import needed
from voicehub.campaign._input.layout import Layout
from voicehub.campaign._input.numbers import Numbers
from voicehub.campaign._input.rows import Planned
from voicehub.campaign._input.source import look
from voicehub.campaign._input.stream import fingerprint
from voicehub.campaign._ledger.contract import Ledger, Record
from voicehub.campaign._plan.intake import OnProgress, Taken, take_in
from voicehub.campaign._plan.rejects import write_rejects
from voicehub.campaign._plan.terms import announced, chain_terms, digest_of, limits_of, refuse_changes
from voicehub.campaign._run.governor import RAMP
from voicehub.campaign._run.order import announcement_in
from voicehub.config import Configuration, Pace
from voicehub.errors import ConfigError, MessageError
from voicehub.message import Announcement, AudioFile

VERSION = 1
_BATCH = 1000  # callees, where the vendor has no limit
_LONGEST = 100


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    - ``digest``: given to ``run``, it runs exactly this plan.
    - ``chain``: the accounts in the order of their use; ``account`` is the first, ``providers`` are their providers.
    - ``column``: the column of the numbers; ``guessed``: it was not named. ``header``: the first row holds names.
    - ``rows`` = ``valid`` + ``duplicates`` + the sum of ``invalid`` (by reason).
    - ``countries``: callees by country; ``batches``: full requests of the first account; ``first``: the number of
      callees of each of a run's first requests, with its ramp.
    - ``seconds``: the least time at the first account's pace; ``None``: it has no pace.
    - ``rejects``: the file that lists the rows left out; ``None``: not asked for.
    - ``announcement``: the announcement; its ``content`` by account, as each plays it (of a URL only the host).
    - ``do_not_call``, ``not_phoned_within_hours``: whom a run suppresses; ``None``: not asked for.
    """

    name: str
    digest: str
    account: str
    chain: tuple[str, ...]
    providers: tuple[str, ...]
    file: Path
    column: str
    guessed: bool
    header: bool
    rows: int
    valid: int
    duplicates: int
    invalid: Mapping[str, int]
    countries: Mapping[str, int]
    batches: int
    first: tuple[int, ...]
    seconds: float | None
    rejects: Path | None
    announcement: Mapping[str, Any] = field(repr=False)
    do_not_call: Path | None
    not_phoned_within_hours: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        lists = {name: list(getattr(self, name)) for name in ("chain", "providers", "first")}
        files = {
            name: path and str(path) for name, path in (("rejects", self.rejects), ("do_not_call", self.do_not_call))
        }
        return {**asdict(self), **lists, "file": str(self.file), **files}


def plan(
    ledger: Ledger,
    name: str,
    file: str | os.PathLike[str],
    announcement: Announcement,
    *,
    configuration: Configuration,
    account: str | None = None,
    column: str | None = None,
    region: str | None = None,
    only: str | None = None,
    rejects: str | os.PathLike[str] | None = None,
    do_not_call: str | os.PathLike[str] | None = None,
    not_phoned_within_hours: float | None = None,
    clock: Callable[[], float] = time.time,
    on_progress: OnProgress | None = None,
) -> Plan:
    """Store a campaign with all its callees pending; sends nothing.

    - ``file``: by its suffix JSON lines, Excel (extra ``excel``), Parquet (extra ``parquet``), else CSV; UTF-8.
    - ``column``: of the numbers, by name or by position from 1; ``None``: guessed, if only one is possible.
    - ``region``: two letters, for numbers without ``+`` (extra ``phone``); ``None``: they hold their country code.
    - ``only``: if the file is a report, only rows with this outcome; the next report replaces their outcomes.
    - ``rejects``: where to list the rows that are left out, as CSV (line, reason, number as it is written).
    - ``do_not_call``, ``not_phoned_within_hours``: whom a run suppresses.

    Raises `ConfigError` for a fault in file, arguments or configuration, `MessageError` naming the account that cannot
    carry the announcement, `LedgerError`, `PluginError`. Then nothing is stored.
    """
    if type(announcement) is not Announcement:
        raise TypeError(f"plan() takes an Announcement, not {type(announcement).__name__}; the callees are in the file")
    _require(name, not_phoned_within_hours)
    if isinstance(announcement.content, AudioFile):  # the run may have another working directory
        found = AudioFile(Path(announcement.content.path).absolute())
        announcement = announcement.model_copy(update={"content": found})
    first = configuration.account_name(account)
    terms = _terms(announcement, first, configuration)
    layout = look(Path(file).absolute(), column, only)
    spared = _readable(do_not_call)
    terms |= {"region": region and region.upper(), "layout": layout.terms()}
    terms |= {"do_not_call": spared and str(spared), "not_phoned_within_hours": not_phoned_within_hours}
    numbers = _numbers(announcement, first, configuration, region)
    pace = configuration.pace(first)
    batch = min(terms["batch"], pace.at_once or terms["batch"])  # no term: a campaign may go on at another pace
    with ledger.draft(name, now=clock()) as draft:
        taken = take_in(draft, layout, numbers, batch, on_progress)
        terms["input"] = taken.read.sha256
        rows = taken.rows
        planned = Plan(
            name=name,
            digest=digest_of(terms),
            account=first,
            chain=tuple(one["account"] for one in terms["chain"]),
            providers=tuple(one["provider"] for one in terms["chain"]),
            file=layout.path,
            column=layout.column.name,
            guessed=layout.column.guessed,
            header=layout.header,
            rows=len(rows.marks),
            valid=rows.callees,
            duplicates=rows.repeated,
            invalid=rows.invalid(),
            countries=taken.countries,
            batches=taken.batches,
            first=_first_requests(rows.callees, batch),
            seconds=_seconds(pace, taken.batches, rows.callees),
            rejects=None if rejects is None else Path(rejects).absolute(),
            announcement=announced(terms),
            do_not_call=spared,
            not_phoned_within_hours=not_phoned_within_hours,
        )
        if planned.rejects is not None:
            never = needed(layout.path, terms, configuration)
            write_rejects(planned.rejects, layout, Planned(rows.packed(), rows.reasons()), taken.read, never=never)
        draft.seal(_document(terms, planned, layout, taken), rows.packed())
    return planned


def verify(record: Record, digest: str, configuration: Configuration) -> None:
    """Raises `ConfigError` unless this digest is the campaign's, and input, announcement and accounts are unchanged."""
    document = record.document
    if "terms" not in document:
        raise ConfigError(
            f"campaign {record.name!r} was not planned by plan(), so it has no digest; run it without one"
        )
    if digest != document["digest"]:
        mismatch = f"campaign {record.name!r} has the digest {document['digest']}, and another one was given"
        raise ConfigError(f"{mismatch}; look at its plan again, or plan anew under another name")
    planned = {name: document[name] for name in document["terms"]}
    announcement = announcement_in(document)
    try:
        now = _terms(announcement, document["chain"][0]["account"], configuration)
    except MessageError as error:
        raise ConfigError(f"not as planned any more: {error}; put it back, or plan again under another name") from None
    refuse_changes(planned, {**planned, **now, "input": fingerprint(Path(document["reading"]["path"])).sha256})


def _require(name: str, hours: float | None) -> None:
    if not name or not name.isprintable() or name != name.strip() or len(name) > _LONGEST:
        rule = f"is 1 to {_LONGEST} characters, all printable, without white space around them"
        raise ConfigError(f"the name of a campaign {rule}")
    if hours is not None and not 0 < hours < math.inf:
        raise ConfigError("not phoned within: is a number of hours above 0")


def _terms(announcement: Announcement, account: str, configuration: Configuration) -> dict[str, Any]:
    """The terms that depend on the configuration. Raises `MessageError`."""
    chain = chain_terms(announcement, account, configuration)
    _, most = chain[0]["limits"]["callees"][:2]
    written = Announcement.model_validate(announcement).model_dump(mode="json", exclude_none=True)
    return {"announcement": written, "chain": chain, "batch": _BATCH if most is None else int(most)}


def _numbers(announcement: Announcement, account: str, configuration: Configuration, region: str | None) -> Numbers:
    """How numbers are read: by the rules of the first account's vendor."""
    provider, limits = limits_of(announcement, account, configuration)
    row = limits.callee_digits
    rule = f"{provider.name} takes {row} ({row.source})"
    return Numbers(region, least=int(row.low), most=None if row.high is None else int(row.high), rule=rule)


def _readable(file: str | os.PathLike[str] | None) -> Path | None:
    if file is None:
        return None
    path = Path(file).absolute()
    fingerprint(path)
    return path


def _first_requests(callees: int, batch: int) -> tuple[int, ...]:
    """The sizes of a run's first requests. The ramp cuts batches; the rest of a batch is sent next."""
    sizes: list[int] = []
    left = 0
    for most in RAMP:
        left = left or min(batch, callees - sum(sizes))
        sizes += [min(most, left)] if left else []
        left -= min(most, left)
    return tuple(sizes)


def _seconds(pace: Pace, batches: int, callees: int) -> float | None:
    needed = ((batches, pace.requests_per_second), (callees, pace.calls_per_second))
    return max((count / rate for count, rate in needed if rate is not None), default=None)


def _document(terms: Mapping[str, Any], planned: Plan, layout: Layout, taken: Taken) -> dict[str, Any]:
    return {
        **terms,
        "terms": sorted(terms),
        "version": VERSION,
        "digest": planned.digest,
        "plan": planned.as_dict(),
        "file": taken.read._asdict(),
        "reading": layout.as_dict(),
        "reasons": taken.rows.reasons(),
    }
