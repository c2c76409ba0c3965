"""One slot of a campaign: asks for a turn, claims a batch, has it sent, records the result, and begins again.

A generator without threads, clock or sockets: it yields a wish and is sent the result, so that a driver with threads
and a simulator that crashes between any two steps run the same code.

The promise lies in the order. The intent is on disk before the first byte; from then on an attempt that is not proved
to have placed no call is in doubt, and what is in doubt is never sent again automatically.
"""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from voicehub._masking import mask_text, words_of
from voicehub.campaign._ledger.words import Counts
from voicehub.campaign._run.governor import Ending
from voicehub.errors import Incomplete, InDoubt, MessageError, NotSent, PluginError, RefusalKind, Refused
from voicehub.receipt import Outcome, Receipt, counts_of

if TYPE_CHECKING:
    from voicehub.campaign._run.parts import Turn
    from voicehub.campaign._run.run import Run


class Wait(NamedTuple):
    """Wants to go on after this many seconds (``None``: no time limit), or when it is woken."""

    seconds: float | None


class Send(NamedTuple):
    """Wants these callees submitted by this account; is sent the receipt or the exception."""

    account: str
    callees: tuple[str, ...]


class Prepare(NamedTuple):
    """Wants this account to get what its requests need; is sent an exception or ``None``."""

    account: str


Wish = Wait | Send | Prepare
Came = Receipt | BaseException | None
Steps = Generator[Wish, Came, None]


class Verdict(NamedTuple):
    """What became of a batch: one outcome per callee in order, what it means for the account, and why, for people."""

    outcomes: Sequence[Outcome]
    ending: Ending
    why: str | None = None

    def moves(self) -> Counts:
        """How the counts change: until now all its callees were submitting."""
        said = counts_of(self.outcomes)
        return Counts(
            pending=said["not_attempted"],
            submitting=-len(self.outcomes),
            accepted=said["accepted"],
            refused=said["refused"],
            in_doubt=said["in_doubt"],
        )


def slot(run: "Run", number: int) -> Steps:
    """One slot from start to end. Raises what ends the run: `LedgerError`, and what is no `Exception`."""
    while (turn := run.turn(number)) is not None:
        if isinstance(turn, Wait):
            yield turn
            continue
        if not (turn.governor.ready or (yield from _prepare(run, turn))):
            continue
        claim = run.claim(turn)
        if claim is None:
            continue
        verdict, came = yield from _submit(run, turn, claim.callees)
        run.settle(turn, claim, verdict)
        if isinstance(came, BaseException) and not isinstance(came, Exception):
            raise came


def _prepare(run: "Run", turn: "Turn") -> Generator[Wish, Came, bool]:
    """Prepare an account before its first claim; returns whether it has what it needs. If not, it is stopped."""
    came = yield Prepare(turn.account)
    if not isinstance(came, BaseException):
        turn.governor.ready = True
        return True
    run.give_up(turn, mask_text(words_of(came)))
    if not isinstance(came, Exception):
        raise came
    return False


def _submit(run: "Run", turn: "Turn", callees: tuple[str, ...]) -> Generator[Wish, Came, tuple[Verdict, Came]]:
    """Send, without the callees that the account cannot take: a fallback account may have other rules for numbers.

    The objections are asked for only now that the intent is on disk, because that may have taken long.
    """
    refused: dict[str, Outcome] = {}
    left, came = callees, None
    verdict = Verdict((), Ending.UNASKED)
    while left:
        if (objection := run.objection(turn)) is not None:
            verdict = Verdict(_put_back(left), Ending.UNASKED, f"not sent: {objection}")
            break
        came = yield Send(turn.account, left)
        position = came.position if isinstance(came, MessageError) else None
        if position is None or not 0 <= position < len(left):
            verdict = judge(left, came)
            break
        refused[left[position]] = Outcome(left[position], "refused", reason=mask_text(cast("MessageError", came).rule))
        left = (*left[:position], *left[position + 1 :])
    if refused:
        found = {outcome.callee: outcome for outcome in verdict.outcomes} | refused
        verdict = Verdict([found[callee] for callee in callees], verdict.ending, verdict.why)
    return verdict, came


def judge(callees: Sequence[str], came: Came) -> Verdict:
    """What a receipt or an exception says of these callees. Whatever is not known to have placed no call is doubt."""
    why = mask_text(words_of(came)) if isinstance(came, BaseException) else None
    receipt = came if isinstance(came, Receipt) else getattr(came, "receipt", None)
    match came:
        case NotSent():
            return Verdict(_put_back(callees), Ending.UNSENT, why)
        case Refused(kind=RefusalKind.THROTTLED):
            return Verdict(_put_back(callees), Ending.THROTTLED, why)
        case PluginError() | MessageError():
            return Verdict(_put_back(callees), Ending.STOPPED, why)
        case Refused(kind=kind) if kind is not RefusalKind.REQUEST:
            return Verdict(_put_back(callees), Ending.STOPPED, why)
        case Incomplete() if receipt is not None and len(receipt) == len(callees):
            return Verdict(receipt.outcomes, judge(callees, came.__cause__).ending, why)
        case InDoubt() if receipt is not None and len(receipt) == len(callees):
            return Verdict(receipt.outcomes, Ending.DOUBT, _heard_of(receipt.in_doubt) or why)
        case Receipt() | Refused() if receipt is not None and len(receipt) == len(callees):
            spoken = Ending.REFUSED if isinstance(came, Refused) else Ending.ANSWERED
            return Verdict(receipt.outcomes, spoken, why)
        case _:
            reason = f"{type(came).__name__}: {why or 'nothing that could be read came back'}"
            return Verdict([Outcome(callee, "in_doubt", reason=reason) for callee in callees], Ending.DOUBT, reason)


def _heard_of(doubted: Sequence[Outcome]) -> str:
    """What the answer said of the first callee, or why there was no answer: the rest is the same for every doubt."""
    return mask_text(" ".join(word for one in doubted[:1] for word in (one.code, one.reason) if word))


def _put_back(callees: Sequence[str]) -> list[Outcome]:
    return [Outcome(callee, "not_attempted") for callee in callees]
