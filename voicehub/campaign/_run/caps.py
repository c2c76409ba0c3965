"""The caps of a run, and the answers to the question whether to submit. Pure."""

from dataclasses import dataclass
from typing import NamedTuple


class Go(NamedTuple):
    """Submit a batch of at most ``most`` callees (``None``: of any size)."""

    most: int | None


class Hold(NamedTuple):
    """Not now: ask again after this many seconds, or when a batch in flight has ended, if that is sooner."""

    seconds: float | None


class Halt(NamedTuple):
    """Never again in this run, and why."""

    why: str


@dataclass(slots=True)
class Caps:
    """The caps of one run, over all its accounts; they are never exceeded. ``None``: no cap.

    ``calls`` counts callees with an outcome, ``doubts`` callees in doubt, ``requests`` the requests sent.
    """

    calls: int | None = None
    requests: int | None = None
    doubts: int | None = None
    called: int = 0
    requested: int = 0
    doubted: int = 0
    flying: int = 0  #: requests in flight
    aboard: int = 0  #: callees of these requests

    def __post_init__(self) -> None:
        for name in ("calls", "requests", "doubts"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise ValueError(f"max_{name} is a whole number of at least 1, or None for no cap")

    def admit(self, most: int | None) -> Go | Hold | Halt:
        """How many callees a batch may have, if all callees in flight count as called and as doubted."""
        if self.requests is not None and self.requested + self.flying >= self.requests:
            return self._spent("requests", self.requests, self.requested)
        if self.calls is not None:
            free = self.calls - self.called - self.aboard
            if free <= 0:
                return self._spent("calls", self.calls, self.called)
            most = free if most is None else min(most, free)
        if self.doubts is not None:
            free = self.doubts - self.doubted
            if free <= 0:
                return self._spent("doubts", self.doubts, self.doubted)
            most = free if most is None else min(most, free)
            if most > free - self.aboard:  # rather a whole batch later than a few callees now
                return Hold(None)
        return Go(most)

    def _spent(self, name: str, cap: int, used: int) -> Hold | Halt:
        return Hold(None) if used < cap else Halt(f"the cap of {cap} {name} is reached")
