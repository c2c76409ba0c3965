"""`ledger_contract`: every law of the contract of ledgers, as one pytest class."""

from collections.abc import Callable

from voicehub.campaign import Ledger
from voicehub.testing._ledger import calls, claims, doubts, histories, late, late_histories, plans, states
from voicehub.testing._ledger.stand import Stand

#: Every law of ledgers by its name: a function that raises for a `Stand` whose ledgers break it.
LEDGER_LAWS: dict[str, Callable[[Stand], None]] = {
    law.__name__: law
    for law in (
        *plans.LAWS,
        *claims.LAWS,
        *doubts.LAWS,
        *calls.LAWS,
        *states.LAWS,
        *late.LAWS,
        *late_histories.LAWS,
        *histories.LAWS,
    )
}


def ledger_contract(
    make: Callable[[], Ledger], *, beside: Callable[[Ledger], Ledger], crashed: Callable[[Ledger], Ledger]
) -> type:
    """A pytest class with one test for each law of `voicehub.campaign.Ledger`; assign it to a name ``Test...``.

    ``make`` gives a new, empty ledger. ``beside`` opens what this one keeps a second time, as another process would
    while the first goes on. ``crashed`` opens what this one keeps after its process died on the spot, holding nothing;
    the old one is only closed afterwards. The laws close what they were given.
    """
    tests = {f"test_{name}": _test(law, make, beside, crashed) for name, law in LEDGER_LAWS.items()}
    return type("TestLedger", (), {"__doc__": "The contract of ledgers.", **tests})


def _test(
    law: Callable[[Stand], None],
    make: Callable[[], Ledger],
    beside: Callable[[Ledger], Ledger],
    crashed: Callable[[Ledger], Ledger],
) -> Callable[[object], None]:
    def test(_: object) -> None:
        with Stand(make, beside, crashed) as stand:
            law(stand)

    test.__doc__ = law.__doc__
    return test
