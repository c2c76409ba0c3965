"""Many callees at a time: nearly all work on a thousand numbers is done on one text that holds them all."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self, overload


class Canonical(tuple[str, ...]):
    """Numbers in canonical form without duplicates. Whoever creates it has checked both; they are not checked again."""

    @cached_property
    def digits(self) -> str:
        """All of them in the format of `digits_of`."""
        return ",".join(self).replace("+", "")

    @classmethod
    def of(cls, digits: str) -> Self:
        """The numbers of which these are the digits."""
        # Working on bytes takes half the time.
        made = cls((b"+" + digits.encode().replace(b",", b",+")).decode().split(",") if digits else ())
        made.__dict__["digits"] = digits
        return made


class Joined(Sequence[str]):
    """The same numbers, stored as digits only and split when one of them is read."""

    def __init__(self, digits: str) -> None:
        self.digits = digits

    @cached_property
    def _numbers(self) -> Canonical:
        return Canonical.of(self.digits)

    def __len__(self) -> int:
        return self.digits.count(",") + 1 if self.digits else 0

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self._numbers[at]


def digits_of(callees: Sequence[str]) -> str:
    """Numbers in canonical form as most vendors write several: without ``+``, separated by commas."""
    if type(callees) is Canonical or type(callees) is Joined:  # isinstance() of an ABC costs more than the join
        return callees.digits
    return ",".join(callees).replace("+", "")
