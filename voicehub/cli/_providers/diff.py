"""``voicehub providers --diff A B``: what a message loses or must change, computed from the limits of both."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from voicehub.cli._providers.facts import CALL_IDS, tables

if TYPE_CHECKING:
    from voicehub.provider import Provider, Span


class Change(NamedTuple):
    """One change to know before moving from one provider to another.

    ``what``: ``content``, ``lost``, ``required``, ``narrower``, ``counted`` (another unit), ``requests``, ``file_id``,
    ``call_ids``, ``refusals``, ``options``, ``questions``, ``languages`` or ``rules``. ``content`` is the kind it
    concerns (``None``: every one), ``field`` the neutral name (``None``: none).
    """

    what: str
    content: str | None
    field: str | None
    text: str


def changes(before: "type[Provider]", after: "type[Provider]") -> list[Change]:
    """Every change for a message that ``before`` takes, when it is sent by ``after``; empty: none."""
    return [*_of_contents(before, after), *_of_facts(before, after)] if before is not after else []


def _of_contents(before: "type[Provider]", after: "type[Provider]") -> Iterator[Change]:
    there = tables(after.limits)
    for kind, rows in tables(before.limits).items():
        if kind not in there:
            plays = ", ".join(there)
            yield Change("content", kind, "content", f"{kind} cannot be sent: {after.name} plays {plays}")
            continue
        for name, row in rows.items():
            yield from _of_row(before, after, kind, name, (row, there[kind][name]))
        if kind == "uploaded_audio":
            told = f"file_id: a recording belongs to one account; upload it at {after.name} and use the id it gives"
            yield Change("file_id", kind, "content", told)


def _of_row(
    before: "type[Provider]", after: "type[Provider]", kind: str, name: str, rows: "tuple[Span | None, Span | None]"
) -> Iterator[Change]:
    old, new = rows
    if new is None:
        if old is not None:
            opened = f"; limits.{name} of an account can open it" if name in after.wire_names else ""
            told = f"{name} ({old} at {before.name}) is lost: {after.name} has no such field; leave it unset{opened}"
            yield Change("lost", kind, name, told)
        return
    if new.required and not (old and old.required):
        yield Change("required", kind, name, f"{name} must be set: {after.name} needs it ({new})")
    if old is None:
        return
    if old.unit != new.unit:
        yield Change("counted", kind, name, f"{name} is counted differently: {old} becomes {new}")
    elif _narrower(old, new):
        if name == "callees" and new.high is not None:
            yield Change("requests", kind, "to", _requests(before, after, old.high, new.high))
        else:
            yield Change("narrower", kind, name, f"{name} has a smaller range: {old} becomes {new}")


def _narrower(old: "Span", new: "Span") -> bool:
    return new.low > old.low or (new.high is not None and (old.high is None or new.high < old.high))


def _requests(before: "type[Provider]", after: "type[Provider]", old: float | None, new: float) -> str:
    if old is None:
        told = f"any number of callees is one request at {before.name}"
    else:
        count = math.ceil(old / new)
        told = f"a message to {old:g} callees, one request at {before.name}, becomes {count} at {after.name}"
    noun = "callee" if new == 1 else "callees"
    return f"to: {told} ({new:g} {noun} per request); when one of them is in doubt, the rest is not attempted"


def _of_facts(before: "type[Provider]", after: "type[Provider]") -> Iterator[Change]:
    if list(CALL_IDS).index(after.call_ids) > list(CALL_IDS).index(before.call_ids):
        told = f"call ids are fewer: {CALL_IDS[before.call_ids]} becomes {CALL_IDS[after.call_ids]}"
        yield Change("call_ids", None, None, told)
    if before.callee_refusal_code is not None and after.callee_refusal_code is None:
        told = f"{after.name} takes or refuses whole requests: one bad number stops the callees beside it"
        yield Change("refusals", None, "to", told)
    if before.Options is not None:
        way = f"write them for {after.name}" if after.Options is before.Options else "take them out"
        told = f"provider_options for {before.name} are refused by {after.name}; {way}"
        yield Change("options", None, "provider_options", told)
    if lost := [kind.__name__ for kind in before.abilities if kind not in after.abilities]:
        yield Change("questions", None, None, f"{after.name} cannot be asked {', '.join(lost)}")
    if unspoken := sorted(before.languages.keys() - after.languages.keys()) if after.languages else []:
        told = f"{after.name} does not speak {', '.join(unspoken)}"
        yield Change("languages", "speech", "content", told)
    from voicehub.provider import Provider

    if after.refuse is not Provider.refuse and after.refuse is not before.refuse:
        told = f"{after.name} has rules that no table can state; 'voicehub send --dry-run' checks a message by them"
        yield Change("rules", None, None, told)
