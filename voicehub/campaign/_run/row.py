"""Batches that ended alike, one after another: what breakers count."""

from dataclasses import dataclass


@dataclass(slots=True)
class Row:
    """Batches that ended alike, and none that began after all of them ended otherwise. By the order of their begins.

    An answer to an earlier request says nothing of now: with many in flight such answers still come when an outage has
    begun, and would hide it. Nor does a time-out that comes when later requests were answered: that outage is over. Of
    the batches that began after the last one that ended otherwise the row has all, whatever the order of their ends. So
    who stops at ``n`` of them, with ``slots`` in flight, gets ``slots + n - 1``.
    """

    batches: int = 0
    callees: int = 0
    _last: int = 0  # to begin, of the row
    _parted: int = 0  # the last to begin of those that ended otherwise

    def add(self, begun: int, callees: int = 0) -> None:
        """One more; ``begun``: its place in the order of begins."""
        if begun < self._parted:
            return
        self.batches += 1
        self.callees += callees
        self._last = max(self._last, begun)

    def part(self, begun: int) -> None:
        """One ended otherwise."""
        self._parted = max(self._parted, begun)
        if begun > self._last:
            self.batches = self.callees = 0
