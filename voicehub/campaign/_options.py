"""How a campaign is run: the keywords of `Campaign.run` and its like."""

import math
from typing import TypedDict


class Options(TypedDict, total=False):
    """How to run a campaign.

    - ``plan``: the digest of the plan to run; ``None``: the plan in the ledger. A run by digest, and the first run in
      any case, is refused if anything changed since the plan.
    - ``ramp``: begin each account with batches of 1, 10 and 50 callees (the default).
    - ``until``: Unix seconds; callees still pending then are canceled. ``None``: no such time.
    - ``max_calls``, ``max_requests``, ``max_doubts``: stop before this run submits more callees, sends more requests,
      or leaves more callees in doubt; at least 1, ``None``: no cap.
    """

    plan: str | None
    ramp: bool
    until: float | None
    max_calls: int | None
    max_requests: int | None
    max_doubts: int | None


def require_time(until: float | None) -> None:
    """Raises ``ValueError`` for what is no time: an end that never comes would let a late alert through."""
    if until is not None and (type(until) not in (int, float) or not math.isfinite(until)):
        raise ValueError("until is a time in Unix seconds, such as datetime.timestamp() gives; None: no such time")
