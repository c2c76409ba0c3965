"""What a send must come to, told a second time: written from the promises, sharing no code with the client."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from voicehub.errors import Incomplete, InDoubt, NotSent, PluginError, RefusalKind, Refused

How = Literal["rows", "refusal", "never_left", "lost", "encode_fails", "decode_raises", "decode_lies"]
Said = Literal["accepted", "refused", "in_doubt"]


@dataclass(frozen=True)
class Ending:
    """How one request of a split ends. ``said`` holds, for each callee, the rows the reply has of it, in order."""

    how: How
    said: tuple[tuple[Said, ...], ...] = ()
    http: int = 200
    kind: RefusalKind = RefusalKind.REQUEST
    strangers: int = 0
    failures: int = 3  # how many attempts find no connection
    lie: int = 0
    stop: bool = False  # somebody asks the tally to stop while this request is under way


@dataclass
class Verdict:
    """The statuses in the message's order, who may have reached the vendor, and what is raised."""

    statuses: list[str] = field(default_factory=list)
    handed: int = 0  # callees whose request left; in a split these are the first ones
    unmatched: int = 0
    raised: type[Exception] | None = None
    cause: type[Exception] | None = None
    kind: RefusalKind | None = None


def of_callee(ending: Ending, said: Sequence[Said]) -> str:
    """One callee of an answered request."""
    nothing_proved = ending.http == 408 or ending.http >= 500
    believed = ["in_doubt" if one == "refused" and nothing_proved else one for one in said]
    if "accepted" in believed:
        return "accepted"
    if "in_doubt" in believed:
        return "in_doubt"
    if believed:
        return "refused"
    # a stranger's row has a call id, and the call may be that of anybody without a row
    return "refused" if ending.how == "refusal" and not nothing_proved and not ending.strangers else "in_doubt"


def expected(parts: Sequence[int], endings: Sequence[Ending], attempts: int) -> Verdict:
    """What a message split into parts of these sizes comes to."""
    verdict = Verdict()
    stopped_by: type[Exception] | None = None
    last_kind = RefusalKind.REQUEST
    for size, ending in zip(parts, endings, strict=True):
        if stopped_by is not None:
            verdict.statuses += ["not_attempted"] * size
            continue
        if ending.how == "encode_fails" or (ending.how == "never_left" and ending.failures >= attempts):
            verdict.statuses += ["not_attempted"] * size
            stopped_by = PluginError if ending.how == "encode_fails" else NotSent
            continue
        verdict.handed += size
        if ending.how in ("lost", "decode_raises", "decode_lies"):
            verdict.statuses += ["in_doubt"] * size
            stopped_by = InDoubt
            continue
        here = [of_callee(ending, said) for said in ending.said[:size]]
        verdict.statuses += here
        verdict.unmatched += ending.strangers + sum(max(0, len(said) - 1) for said in ending.said[:size])
        last_kind = ending.kind if ending.how == "refusal" else RefusalKind.REQUEST
        if "in_doubt" in here:
            stopped_by = InDoubt
        elif ending.how == "refusal" and ending.kind is not RefusalKind.REQUEST:
            stopped_by = Refused
        elif ending.stop:
            stopped_by = NotSent
    if "in_doubt" in verdict.statuses:
        verdict.raised = InDoubt
    elif "accepted" not in verdict.statuses:
        # asked to stop after the last request, there was nothing left to stop
        nobody_waits = "not_attempted" not in verdict.statuses
        verdict.raised = Refused if nobody_waits or stopped_by is None else stopped_by
    elif "not_attempted" in verdict.statuses:
        verdict.raised, verdict.cause = Incomplete, stopped_by
    verdict.kind = last_kind if verdict.raised is Refused else None
    return verdict
