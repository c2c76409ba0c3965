"""The demo's providers and announcements: chosen from the installed providers by their limits alone."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from voicehub.errors import ConfigError
from voicehub.message import Announcement, AudioUrl, Speech, UploadedAudio
from voicehub.provider import UNITS, Limits, Provider, find_problem

_CONTENTS = (
    UploadedAudio("welcome.mp3"),
    AudioUrl("https://example.com/welcome.mp3"),
    Speech(text="Welcome.", language="en"),
)
_WISHES: Mapping[str, Any] = {
    "caller_id": "1008122211",
    "max_duration_seconds": 60,
    "plays": 2,
    "reference": "order 42",
}
_MOST = 2000  # callees per request, so that the split is shown quickly
RING_TIMEOUT_SECONDS = 30


class Actor(NamedTuple):
    """A provider, and an announcement that it takes."""

    provider: Provider
    announcement: Announcement

    @property
    def limits(self) -> Limits:
        """The limits for this announcement."""
        return self.provider.limits[type(self.announcement.content)]

    @property
    def callees(self) -> int | None:
        """How many callees fit one request; ``None``: more than the demo sends."""
        high = self.limits.callees.high
        return None if high is None or high > _MOST else int(high)


def pick(providers: Sequence[Provider]) -> tuple[Actor, Actor]:
    """Two providers of different names, the first without a ring timeout. Raises `ConfigError` if there are none.

    Preferably both take the same announcement; then preferably the second has a ring timeout.
    """
    pairs = [pair for two in itertools.permutations(providers, 2) for pair in _pairs(*two)]
    suited = [pair for pair in pairs if pair[0].limits.ring_timeout_seconds is None and any(a.callees for a in pair)]
    if not suited:
        names = ", ".join(provider.name for provider in providers) or "none"
        raise ConfigError(
            "the demo needs two providers, one of them without a ring timeout and one that takes at most "
            f"{_MOST} callees per request; installed: {names}. Install one more plugin"
        )
    return min(suited, key=lambda pair: (pair[0][1] != pair[1][1], pair[1].limits.ring_timeout_seconds is None))


def callees(unwanted: Sequence[str]) -> Iterator[str]:
    """Infinitely many different numbers; none ends in ``unwanted`` digits, for which the sandbox has a script."""
    numbers = (f"+93211{serial}" for serial in itertools.count(1000000))
    return (number for number in numbers if not number.endswith(tuple(unwanted)))


def _pairs(one: Provider, other: Provider) -> Iterator[tuple[Actor, Actor]]:
    for content, other_content in itertools.product(_CONTENTS, repeat=2):
        if type(content) not in one.limits or type(other_content) not in other.limits:
            continue
        tables = one.limits[type(content)], other.limits[type(other_content)]
        same = type(content) is type(other_content)
        actors = (
            Actor(one, _announcement(content, tables if same else tables[:1])),
            Actor(other, _announcement(other_content, tables if same else tables[1:])),
        )
        if all(_plays(actor) for actor in actors):
            yield actors


def _announcement(content: Any, tables: Sequence[Limits]) -> Announcement:
    """The content, with those fields of `_WISHES` that every table allows."""
    fields = {name: value for name, value in _WISHES.items() if all(_has_room(table, name, value) for table in tables)}
    return Announcement(content=content, **fields)


def _has_room(table: Limits, name: str, value: Any) -> bool:
    row = table.rows()[name]
    return row is not None and UNITS[row.unit](value) in row


def _plays(actor: Actor) -> bool:
    return find_problem(actor.provider, actor.announcement.addressed_to(next(callees(())))) is None
