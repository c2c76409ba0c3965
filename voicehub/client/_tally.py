"""The accounting: which callee stands where, at every moment of a send.

It is pessimistic by construction: from the moment a request is handed over until its answer is understood, its callees
stand as ``in_doubt``. Whatever interrupts a send, the tally is already right.
"""

from collections.abc import Sequence
from itertools import chain, islice, product
from operator import itemgetter
from typing import Any, cast

from voicehub.client._echoes import Head, credentials_in_all
from voicehub.message import VoiceMessage
from voicehub.provider import Refusal, RefusalKind, Reply
from voicehub.receipt import Accepted, Ids, Outcome, Receipt, Status, counts_of, statuses_of

_BELIEVABLE = {"accepted", "refused", "in_doubt"}  # a vendor cannot know of callees that were not attempted
_TEXT_OR_NONE = {str, type(None)}
_KINDS_OF_ROW = {(str, *others) for others in product(_TEXT_OR_NONE, repeat=3)}
_KNOWN: set[Status] = {"accepted", "refused"}  # who has been phoned, or certainly not
_FEW = 8
_callee = itemgetter(0)
_WEIGHT = {"refused": 0, "in_doubt": 1, "accepted": 2}  # of two rows for one callee the heavier one counts


class Tally:
    """Where every callee of one message stands. Hand one to ``send`` to read it after an interruption.

    `stop` may be called from a signal handler or another thread: the request in flight is finished, no further begins.
    """

    stopping = False
    _account: str | None = None
    _provider = ""
    _callees: Sequence[str] = ()
    _settled = 0  # how many callees, from the first one, have an outcome
    _handed_over = 0  # how many, from the first one, were in a request that began and was not taken back
    _unmatched: tuple[Outcome, ...] = ()
    _statuses: frozenset[Status] = frozenset()  # of the requests that are settled

    def __init__(self) -> None:
        self.heads: list[Head] = []  #: Of each request that was made; they hold credentials.
        self._parts: list[Sequence[Outcome]] = []  # what became of each request, in order

    def stop(self) -> None:
        """Begin no further request."""
        self.stopping = True

    def note(self, head: Head) -> None:
        """Remember a request that was made; its credentials are read only if a text must hide them."""
        if not self.heads or head is not self.heads[-1]:  # a large split makes many requests in one second
            self.heads.append(head)

    @property
    def credentials(self) -> set[str]:
        """Header values of the requests made: no text for people may repeat them."""
        return credentials_in_all(self.heads)

    def receipt(self) -> Receipt:
        """Every callee exactly once, as things stand now.

        An interruption may come between any two steps of `settle`: a part counts once ``_settled`` says so.
        """
        done, parts = self._settled, self._parts
        if done == len(self._callees):
            whole = parts[0] if len(parts) == 1 else chain.from_iterable(parts)
            outcomes = whole if type(whole) is Accepted else tuple(whole)
            return Receipt(self._account, self._provider, outcomes, self._unmatched)
        flying = self._callees[done : self._handed_over]
        waiting = self._callees[done + len(flying) :]
        outcomes = (
            *islice(chain.from_iterable(parts), done),
            *(Outcome(callee, "in_doubt", reason="no answer was read") for callee in flying),
            *(Outcome(callee, "not_attempted") for callee in waiting),
        )
        return Receipt(self._account, self._provider, outcomes, self._unmatched)

    @property
    def is_well(self) -> bool:
        """Whether every callee was accepted or refused, and at least one accepted."""
        whole = self._settled == len(self._callees)
        return whole and "accepted" in self._statuses and self._statuses <= _KNOWN

    @property
    def settled(self) -> int:
        """How many callees have an outcome; in a split these are the first ones."""
        return self._settled

    def counts_since(self, settled: int, asked: int) -> tuple[int, int, int, int]:
        """Accepted, refused, in doubt and not attempted among the callees of the request that began at ``settled``."""
        found = counts_of(self._parts[-1] if self._settled > settled else ())
        named = found["accepted"], found["refused"], found["in_doubt"]
        return *named, asked - sum(named)

    def begin(self, message: VoiceMessage, account: str | None, provider: str) -> None:
        """Start a message: no callee is attempted yet. Raises ``RuntimeError`` if the tally was used before."""
        if self._callees:
            raise RuntimeError("a Tally serves one send; make a new one")
        self._account, self._provider, self._callees = account, provider, message.to

    def hand_over(self, request: VoiceMessage) -> None:
        """The callees of this request stand in doubt from now on."""
        self._handed_over = self._settled + len(request.to)

    def take_back(self) -> None:
        """It is proved that the request never left: its callees are not attempted."""
        self._handed_over = self._settled

    def settle(self, outcomes: Sequence[Outcome], unmatched: Sequence[Outcome] = ()) -> set[Status]:
        """Record the request in flight: one outcome per callee, in order. Returns the set of their statuses."""
        found = statuses_of(outcomes)
        self._parts.append(outcomes)
        self._statuses |= found
        self._settled += len(outcomes)
        if unmatched:
            self._unmatched += tuple(unmatched)
        return found


