"""Batches in a row that ended alike: what the breakers count."""

from dataclasses import dataclass


@dataclass(slots=True)
class Row:
    """Batches in a row that ended alike, in the order in which they began, not ended.

    A batch that ends otherwise ends the row only if it began after the whole row: with many requests in flight, answers
    to earlier ones still come after an outage began, and would hide it. A batch is not added if a later one has ended
    otherwise: a time-out that comes after later requests were answered is of an outage that is over. All alike batches
    that began after the last one that ended otherwise are in the row, in whatever order they end. So a breaker that
    stops at ``n`` of them, with ``slots`` in flight, gets at most ``slots + n - 1``.
    """

    batches: int = 0
    callees: int = 0
    _last: int = 0  # the ordinal of the row's last batch
    _parted: int = 0  # the highest ordinal of a batch that ended otherwise

    def add(self, begun: int, callees: int = 0) -> None:
        """Add a batch; ``begun``: its ordinal among the batches begun."""
        if begun < self._parted:
            return
        self.batches += 1
        self.callees += callees
        self._last = max(self._last, begun)

    def part(self, begun: int) -> None:
        """A batch ended otherwise."""
        self._parted = max(self._parted, begun)
        if begun > self._last:
            self.batches = self.callees = 0
