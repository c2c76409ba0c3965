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
}

#: Faults that a vendor states in its own words. A vendor without a code for the kind is not struck by them.
REFUSALS: Mapping[str, RefusalKind] = {"expired": RefusalKind.CLOCK, "no-balance": RefusalKind.BALANCE}

SLOW_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One of `FAULTS` and the share of requests it strikes, above 0 and at most 1. Raises `ConfigError`."""

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


def check_shares(faults: Iterable[Fault]) -> None:
    """A request suffers one fault at most, so shares add up to at most 1. Raises `ConfigError`."""
    if (total := math.fsum(fault.share for fault in faults)) > 1:
        raise ConfigError(
            f"the shares of the faults add up to {total:g}, and a request suffers one fault at most; "
            "give each a share, such as slow:0.5"
        )


def struck_by(faults: Iterable[Fault], lot: float) -> str | None:
    """The fault that a lot drawn evenly from 0 to 1 falls on; ``None``: none."""
    reached = 0.0
    for fault in faults:
        reached += fault.share
        if lot < reached:
            return fault.name
    return None
