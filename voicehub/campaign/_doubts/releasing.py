"""Applies a person's decision on doubts, except that no callee known to have been phoned is released."""

from collections.abc import Iterable, Sequence

from voicehub._masking import hide, mask_number, printable
from voicehub.campaign._doubts.reconcile import judged
from voicehub.campaign._ledger.calls import Call, Placed
from voicehub.campaign._ledger.contract import Decision, Ledger
from voicehub.campaign._ledger.words import reference_of
from voicehub.errors import LedgerError


def resolve(
    ledger: Ledger,
    name: str,
    decision: Decision,
    callees: Iterable[str] | None,
    batch: int | None,
    *,
    who: str,
    why: str,
    now: float,
) -> int:
    """See `voicehub.campaign.Campaign.resolve`."""
    chosen = None if callees is None else set(callees)
    if decision == "released" and (found := _known(ledger, name, chosen, batch)):
        first, several = found[0], len(found) > 1
        call = printable(hide(first.call_id, numbers=[first.callee]))  # an id may hold the number
        told = f"{len(found)} callees are" if several else "1 callee is"
        raise LedgerError(
            f"{told} known to have been phoned, so nothing was changed: the vendor told of call"
            f" {call} to {mask_number(first.callee)}{' and others' if several else ''};"
            " run reconcile, which accepts them, then release who is left"
        )
    return ledger.resolve(name, decision, callees=chosen, batch=batch, who=who, why=why, now=now)


def _known(ledger: Ledger, name: str, callees: set[str] | None, batch: int | None) -> Sequence[Placed]:
    """Those of these callees who certainly had a call, as the ledger has heard; no vendor is asked."""
    document = ledger.record(name).document
    reference = reference_of(document)
    if not reference:
        return []
    found: list[Placed] = []
    for doubt, some in ledger.doubted(name):
        wanted = [callee for callee in some if doubt.batch == batch or (callees and callee in callees)]
        if wanted:
            # Unverified reports count too: one is reason enough to look before a release.
            heard: Sequence[Call] = ledger.heard(doubt.account, reference, wanted)
            found += judged(ledger, name, reference, [(doubt, wanted)], heard).placed
    return found
