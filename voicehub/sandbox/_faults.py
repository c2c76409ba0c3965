"""Faults: what goes wrong on purpose, in a share of the requests."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicehub._masking import printable
from voicehub.errors import ConfigError, RefusalKind

#: Every fault by name: what happens, and what a client must make of it.
FAULTS: Mapping[str, str] = {
    "reset-before": "the connection is reset, nobody is dialled: in doubt, for nothing proves it",
    "reset-after": "all are dialled, then the connection is reset without an answer: in doubt",
    "error-after": "all are dialled, then a gateway answers HTTP 502 with a page: in doubt",
    "truncated": "all are dialled, and the answer breaks off half-way: in doubt",
    "slow": "all are dialled, and the answer takes 3 seconds: accepted, or in doubt for a client that gives up sooner",
    "missing-row": "all are dialled, and the answer leaves one callee out: that one in doubt",
    "expired": "the vendor finds the timestamp too old: refused (clock)",
    "no-balance": "the vendor finds the account empty: refused (balance)",
    "report-twice": "a report is pushed twice: it counts once",
    "report-late": "a report is pushed after those of what happened next: a call does not go back",
}

#: Those that strike reports that are pushed; the others strike requests.
OF_REPORTS = frozenset({"report-twice", "report-late"})

#: Faults that a vendor states in its own words. A vendor without a code for the kind is not struck by them.
REFUSALS: Mapping[str, RefusalKind] = {"expired": RefusalKind.CLOCK, "no-balance": RefusalKind.BALANCE}

SLOW_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One of `FAULTS` and the share of requests or reports it strikes: above 0, at most 1. Raises `ConfigError`."""

    name: str
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ConfigError(f"there is no fault {printable(self.name)!r}; the faults are {', '.join(FAULTS)}")
        if not 0 < self.share <= 1:
            raise ConfigError(f"fault {self.name}: the share of requests is above 0 and at most 1, such as 0.1")


def parse_fault(text: str) -> Fault:
    """``NAME`` or ``NAME:SHARE`` as written on a command line; no share: every request. Raises `ConfigError`."""
    name, colon, share = text.partition(":")
    if not colon:
        return Fault(name)
    return Fault(name, float(share) if re.fullmatch(r"[0-9]*\.?[0-9]+", share) else math.nan)


def parted(faults: Iterable[Fault]) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """The faults of requests and those of reports.

    A request, and a report, suffers one fault at most, so the shares of each add up to at most 1. Raises `ConfigError`.
    """
    all_of_them = tuple(faults)
    of_requests = tuple(fault for fault in all_of_them if fault.name not in OF_REPORTS)
    of_reports = tuple(fault for fault in all_of_them if fault.name in OF_REPORTS)
    for what, those in (("request", of_requests), ("report", of_reports)):
        if (total := math.fsum(fault.share for fault in those)) > 1:
            raise ConfigError(
                f"the shares of the faults add up to {total:g}, and a {what} suffers one fault at most; "
                f"give each a share, such as {those[0].name}:0.5"
            )
    return of_requests, of_reports


def struck_by(faults: Iterable[Fault], lot: float) -> str | None:
    """The fault that a lot drawn evenly from 0 to 1 falls on; ``None``: none."""
    reached = 0.0
    for fault in faults:
        reached += fault.share
        if lot < reached:
            return fault.name
    return None
