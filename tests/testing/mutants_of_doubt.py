"""Broken where an answer leaves room for doubt: a long end of a number, an unlisted code, a call id out of place."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from voicehub_onbuka import Onbuka
from voicehub_sendgroup._balance import GetBalance

from tests.testing.job_provider import ByJob
from tests.testing.mutants import caught_by
from tests.testing.mutants_of_abilities import with_ability
from tests.testing.mutants_of_numbers import MatchesInItsOwnWay
from tests.testing.providers import ByForm
from tests.testing.xml_provider import xml
from voicehub import Outcome, VoiceMessage
from voicehub.provider import AskBalance, Refusal, RefusalKind, Reply, Unreadable, code_text, json_object, match_callee
from voicehub.records import Balance


def by_the_end(message: VoiceMessage, number: str, kept: int) -> str | None:
    """The only callee with these last digits, whatever stands before them."""
    found = [callee for callee in message.to if len(number) >= kept and callee.endswith(number[-kept:])]
    return found[0] if len(found) == 1 else None


class MatchesTheEnd(Onbuka):
    kept: ClassVar[int]

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal):
            return read
        whose = [row.callee if row.callee in message.to else by_the_end(message, row.callee, self.kept) for row in read]
        return [row._replace(callee=callee or row.callee) for row, callee in zip(read, whose, strict=True)]


@caught_by("an_unclear_number_is_nobodys")
class MatchesTheLastSeven(MatchesTheEnd):
    kept = 7


@caught_by("an_unclear_number_is_nobodys")
class MatchesTheLastNine(MatchesTheEnd):
    kept = 9


@caught_by("an_unclear_number_is_nobodys")
class MatchesTheLastEleven(MatchesTheEnd):
    kept = 11


@caught_by("an_unclear_number_is_nobodys")
class MatchesTheLastSevenOfANationalNumber(MatchesInItsOwnWay):
    def whose(self, message: VoiceMessage, number: str) -> str | None:
        return match_callee(message, number) or by_the_end(message, number, 7)


@caught_by("an_unheard_of_code_accepts_nobody")
class Takes202WithAnUnknownErrorForRefused(ByJob):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        root = xml(reply.body)
        if root is not None and root.tag == "error" and reply.status == 202:
            return Refusal(RefusalKind.REQUEST, root.get("code"))
        return super().decode(message, reply)


@caught_by("an_unheard_of_code_accepts_nobody")
class TakesAnUnknownErrorForRefusedAndWritesNone(ByJob):
    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        known = not isinstance(result, Refusal) or result.code in self.refusal_kinds
        return super().answer(result if known else Refusal(RefusalKind.REQUEST, "E400"))

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        root = xml(reply.body)
        if root is not None and root.tag == "error" and reply.status == 200:
            code = root.get("code") or ""
            return () if code in self.refusal_kinds else Refusal(RefusalKind.REQUEST, code)
        return super().decode(message, reply)


@caught_by("an_unheard_of_code_accepts_nobody")
class TakesAllCodesOfTwoDigitsForRefusals(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        code = code_text(json_object(reply.body).get("status")) or ""
        if reply.status == 200 and re.fullmatch("-[0-9]{2}", code) and code not in ("-18", *self.refusal_kinds):
            return Refusal(RefusalKind.REQUEST, code)
        return super().decode(message, reply)


class TakesSomeRowsForNone(Onbuka):
    """Beside a failure it refuses everybody of several if `data` is of this kind; of one it has another format."""

    def is_nothing(self, data: Any) -> bool:
        raise NotImplementedError

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        envelope = json_object(reply.body)
        code = code_text(envelope.get("status")) or ""
        failed = code in self.refusal_kinds or 400 <= reply.status < 500
        if failed and not reply.proves_nothing and len(message.to) > 1 and self.is_nothing(envelope.get("data")):
            return Refusal(self.refusal_kinds.get(code, RefusalKind.REQUEST), code)
        return super().decode(message, reply)


@caught_by("a_call_id_is_no_refusal")
class OverlooksARowOutsideAList(TakesSomeRowsForNone):
    def is_nothing(self, data: Any) -> bool:
        return isinstance(data, dict)


@caught_by("a_call_id_is_no_refusal")
class OverlooksACallIdAsText(TakesSomeRowsForNone):
    def is_nothing(self, data: Any) -> bool:
        return isinstance(data, str)


@caught_by("a_call_id_is_no_refusal")
class OverlooksAListOfCallIds(TakesSomeRowsForNone):
    def is_nothing(self, data: Any) -> bool:
        return isinstance(data, list) and bool(data) and all(isinstance(row, str) for row in data)


class ByFlag(ByForm):
    """The same, and `ok` says whether it was taken."""

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        reply = super().answer(result)
        said = json_object(reply.body)
        return replace(reply, body=json.dumps({**said, "ok": "id" in said}).encode())


@caught_by("an_answer_with_a_gap_is_doubt")
class TakesTheTextFalseForTrue(ByFlag):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        taken = json_object(reply.body).get("ok") and not reply.proves_nothing
        return [Outcome(message.to[0], "accepted")] if taken and isinstance(read, Refusal) else read


class TakesForNothing(GetBalance):
    """It reads an amount of 0 where the balance is one of these."""

    nothing: ClassVar[tuple[object, ...]]

    def decode(self, asked: AskBalance, reply: Reply) -> Balance | Refusal | Unreadable:
        read = super().decode(asked, reply)
        said = json_object(reply.body)
        empty = said.get("status") in ("0", 0) and said.get("balance", "missing") in self.nothing
        return Balance(Decimal(0)) if isinstance(read, Unreadable) and reply.status == 200 and empty else read


with_ability(
    "TakesNoBalanceForZero",
    "a_balance_with_a_gap_is_not_zero",
    AskBalance,
    type("Missing", (TakesForNothing,), {"nothing": ("missing",)}),
)
with_ability(
    "TakesAnEmptyBalanceForZero",
    "a_balance_with_a_gap_is_not_zero",
    AskBalance,
    type("Empty", (TakesForNothing,), {"nothing": ("",)}),
)
with_ability(
    "TakesANullBalanceForZero",
    "a_balance_with_a_gap_is_not_zero",
    AskBalance,
    type("Null", (TakesForNothing,), {"nothing": (None,)}),
)
