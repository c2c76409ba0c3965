"""One slot: how it reads what comes back, and in which order it does things."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from voicehub import (
    Incomplete,
    InDoubt,
    LimitExceeded,
    MessageError,
    NotSent,
    Outcome,
    PluginError,
    Receipt,
    RefusalKind,
    Refused,
    UnsupportedField,
)
from voicehub.campaign import Claim
from voicehub.campaign._run.governor import Ending, Governor, Ticket
from voicehub.campaign._run.parts import Turn
from voicehub.campaign._run.slot import Came, Send, Steps, Verdict, Wait, judge, slot
from voicehub.receipt import Status

A, B, C = (f"+93211111111{last}" for last in "123")
BACK: list[Status] = ["not_attempted", "not_attempted"]


def receipt(*statuses: Status) -> Receipt:
    return Receipt("a", "plain", tuple(map(Outcome, (A, B, C), statuses)))


def refused(kind: RefusalKind) -> Refused:
    return Refused("refused", receipt("refused", "refused"), kind, "-1", "no")


def incomplete(cause: Exception) -> Incomplete:
    error = Incomplete("not all were sent", receipt("accepted", "not_attempted"))
    error.__cause__ = cause
    return error


READINGS: dict[str, tuple[Came, Ending, list[Status]]] = {
    "receipt": (receipt("accepted", "refused"), Ending.ANSWERED, ["accepted", "refused"]),
    "in doubt": (InDoubt("502", receipt("accepted", "in_doubt")), Ending.DOUBT, ["accepted", "in_doubt"]),
    "request": (refused(RefusalKind.REQUEST), Ending.REFUSED, ["refused", "refused"]),
    "throttled": (refused(RefusalKind.THROTTLED), Ending.THROTTLED, BACK),
    "auth": (refused(RefusalKind.AUTH), Ending.STOPPED, BACK),
    "address": (refused(RefusalKind.ADDRESS), Ending.STOPPED, BACK),
    "balance": (refused(RefusalKind.BALANCE), Ending.STOPPED, BACK),
    "clock": (refused(RefusalKind.CLOCK), Ending.STOPPED, BACK),
    "never left": (NotSent("refused", receipt("not_attempted", "not_attempted")), Ending.UNSENT, BACK),
    "plugin": (PluginError("encode failed"), Ending.STOPPED, BACK),
    "message": (UnsupportedField("content", "no speech"), Ending.STOPPED, BACK),
    "part, then a plugin": (incomplete(PluginError("no")), Ending.STOPPED, ["accepted", "not_attempted"]),
    "part, then nothing left": (
        incomplete(NotSent("no", receipt("not_attempted"))),
        Ending.UNSENT,
        ["accepted", "not_attempted"],
    ),
    "a bug": (ValueError("what?"), Ending.DOUBT, ["in_doubt", "in_doubt"]),
    "interrupted": (KeyboardInterrupt(), Ending.DOUBT, ["in_doubt", "in_doubt"]),
    "nothing": (None, Ending.DOUBT, ["in_doubt", "in_doubt"]),
    "a receipt of others": (receipt("accepted"), Ending.DOUBT, ["in_doubt", "in_doubt"]),
    "a refusal of others": (
        Refused("refused", receipt("refused"), RefusalKind.REQUEST, None, None),
        Ending.DOUBT,
        ["in_doubt", "in_doubt"],
    ),
}


@pytest.mark.parametrize("name", READINGS)
def test_what_is_not_known_to_be_harmless_is_doubt(name: str) -> None:
    came, ending, statuses = READINGS[name]
    verdict = judge((A, B), came)
    assert (verdict.ending, [outcome.status for outcome in verdict.outcomes]) == (ending, statuses)
    assert [outcome.callee for outcome in verdict.outcomes] == [A, B]


def test_a_reason_holds_neither_number_nor_more_than_a_line() -> None:
    verdict = judge((A, B), ValueError(f"no {A}\nfor you"))
    assert verdict.why is not None
    assert A not in verdict.why
    assert "\n" not in verdict.why


class Script:
    """Stands in for a run: turns and claims as told, and what was recorded, in order."""

    def __init__(self, claims: Sequence[Claim | None], objection: str | None = None) -> None:
        self.claims, self.said = list(claims), objection
        self.log: list[Any] = []

    def turn(self, number: int) -> Turn | Wait | None:
        self.log.append(f"turn {number}")
        return Turn("a", Governor(10), Ticket(0.0, 10)) if self.claims else None

    def claim(self, turn: Turn) -> Claim | None:
        self.log.append("claim")
        return self.claims.pop(0)

    def objection(self, turn: Turn) -> str | None:
        return self.said

    def settle(self, turn: Turn, claim: Claim, verdict: Verdict) -> None:
        self.log.append((verdict.ending, [(row.callee, row.status) for row in verdict.outcomes]))
        self.why = verdict.why


def live(script: Script, answer: Callable[[Send], Came]) -> None:
    steps: Steps = slot(cast("Any", script), 7)
    came: Came = None
    while True:
        try:
            wish = steps.send(came)
        except StopIteration:
            return
        assert isinstance(wish, Send)
        script.log.append(wish)
        came = answer(wish)


def test_the_intent_comes_first_then_the_request_then_its_outcome() -> None:
    script = Script([Claim(1, 1, (A, B)), None])
    live(script, lambda wish: receipt("accepted", "accepted"))
    outcome = (Ending.ANSWERED, [(A, "accepted"), (B, "accepted")])
    assert script.log == ["turn 7", "claim", Send("a", (A, B)), outcome, "turn 7", "claim", "turn 7"]


def test_what_became_pointless_while_it_was_claimed_is_not_sent() -> None:
    script = Script([Claim(1, 1, (A, B))], objection="it became too late")
    live(script, lambda wish: pytest.fail("it was sent"))
    assert (Ending.UNASKED, [(A, "not_attempted"), (B, "not_attempted")]) in script.log
    assert script.why == "not sent: it became too late"


def test_it_is_asked_again_before_the_others_are_sent() -> None:
    def answer(wish: Send) -> Came:
        script.said = "the account has stopped"
        return LimitExceeded("to", "too long", 11, position=0)

    script = Script([Claim(1, 1, (A, B, C))])
    live(script, answer)
    assert (Ending.UNASKED, [(A, "refused"), (B, "not_attempted"), (C, "not_attempted")]) in script.log


def test_callees_an_account_cannot_take_are_refused_with_its_rule_and_the_others_go() -> None:
    def answer(wish: Send) -> Came:
        for position, callee in enumerate(wish.callees):
            if callee in (A, C):
                return LimitExceeded("to", f"({callee}) has 12 digits, and 11 are taken", 11, position=position)
        return Receipt("a", "plain", (Outcome(B, "accepted", "id"),))

    script = Script([Claim(1, 1, (A, B, C))])
    live(script, answer)
    sent = [entry.callees for entry in script.log if isinstance(entry, Send)]
    assert sent == [(A, B, C), (B, C), (B,)]
    assert (Ending.ANSWERED, [(A, "refused"), (B, "accepted"), (C, "refused")]) in script.log


def test_if_it_can_take_none_of_them_nothing_is_sent() -> None:
    script = Script([Claim(1, 1, (A, B))])
    live(script, lambda wish: LimitExceeded("to", "too long", 11, position=0))
    assert (Ending.UNASKED, [(A, "refused"), (B, "refused")]) in script.log


def test_a_position_outside_the_message_says_nothing_of_a_callee() -> None:
    script = Script([Claim(1, 1, (A, B))])
    live(script, lambda wish: MessageError("to", "no", position=2))
    assert (Ending.STOPPED, [(A, "not_attempted"), (B, "not_attempted")]) in script.log


def test_an_interruption_is_recorded_as_doubt_and_goes_on() -> None:
    script = Script([Claim(1, 1, (A, B))])
    with pytest.raises(KeyboardInterrupt):
        live(script, lambda wish: KeyboardInterrupt())
    assert script.log[-1] == (Ending.DOUBT, [(A, "in_doubt"), (B, "in_doubt")])
