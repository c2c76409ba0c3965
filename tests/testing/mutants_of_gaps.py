"""Broken in what they make of an answer that lacks something, says two things, or stands beside another status."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

from tests.testing.job_provider import ByJob, digest
from tests.testing.mutants import caught_by
from tests.testing.providers import Account
from tests.testing.xml_provider import xml
from voicehub import Outcome, VoiceMessage
from voicehub.provider import (
    Ability,
    AskBalance,
    Refusal,
    RefusalKind,
    Reply,
    Request,
    Unreadable,
    http_verdict,
    match_callee,
)
from voicehub.records import Balance


@caught_by("an_unclear_number_is_nobodys")
class GuessesTheCountryCode(ByJob):
    def whose(self, message: VoiceMessage, number: str) -> str | None:
        guessed = f"+93{number}"
        return guessed if guessed in message.to else match_callee(message, number)


@caught_by("an_unclear_number_is_nobodys")
class GivesAStrangersRowToTheOnlyCallee(ByJob):
    def whose(self, message: VoiceMessage, number: str) -> str | None:
        return match_callee(message, number) or (message.to[0] if len(message.to) == 1 else None)


@caught_by("an_unclear_number_is_nobodys")
class RefusesTheOnlyCalleeForAStrangersRow(ByJob):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal) or len(message.to) > 1 or not read or read[0].callee in message.to:
            return read
        return [*read, Outcome(message.to[0], "refused", None, self.callee_refusal_code)]


@caught_by("an_unheard_of_code_accepts_nobody")
class TakesAnUnknownCodeBesideACallForAccepted(ByJob):
    def _rows(self, message: VoiceMessage, root: ET.Element, reply: Reply) -> Iterator[Outcome]:
        job = self.job(root)
        for row in super()._rows(message, root, reply):
            accepted = job is not None and row.code is not None and row.code not in self.callee_codes
            yield Outcome(row.callee, "accepted", job) if accepted else row


@caught_by("an_unheard_of_code_accepts_nobody")
class Takes200WithAnUnknownErrorForRefused(ByJob):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        root = xml(reply.body)
        if root is not None and root.tag == "error" and reply.status == 200:
            return Refusal(RefusalKind.REQUEST, root.get("code"))
        return super().decode(message, reply)


@caught_by("a_callee_said_twice_is_not_refused")
class LetsTheLastRowOfACalleeWin(ByJob):
    def rows(self, rows: list[Outcome]) -> list[Outcome]:
        return list({row.callee: row for row in rows}.values())


@caught_by("server_errors_refuse_nobody")
class Takes503WithItsOwnErrorForRefused(ByJob):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        if reply.status == 503 and reply.body == b"<error/>":
            return Refusal(RefusalKind.THROTTLED, "503")
        return super().decode(message, reply)


@caught_by("nothing_is_remembered")
class KeepsTheLastJob(ByJob):
    _last: str | None = None

    def job(self, root: ET.Element) -> str | None:
        self._last = super().job(root) or self._last
        return self._last


@caught_by("nothing_is_remembered")
class KeepsTheLastJobOnTheClass(ByJob):
    last: ClassVar[list[str]] = []

    def job(self, root: ET.Element) -> str | None:
        self.last.extend(filter(None, [super().job(root)]))
        return self.last[-1] if self.last else None


@caught_by("an_answer_with_a_gap_is_doubt")
class TakesNoCodeForRefused(ByJob):
    def known(self, code: str | None) -> bool:
        return code is None or super().known(code)


@caught_by("an_answer_with_a_gap_is_doubt")
class TakesAnEmptyIdForACall(ByJob):
    def job(self, root: ET.Element) -> str | None:
        return next((job.get("id") for job in root.iter("job")), None)


@caught_by("an_answer_with_a_gap_is_doubt")
class AcceptsEverybodyOfAJobWithoutRows(ByJob):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read, root = super().decode(message, reply), xml(reply.body)
        if read or root is None or (job := self.job(root)) is None:
            return read
        return [Outcome(callee, "accepted", job) for callee in message.to]


@caught_by("any_reply_is_read")
class KnowsEveryEncoding(ByJob):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        try:
            ET.fromstring(reply.body)
        except ET.ParseError:
            return http_verdict(reply) or ()
        return super().decode(message, reply)


class ReadsWhatIsThere(ByJob):
    """The rows of an answer that broke off are found by `found`."""

    def found(self, body: bytes) -> Iterator[ET.Element]:
        raise NotImplementedError

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        if xml(reply.body) is None:
            root = ET.Element("calls")
            root.extend(self.found(reply.body))
            if len(root):
                return super().decode(message, replace(reply, body=ET.tostring(root)))
        return super().decode(message, reply)


@caught_by("a_truncated_answer_is_doubt")
class ReadsRowsByAPattern(ReadsWhatIsThere):
    def found(self, body: bytes) -> Iterator[ET.Element]:
        for tag, fields in re.findall("<(job|ok|bad)([^>]*)/>", body.decode(errors="replace")):
            yield ET.Element(tag, dict(re.findall('([a-z]+)="([^"]*)"', fields)))


@caught_by("a_truncated_answer_is_doubt")
class ReadsCutNumbersByAPattern(ReadsWhatIsThere):
    def found(self, body: bytes) -> Iterator[ET.Element]:
        for tag, name, value in re.findall('<(job|ok|bad) (id|n)="([^"]*)', body.decode(errors="replace")):
            yield ET.Element(tag, {name: value, "why": "N1"})


@caught_by("a_truncated_answer_is_doubt")
class ReadsRowsAsTheyCome(ReadsWhatIsThere):
    def found(self, body: bytes) -> Iterator[ET.Element]:
        parser: Any = ET.XMLPullParser(["end"])
        try:
            parser.feed(body)
            yield from (element for _, element in parser.read_events())
        except ET.ParseError:
            return


class Plain(Account):
    key: str


@caught_by("a_key_is_a_secret")
class KeepsItsKeyInPlain(ByJob):
    Settings = Plain  # type: ignore[assignment]

    def _digest(self, body: bytes) -> str:
        return digest(str(self.settings.key), body)


@caught_by("a_signature_covers_a_whole_text")
class SignsWhatIsAscii(ByJob):
    def _digest(self, body: bytes) -> str:
        return super()._digest(body.decode(errors="replace").encode("ascii", "ignore"))


class Credit(Ability[AskBalance, Balance]):
    """A balance in XML, read by a pattern."""

    tells = frozenset()

    def encode(self, asked: AskBalance, now: float) -> Request:
        return Request("GET", self.provider.settings.url("credit"), {"authorization": "made-up"})

    def parse(self, request: Request, now: float) -> AskBalance | Refusal | None:
        if request.url != self.provider.settings.url("credit"):
            return None
        known = request == self.encode(AskBalance(), now)
        return AskBalance() if known else Refusal(RefusalKind.AUTH, "401")

    def answer(self, asked: AskBalance | None, told: Balance | Refusal) -> Reply:
        if isinstance(told, Refusal):
            return self.provider.answer(told)
        return Reply(200, {}, b"<credit><left>%f</left></credit>" % told.amount)

    def decode(self, asked: AskBalance, reply: Reply) -> Balance | Refusal | Unreadable:
        said = re.search(rb"<left>([0-9.]+)</left>", reply.body)
        if said is None or reply.status != 200:
            return self.provider.verdict(reply) or Unreadable("no credit")  # type: ignore[attr-defined]
        return Balance(Decimal(said[1].decode()))


@caught_by("a_truncated_telling_is_not_believed")
class ReadsItsCreditByAPattern(ByJob):
    abilities = {AskBalance: Credit}
