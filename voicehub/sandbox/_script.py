"""Scripted numbers: callees whose last digits decide what the pretended vendor does with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicehub.errors import ConfigError

#: Every ending by name: what the vendor does, and what a client must make of it.
ENDINGS: Mapping[str, str] = {
    "refused": "the vendor refuses this callee (all of the request, if it cannot refuse single ones): refused",
    "missing": "dialled, and the answer leaves the callee out (or fails, if nobody is left in it): in doubt",
}

_DEFAULT = {"0001": "refused", "0002": "missing"}


@dataclass(frozen=True, slots=True)
class Script:
    """Last digits of a callee to one of `ENDINGS`; every other callee is accepted. The longest match counts.

    ``endings`` left out: ``0001`` is refused and ``0002`` missing. ``Script({})`` accepts everybody. Raises
    `ConfigError` for a key that is not 1 to 15 digits or an ending that does not exist.
    """

    endings: Mapping[str, str] = field(default_factory=lambda: dict(_DEFAULT))

    def __post_init__(self) -> None:
        for digits, ending in self.endings.items():
            if not re.fullmatch("[0-9]{1,15}", digits):
                raise ConfigError("a script names callees by their last digits, 1 to 15 of 0 to 9")
            if ending not in ENDINGS:
                raise ConfigError(f"there is no ending {ending!r}; the endings are {', '.join(ENDINGS)}")

    def ending_of(self, callee: str) -> str | None:
        """What this callee's last digits ask for; ``None``: nothing, it is accepted."""
        matches = [digits for digits in self.endings if callee.endswith(digits)]
        return self.endings[max(matches, key=len)] if matches else None
