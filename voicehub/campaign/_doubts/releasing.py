"""A person's word, where the ledger knows better: who is known to have been phoned is not released."""

from collections.abc import Iterable, Sequence

from voicehub._masking import mask_number, printable
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
        told = f"{len(found)} callees are" if several else "1 callee is"
        raise LedgerError(
            f"{told} known to have been phoned, so nothing was changed: the vendor told of call"
            f" {printable(first.call_id)} to {mask_number(first.callee)}{' and others' if several else ''};"
            " run reconcile, which accepts them, then release who is left"
        )
    return ledger.resolve(name, decision, callees=chosen, batch=batch, who=who, why=why, now=now)


def _known(ledger: Ledger, name: str, callees: set[str] | None, batch: int | None) -> Sequence[Placed]:
    """Of whom of these a call was told that can be nobody else's; no vendor is asked."""
    document = ledger.record(name).document
    reference = reference_of(document)
    if not reference:
        return []
    found: list[Placed] = []
    for doubt, some in ledger.doubted(name):
        wanted = [callee for callee in some if doubt.batch == batch or (callees and callee in callees)]
        if wanted:
            # Of a report that was not verified yet, too: this much it says, that somebody had better look.
            heard: Sequence[Call] = ledger.heard(doubt.account, reference, wanted)
            found += judged(ledger, name, reference, [(doubt, wanted)], heard).placed
    return found
