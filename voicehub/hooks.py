"""The hooks a plugin may implement. Hooks offer classes or give notice; they never perform the operation.

A plugin is a module named by an entry point of the group ``voicehub.v1``; the entry's name is the provider's name. Mark
each hook with `hookimpl`::

    from voicehub.hooks import hookimpl

    @hookimpl
    def voicehub_providers():
        return [Acme]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pluggy

from voicehub.provider import Provider

Fate = Literal["answered", "refused", "in_doubt", "not_sent"]

hookspec = pluggy.HookspecMarker("voicehub")
hookimpl = pluggy.HookimplMarker("voicehub")


@dataclass(frozen=True, slots=True)
class Notice:
    """The result of one request, in counts; it never holds a phone number.

    ``account`` is ``None`` for a client built without one. ``fate``: ``answered`` (the vendor answered per callee),
    ``refused`` (of the whole request), ``in_doubt`` (no believable answer), ``not_sent`` (nothing left). The counts are
    callees of this request; ``seconds`` is its wall time, retries of what never left included.
    """

    account: str | None
    provider: str
    fate: Fate
    accepted: int
    refused: int
    in_doubt: int
    not_attempted: int
    seconds: float


@hookspec
def voicehub_providers() -> Sequence[type[Provider]]:  # type: ignore[empty-body]
    """Offer provider classes, among them one with the entry point's name."""


@hookspec
def voicehub_notice(notice: Notice) -> None:
    """Called after each request, in the thread or task that sent it. An exception in it is logged, never raised."""
