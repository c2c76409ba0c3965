"""Scripted numbers: callees whose last digits decide what the simulated vendor does with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicehub.errors import ConfigError

#: Every ending by name: what the vendor does, and the outcome that a client must report.
ENDINGS: Mapping[str, str] = {
    "refused": "the vendor refuses this callee (all of the request, if it cannot refuse single ones): refused",
    "missing": "dialled, and the answer leaves the callee out (or is an HTTP 502 if it was the only one): in doubt",
    "busy": "accepted, and the line is busy: its record says busy",
    "no_answer": "accepted, and the call is not answered: its record says no_answer",
}

_DEFAULT = {"0001": "refused", "0002": "missing", "0003": "busy", "0004": "no_answer"}


@dataclass(frozen=True, slots=True)
class Script:
    """Maps the last digits of a callee to one of `ENDINGS`; every other callee answers. The longest match counts.

    ``endings`` left out: ``0001`` is refused, ``0002`` missing, ``0003`` busy and ``0004`` no_answer. With
    ``Script({})`` every callee answers. A call rings after 2 seconds, is answered after 6 and over after 16 (busy: 3,
    not answered: 32); ``speed`` above 1 makes that go faster. Raises `ConfigError` for a key that is not 1 to 15
    digits, an ending that does not exist or a speed that is not above 0.
    """

    endings: Mapping[str, str] = field(default_factory=lambda: dict(_DEFAULT))
    speed: float = 1

    def __post_init__(self) -> None:
        for digits, ending in self.endings.items():
            if not re.fullmatch("[0-9]{1,15}", digits):
                raise ConfigError("a script names callees by their last digits, 1 to 15 of 0 to 9")
            if ending not in ENDINGS:
                raise ConfigError(f"there is no ending {ending!r}; the endings are {', '.join(ENDINGS)}")

        if not self.speed > 0:
            raise ConfigError("a script's speed is above 0")

    def ending_of(self, callee: str) -> str | None:
        """The ending for this callee's last digits; ``None``: it is accepted and answers."""
        matches = [digits for digits in self.endings if callee.endswith(digits)]
        return self.endings[max(matches, key=len)] if matches else None