def account_for(
    callees: Sequence[str], result: Sequence[Outcome] | Refusal, reply: Reply
) -> tuple[Sequence[Outcome], Sequence[Outcome]]:
    """One outcome per callee in order, and the rows left over. Raises ``TypeError`` for a result of the wrong type.

    A callee without a row is refused if the whole request was, else in doubt; and in doubt too if a call id came for a
    callee nobody asked for, since the call may be this one's. If the account failed in the middle of a
    request, with some accepted, the others were not attempted. Of a doubled callee accepted wins, then doubt; the other
    rows are left over, as is a row nobody asked for. A reply that proves nothing (HTTP 408, 5xx) refuses nobody.
    """
    if type(result) is Accepted and result.callees is callees and _are_ids(result):
        return result, ()
    if type(result) is list and len(result) == len(callees) == 1 and type(result[0]) is Outcome:
        callee, stands, call_id, code, reason = result[0]
        text = type(callee) is type(call_id) is type(code) is type(reason) is str
        if text and stands == "accepted" and callee == callees[0]:  # as in nearly every answer to a single one
            return result, ()
    rows = _believed(result)
    if reply.status >= 400 and reply.proves_nothing:
        rows = [row._replace(status="in_doubt") if row.status == "refused" else row for row in rows]
    if len(rows) == len(callees) and [*map(_callee, rows)] == [*callees]:
        return rows, ()
    rest = Outcome("", "in_doubt", reason="the reply does not mention this callee")
    wanted = set(callees)
    if isinstance(result, Refusal):
        strays = any(row.call_id and row.status != "refused" and row.callee not in wanted for row in rows)
        reached = result.kind is RefusalKind.REQUEST or not any(row.status == "accepted" for row in rows)
        status: Status = "refused" if reached else "not_attempted"
        doubt = reply.proves_nothing or strays
        rest = Outcome("", "in_doubt" if doubt else status, None, result.code, result.reason)
    found: dict[str, Outcome] = {}
    left_over = []
    for row in rows:
        held = found.get(row.callee)
        if row.callee not in wanted:
            left_over.append(row)
        elif held is None:
            found[row.callee] = row
        elif _WEIGHT[row.status] > _WEIGHT[held.status]:
            left_over.append(held)
            found[row.callee] = row
        else:
            left_over.append(row)
    return [found.get(callee) or rest._replace(callee=callee) for callee in callees], left_over


def _are_ids(result: Accepted) -> bool:
    """Whether there is one id, as text, for each callee; if not, the rows are checked one by one."""
    words, ids = {type(result.code), type(result.reason)}, result.call_ids
    if type(ids) is Ids:
        text = (type(ids.joined), type(ids.width)) == (str, int) and 0 < ids.width * len(result) == len(ids.joined)
    else:
        text = len(ids) == len(result) and set(map(type, ids)) == {str}
    return text and words <= _TEXT_OR_NONE


def _believed(result: object) -> Sequence[Outcome]:
    """The rows, after a check that every type in them is right: plugins may be written without a type checker."""
    said: Any = result
    if isinstance(result, Refusal):
        said, kind = result.outcomes, cast("object", result.kind)
        if not isinstance(kind, RefusalKind) or {type(result.code), type(result.reason)} - _TEXT_OR_NONE:
            raise TypeError("a Refusal has a RefusalKind, and a code and a reason that are text or None")
    if type(said) not in (list, tuple) and (isinstance(said, str | bytes) or not isinstance(said, Sequence)):
        raise TypeError("decode returns a sequence of Outcome or a Refusal")
    rows: tuple[Outcome, ...] = tuple(said)
    if len(rows) <= _FEW:
        for row in rows:
            if not _is_believable(row):
                break
        else:
            return rows
    if set(map(type, rows)) - {Outcome}:
        raise TypeError("decode returns a sequence of Outcome or a Refusal")
    # By column, for a campaign reads a thousand rows at a time; codes and reasons are few.
    callees, statuses, call_ids, codes, reasons = zip(*rows, strict=True)
    if set(statuses) - _BELIEVABLE or set(map(type, callees)) != {str}:
        raise TypeError("an Outcome has a callee as text and is accepted, refused or in_doubt")
    if set(map(type, chain(call_ids, {*codes, *reasons}))) - _TEXT_OR_NONE:
        raise TypeError("callee, call id, code and reason of an Outcome are text; the last three may be None")
    return rows


def _is_believable(row: object) -> bool:
    """The same check for one row; for a few rows it is faster than building columns."""
    if type(row) is not Outcome:
        return False
    callee, status, call_id, code, reason = row
    return (type(callee), type(call_id), type(code), type(reason)) in _KINDS_OF_ROW and status in _BELIEVABLE
