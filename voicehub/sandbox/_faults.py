"""Faults: failures that the sandbox plays on purpose, in a share of the requests."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicehub._masking import printable
from voicehub.errors import ConfigError, RefusalKind

#: Every fault by name: what happens, and the outcome that a client must report.
FAULTS: Mapping[str, str] = {
    "reset-before": "the connection is reset, no callee is dialled: in doubt, because nothing proves it",
    "reset-after": "all are dialled, then the connection is reset without an answer: in doubt",
    "error-after": "all are dialled, then a gateway answers HTTP 502 with a page: in doubt",
    "truncated": "all are dialled, and the answer breaks off half-way: in doubt",
    "slow": "all are dialled, and the answer takes 3 seconds: accepted, or in doubt for a client that gives up sooner",
    "missing-row": "all are dialled, and the answer leaves one callee out: that one is in doubt",
    "expired": "the vendor says that the timestamp is too old: refused (clock)",
    "no-balance": "the vendor says that the account is empty: refused (balance)",
    "report-twice": "a report is pushed twice: it counts once",
    "report-late": "a report is pushed after later ones of the same call: the call's state does not go back",
}

#: The faults of pushed reports; the others are of requests.
OF_REPORTS = frozenset({"report-twice", "report-late"})

#: Faults that are refusals in the vendor's own format. A vendor without a code for the kind does not have them.
REFUSALS: Mapping[str, RefusalKind] = {"expired": RefusalKind.CLOCK, "no-balance": RefusalKind.BALANCE}

SLOW_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One of `FAULTS` and the share of requests or reports that have it: above 0, at most 1. Raises `ConfigError`."""

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
    """The faults of requests and the faults of reports.

    A request or report has one fault at most, so the shares of each add up to at most 1. Raises `ConfigError`.
    """
    all_of_them = tuple(faults)
    of_requests = tuple(fault for fault in all_of_them if fault.name not in OF_REPORTS)
    of_reports = tuple(fault for fault in all_of_them if fault.name in OF_REPORTS)
    for what, those in (("request", of_requests), ("report", of_reports)):
        if (total := math.fsum(fault.share for fault in those)) > 1:
            raise ConfigError(
                f"the shares of the faults add up to {total:g}, and a {what} has one fault at most; "
                f"give each a share, such as {those[0].name}:0.5"
            )
    return of_requests, of_reports


def struck_by(faults: Iterable[Fault], lot: float) -> str | None:
    """The fault for ``lot``, a random number from 0 to 1; ``None``: no fault."""
    reached = 0.0
    for fault in faults:
        reached += fault.share
        if lot < reached:
            return fault.name
    return None
