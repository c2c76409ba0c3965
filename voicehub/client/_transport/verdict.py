"""What an exception proves about a request: that no byte of it was sent, or nothing at all."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from voicehub._masking import words_of
from voicehub.client._exchange import Lost, NeverLeft
from voicehub.client._transport.body import Unreadable
from voicehub.client._transport.route import host_of
from voicehub.client._transport.watch import NO_ANSWER, NO_CONNECTION, NOT_TAKEN, TooLate, Watch


class Meanings(NamedTuple):
    """What the exceptions of an HTTP library mean."""

    told: Mapping[type[Exception], str]  # in our words
    late: tuple[type[Exception], ...]  # also raised because the whole request's time is over
    never: tuple[type[Exception], ...]  # nothing left, if there is no trace to say so


OURS = Meanings({}, (TooLate, TimeoutError), ())


def meanings_in(library: Any, *never: type[Exception]) -> Meanings:
    """Those of httpx and of httpcore, which have the same names; ``never``: more that say nothing left."""
    told = {
        library.ConnectTimeout: NO_CONNECTION,
        library.WriteTimeout: NOT_TAKEN,
        library.ReadTimeout: NO_ANSWER,
    }
    connecting = library.ConnectError, library.ConnectTimeout, library.PoolTimeout, library.ProxyError
    return Meanings(told, (*OURS.late, library.TimeoutException), (*connecting, library.UnsupportedProtocol, *never))


def verdict(watch: Watch, error: Exception, base_url: str, meanings: Meanings) -> NeverLeft | Lost:
    """What this exception proves; if nothing was sent, the text says what to check."""
    ours = isinstance(error, Unreadable | TimeoutError)
    told = words_of(error) if ours else f"{type(error).__name__}: {words_of(error)}"
    told = meanings.told.get(type(error), told)
    if watch.over and isinstance(error, meanings.late):
        told = f"the whole request took longer than its {watch.seconds:g} seconds"
    if watch.wrote or not (watch.traced or isinstance(error, meanings.never)):
        return Lost(told)
    return NeverLeft(f"{told}; look at base_url ({host_of(base_url)}), the network and a proxy")
