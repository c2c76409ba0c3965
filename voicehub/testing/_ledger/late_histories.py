"""Law of a ledger: in any history nobody is claimed of whose call by an earlier attempt was told."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from voicehub.campaign import Call, Claim, Ledger
from voicehub.receipt import CallState, Status
from voicehub.testing._checked import claim
from voicehub.testing._ledger.late import REFERENCE, running
from voicehub.testing._ledger.stand import ACCOUNT, NAME, Stand, decide, rows, settle

_OTHER = "backup"
_APART = 1000.0  # seconds between two attempts of a history: no call fits two of them
_ROUND = st.tuples(
    st.none() | st.integers(1, 3),
    st.sampled_from((ACCOUNT, _OTHER)),
    st.lists(st.sampled_from(("accepted", "in_doubt", "not_attempted", "not_attempted")), min_size=1, max_size=4),
    st.sets(st.integers(0, 9), max_size=6),
    st.sets(st.integers(0, 9), max_size=2),
    st.integers(0, 2),
)
_ROUNDS = st.lists(_ROUND, min_size=1, max_size=5)
_Round = tuple[int | None, str, list[Status], set[int], set[int], int]
_TOLD_OF_THE_FIRST_OF_TWO: list[_Round] = [
    (None, ACCOUNT, ["in_doubt"], {0, 1}, set(), 0),
    (None, _OTHER, ["not_attempted"], set(), {0}, 1),
]
_TOLD_OF_WHO_LEFT_OTHERS_BEHIND: list[_Round] = [
    (2, ACCOUNT, ["in_doubt"], set(), set(), 0),
    (None, _OTHER, ["not_attempted"], {0}, {0}, 0),
]


def in_any_history_nobody_told_of_is_claimed(stand: Stand) -> None:
    """Cut, put back, released and by turns of two accounts, told of any attempt: at the end each call is known."""

    def check(sizes: list[int], rounds: list[_Round]) -> None:
        history = History(running(stand, *sizes))
        for one in rounds:
            history.round(*one)
        history.end()
        stand.close()

    check([2], _TOLD_OF_THE_FIRST_OF_TWO)
    check([4], _TOLD_OF_WHO_LEFT_OTHERS_BEHIND)
    stand.for_all(lambda each: check(*each), st.tuples(st.lists(st.integers(1, 4), min_size=1, max_size=3), _ROUNDS))


@dataclass
class History:
    """What the vendor knows: each attempt of each callee, and of whom it told."""

    ledger: Ledger
    now: float = _APART
    attempts: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    told: dict[str, tuple[str, str]] = field(default_factory=dict)

    def round(
        self, most: int | None, account: str, said: list[Status], released: set[int], telling: set[int], which: int
    ) -> None:
        """Claim, settle, tell, release."""
        if (claimed := self.claimed(most, account)) is not None:
            settle(self.ledger, claimed, *said, now=self.now + 1)
        waiting = [row.callee for row in self.ledger.results(NAME) if row.state in ("in_doubt", "pending")]
        for callee in (callee for at, callee in enumerate(waiting) if at in telling and callee not in self.told):
            for account, began in self.attempts.get(callee, [])[-1 - which :][:1]:
                self.told[callee] = account, f"c{callee}"
                call = Call(account, f"c{callee}", CallState.RINGING, callee, REFERENCE, began + 0.5)
                self.ledger.hear([call], now=self.now + 2)
        doubted = [row.callee for row in self.ledger.results(NAME) if row.state == "in_doubt"]
        if chosen := [callee for at, callee in enumerate(doubted) if at in released]:
            decide(self.ledger, "released", callees=chosen)

    def claimed(self, most: int | None, account: str) -> Claim | None:
        """A claim, in which nobody is of whom was told."""
        self.now += _APART
        found = self.ledger.claim(NAME, account, most=most, now=self.now)
        for callee in found.callees if found else ():
            claim(callee not in self.told, "somebody was claimed whose call was told of")
            self.attempts.setdefault(callee, []).append((account, self.now))
        return found

    def end(self) -> None:
        """Release everybody and phone them: who was told of has that call, at the account that made it."""
        doubted = [row.callee for row in self.ledger.results(NAME) if row.state == "in_doubt"]
        if doubted:
            decide(self.ledger, "released", callees=doubted)
        while (claimed := self.claimed(None, ACCOUNT)) is not None:
            settle(self.ledger, claimed, "accepted", now=self.now + 1)
        for callee, row in rows(self.ledger).items():
            expected = self.told.get(callee, (row.account, None))
            claim(
                (row.state, row.account, row.call_id) == ("accepted", *expected),
                f"told was {expected}, and it is {row}",
            )


LAWS = (in_any_history_nobody_told_of_is_claimed,)
