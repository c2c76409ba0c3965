"""How a campaign is run: the keywords of `Campaign.run` and its like."""

from typing import TypedDict


class Options(TypedDict, total=False):
    """How to run a campaign.

    - ``plan``: the digest of the plan that is meant; ``None``: what stands in the ledger, which as long as it was never
      begun must be as it was planned, too.
    - ``ramp``: begin each account with batches of 1, 10 and 50 callees (the default).
    - ``until``: Unix seconds; who has not gone by then is canceled. ``None``: no such time.
    - ``max_calls``, ``max_requests``, ``max_doubts``: stop before this run hands over more callees, sends more
      requests, leaves more callees in doubt; at least 1, ``None``: no cap.
    """

    plan: str | None
    ramp: bool
    until: float | None
    max_calls: int | None
    max_requests: int | None
    max_doubts: int | None
