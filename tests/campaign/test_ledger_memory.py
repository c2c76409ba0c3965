"""The ledger in memory keeps the contract of ledgers too: the contract asks for nothing that a file alone could do."""

from tests.campaign.memory import MemoryLedger
from voicehub.campaign import Ledger
from voicehub.testing import ledger_contract


def _beside(ledger: Ledger) -> MemoryLedger:
    assert isinstance(ledger, MemoryLedger)
    return ledger.another()


def _crashed(ledger: Ledger) -> MemoryLedger:
    assert isinstance(ledger, MemoryLedger)
    ledger.crash()
    return ledger.another()


TestMemoryLedger = ledger_contract(MemoryLedger, beside=_beside, crashed=_crashed)
