"""The calls of a campaign: its results, joined with the reports of calls in the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from voicehub.campaign._ledger.calls import Call
from voicehub.campaign._ledger.contract import Document, Ledger, Result

if TYPE_CHECKING:
    from voicehub.config import Configuration

ItemT = TypeVar("ItemT")


class Telling:
    """Looks up the calls of results.

    ``configuration`` says for which accounts a pushed report counts only if verified; ``None``: for none.
    """

    def __init__(self, ledger: Ledger, document: Document, configuration: "Configuration | None") -> None:
        self._ledger = ledger
        chain = [str(one["account"]) for one in document.get("chain", ())]
        #: The accounts with at least one reported call; most ledgers have none.
        self.accounts = {account for account in chain if ledger.has_heard(account)}
        known = () if configuration is None else configuration.accounts.keys() & self.accounts
        #: Those of them for which a pushed report counts only once it is verified.
        self.verified = {account for account in known if configuration and configuration.verify_reports(account)}

    def of(self, results: Sequence[Result]) -> Sequence[Call | None]:
        """The call of each result; ``None``: nothing is known of it, or there is no call."""
        if not self.accounts:
            return [None] * len(results)
        found: dict[tuple[str | None, str | None], Call] = {}
        for account in self.accounts:
            ids = [one.call_id for one in results if one.account == account and one.call_id is not None]
            told = self._ledger.calls(account, ids, verified=account in self.verified)
            found.update(((account, call_id), call) for call_id, call in told.items())
        return [_of_this(found.get((one.account, one.call_id)), one.callee) for one in results]


def _of_this(call: Call | None, callee: str) -> Call | None:
    """The call, unless it names another callee: a vendor may give several callees one id, and report on one of them."""
    return call if call is None or call.callee in (None, callee) else None


def call_states(ledger: Ledger, name: str, *, configuration: "Configuration | None" = None) -> dict[str, int]:
    """The number of the campaign's calls by state, as far as vendors reported them.

    ``configuration`` says for which accounts a pushed report counts only if verified; ``None``: for none. Raises
    `LedgerError`.
    """
    telling = Telling(ledger, ledger.record(name).document, configuration)
    counts = ledger.call_states(name, verified=telling.verified) if telling.accounts else {}
    return {state.value: count for state, count in counts.items()}


def chunks(items: Iterable[ItemT], size: int) -> Iterator[list[ItemT]]:
    """Lists of ``size`` items; the last may be shorter."""
    each = iter(items)
    while some := list(islice(each, size)):
        yield some
