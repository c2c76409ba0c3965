"""One message, from check to receipt, as a generator without input or output: two drivers send for it.

It yields a function that prepares a request, and receives the reply. A driver that may retry because nothing was sent
prepares again, so that each attempt is encoded and signed afresh. What went wrong is thrown in: `NeverLeft` where it is
proved that no byte of the request was written, `Lost` for everything else.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from voicehub.client._echoes import Echoes, fit_to_show, may_repeat
from voicehub.client._prepare import Prepare, passes_through, prepare_request, requests_for
from voicehub.client._tally import Tally, account_for
from voicehub.errors import Incomplete, InDoubt, NotSent, PluginError, RefusalKind, Refused
from voicehub.message import VoiceMessage, checked
from voicehub.provider import Provider, Refusal, Reply, Request
from voicehub.receipt import Outcome, Receipt

if TYPE_CHECKING:
    from voicehub.hooks import Fate, Notice


class NeverLeft(Exception):
    """Not one byte of the request was written. ``str`` says why."""


class Lost(Exception):
    """The request, or part of it, may have reached the vendor, and no answer could be read. ``str`` says why."""


@dataclass(frozen=True, slots=True)
class _End:
    """How one request ended. ``why`` is the text for a person if it stops the rest, ``None`` if it does not."""

    fate: "Fate"
    why: str | None = None
    cause: BaseException | None = None
    refusal: Refusal | None = None


_ANSWERED, _NOT_SENT = _End("answered"), _End("not_sent")


def exchange(
    provider: Provider,
    message: VoiceMessage,
    clock: Callable[[], float],
    *,
    tally: Tally | None = None,
    account: str | None = None,
    notify: Callable[["Notice"], None] | None = None,
) -> Generator[Prepare, Reply, Receipt]:
    """Send one message whole.

    Returns the receipt only if nobody is in doubt or not attempted and somebody was accepted; else raises `InDoubt`,
    `Incomplete`, `NotSent` or `Refused` with the receipt, `MessageError` or `PluginError`, or
    ``pydantic.ValidationError`` for a message that was created without validation.
    """
    message = checked(message)
    tally = tally or Tally()
    tally.begin(message, account, provider.name)
    request = message

    def prepare() -> Request:
        prepared, head = prepare_request(provider, request, clock)
        tally.note(head)
        return prepared

    def echoes() -> Echoes:
        return Echoes(provider.settings.secrets(), tally.heads, message.content)

    requests = requests_for(provider, message)
    if len(requests) > 1:  # nothing is sent unless every part of the message can be
        for request in requests:  # noqa: B007 - it is the one that prepare() looks at
            prepare()
    end = _NOT_SENT
    for request in requests:
        if tally.stopping:
            end = _End("not_sent", "asked to stop before all requests were sent")
            break
        started, before = (time.monotonic(), tally.settled) if notify else (0, 0)
        tally.hand_over(request)
        try:
            reply = yield prepare
        except (NeverLeft, PluginError, Lost) as error:
            end = _unanswered(request, error, tally, echoes)
        else:
            end = _answered(provider, request, reply, tally, echoes)
        if notify:
            counts = tally.counts_since(before, len(request.to))
            _tell(notify, account, provider.name, end.fate, counts, time.monotonic() - started)
        if end.why is not None:
            break
    if not tally.is_well:
        _fail(end, tally, echoes)
    return tally.receipt()


def _tell(
    notify: Callable[["Notice"], None],
    account: str | None,
    provider: str,
    fate: "Fate",
    counts: tuple[int, int, int, int],
    seconds: float,
) -> None:
    from voicehub.hooks import Notice  # imported here: hooks load pluggy, and only listeners need them

    notify(Notice(account, provider, fate, *counts, seconds=seconds))


def _unanswered(
    request: VoiceMessage, error: NeverLeft | PluginError | Lost, tally: Tally, echoes: Callable[[], Echoes]
) -> _End:
    """The end of a request without an answer: it is in doubt only if it may have left."""
    told = echoes().masked(error)
    if isinstance(error, Lost):
        why = f"the request left and no answer could be read: {told}"
        return _doubt(request, tally, why, Lost(told))
    tally.take_back()
    if isinstance(error, PluginError):
        return _End("not_sent", str(error), error)
    return _End("not_sent", f"nothing left: {told}", NeverLeft(told))


def _answered(
    provider: Provider, request: VoiceMessage, reply: Reply, tally: Tally, echoes: Callable[[], Echoes]
) -> _End:
    """The end of a request with an answer, whatever that says and however the plugin reads it."""
    try:
        result = provider.decode(request, reply)
        outcomes, left_over = account_for(request.to, result, reply)
    except BaseException as error:
        if passes_through(error):
            raise
        why = f"plugin {provider.name} could not read the answer: {type(error).__name__}: {echoes().masked(error)}"
        return _doubt(request, tally, why, fit_to_show(error, echoes().all))
    if may_repeat(outcomes, provider.settings.secrets(), tally.heads, request.content):
        outcomes = echoes().hidden_in(outcomes)
    found = tally.settle(outcomes, [echoes().hidden(row) for row in left_over] if left_over else ())
    if "in_doubt" in found:
        first = next(outcome for outcome in outcomes if outcome.status == "in_doubt")
        said = echoes().masked(" ".join(filter(None, (first.code, first.reason)))) or "no word of them"
        return _End("in_doubt", f"HTTP {reply.status}, and the answer leaves them open: {said}")
    if not isinstance(result, Refusal):
        return _ANSWERED
    # A bad request says nothing about the next one; every other refusal would strike it too.
    stops = result.kind is not RefusalKind.REQUEST
    refusal = replace(result, code=echoes().hide(result.code), reason=echoes().hide(result.reason))
    return _End("refused", _refusal_text(refusal, echoes) if stops else None, None, refusal)


def _doubt(request: VoiceMessage, tally: Tally, why: str, cause: BaseException) -> _End:
    tally.settle([Outcome(callee, "in_doubt", reason=why) for callee in request.to])
    return _End("in_doubt", why, cause)


def _fail(end: _End, tally: Tally, echoes: Callable[[], Echoes]) -> NoReturn:
    receipt = tally.receipt()
    counts = receipt.counts()
    named = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    total = f"{len(receipt)} {'callee' if len(receipt) == 1 else 'callees'}: {named}"
    if counts["in_doubt"]:
        advice = "their phones may have rung, so they are not sent again by themselves"
        raise InDoubt(f"{counts['in_doubt']} in doubt ({total}); {advice}: {end.why}", receipt) from end.cause
    stopped_by = _stopped_by(end, receipt, total, echoes)
    if counts["accepted"]:
        raise Incomplete(f"not all were sent ({total}): {end.why}", receipt) from stopped_by
    raise stopped_by


def _stopped_by(end: _End, receipt: Receipt, total: str, echoes: Callable[[], Echoes]) -> Exception:
    """The error of what stopped a send with nobody in doubt."""
    if isinstance(end.cause, PluginError):
        end.cause.receipt = receipt
        return end.cause
    if end.fate == "not_sent":
        error = NotSent(f"not sent, no phone rang ({total}); sending again is safe: {end.why}", receipt)
        error.__cause__ = end.cause
        return error
    refusal = end.refusal or _refusal_of_rows(receipt)
    text = f"refused, no phone rang ({total}): {_refusal_text(refusal, echoes)}"
    return Refused(text, receipt, refusal.kind, refusal.code, refusal.reason)


def _refusal_of_rows(receipt: Receipt) -> Refusal:
    """Every callee was refused in its own row: one refusal for all, with code and reason if all rows share them."""
    said = {(outcome.code, outcome.reason) for outcome in receipt}
    code, reason = said.pop() if len(said) == 1 else (None, "each callee was refused for a reason of its own")
    return Refusal(RefusalKind.REQUEST, code, reason)


def _refusal_text(refusal: Refusal, echoes: Callable[[], Echoes]) -> str:
    code, reason = echoes().masked(refusal.code) or "none", echoes().masked(refusal.reason) or "no reason given"
    return f"{refusal.kind.value} (code {code}, {reason})"
