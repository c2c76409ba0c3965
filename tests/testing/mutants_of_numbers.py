"""Broken in whose row it is, in a format that is no JSON, and in what a method gives back."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

from voicehub_onbuka import Onbuka

from tests.testing.mutants import caught_by
from tests.testing.providers import ByForm, ByLine, Fake
from tests.testing.row_provider import ByRow
from tests.testing.xml_provider import ByXml
from voicehub import Outcome, UploadedAudio, VoiceMessage
from voicehub.provider import Page, Refusal, Reply, Request, match_callee


class MatchesInItsOwnWay(ByXml):
    """The numbers of its rows are matched by `whose`."""

    def whose(self, message: VoiceMessage, number: str) -> str | None:
        raise NotImplementedError

    def _refused(self, message: VoiceMessage, root: ET.Element, reply: Reply) -> Iterator[Outcome]:
        for row, bad in zip(super()._refused(message, root, reply), root.iter("bad"), strict=True):
            number = bad.get("number", "")
            yield row._replace(callee=self.whose(message, number) or number)


@caught_by("an_unclear_number_is_nobodys")
class GivesAnEmptyNumberToTheFirst(MatchesInItsOwnWay):
    def whose(self, message: VoiceMessage, number: str) -> str | None:
        return match_callee(message, number) if number else message.to[0]


@caught_by("an_unclear_number_is_nobodys")
class GivesAnEmptyNumberToAll(ByXml):
    def _refused(self, message: VoiceMessage, root: ET.Element, reply: Reply) -> Iterator[Outcome]:
        for row, bad in zip(super()._refused(message, root, reply), root.iter("bad"), strict=True):
            yield from (row._replace(callee=one) for one in message.to if one.endswith(bad.get("number", "")))


@caught_by("an_unclear_number_is_nobodys")
class TakesTheFirstOfTwo(MatchesInItsOwnWay):
    def whose(self, message: VoiceMessage, number: str) -> str | None:
        return next((one for one in message.to if len(number) >= 7 and one.endswith(number)), None)


@caught_by("an_unclear_number_is_nobodys")
class TakesFourDigitsForEvidence(MatchesInItsOwnWay):
    def whose(self, message: VoiceMessage, number: str) -> str | None:
        found = [one for one in message.to if len(number) >= 4 and one.endswith(number)]
        return found[0] if len(found) == 1 else None


@caught_by("an_unclear_number_is_nobodys")
class GivesAStrangersRowToWhoeverIsLeft(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal):
            return read
        left = [callee for callee in message.to if callee not in {row.callee for row in read}]
        return [row if row.callee in message.to or not left else row._replace(callee=left.pop(0)) for row in read]


@caught_by("an_unclear_number_is_nobodys")
class AcceptsTheOthersBesideARowAboutNobody(ByXml):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal):
            return read
        return [row._replace(status="accepted") if row.call_id else row for row in read]


@caught_by("a_row_about_nobody_is_told")
class DropsARowAboutNobody(ByXml):
    def _refused(self, message: VoiceMessage, root: ET.Element, reply: Reply) -> Iterator[Outcome]:
        return (row for row in super()._refused(message, root, reply) if row.callee in message.to)


@caught_by("a_row_about_nobody_is_told")
class DropsACallAboutNobody(ByRow):
    def _read(self, message: VoiceMessage, call_id: str, rows: list[str], reply: Reply) -> Iterator[Outcome]:
        return (row for row in super()._read(message, call_id, rows, reply) if row.callee in message.to)


@caught_by("rows_are_matched_by_callee")
class ExpectsRowsInTheOrderOfTheCallees(ByXml):
    def _refused(self, message: VoiceMessage, root: ET.Element, reply: Reply) -> Iterator[Outcome]:
        least = 0
        for row in super()._refused(message, root, reply):
            if row.callee not in message.to[least:]:
                return
            least = message.to.index(row.callee)
            yield row


@caught_by("a_truncated_answer_is_doubt")
class ReadsXmlByAPattern(ByXml):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        found = re.search(rb'<calls id="([^"]+)"', reply.body)
        if read or found is None:
            return read
        return [Outcome(callee, "accepted", found[1].decode()) for callee in message.to]


@caught_by("a_truncated_answer_is_doubt")
class TakesAnIdCutShort(ByLine):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        whole = replace(reply, body=reply.body.removesuffix(b"\n") + b"\n")
        return super().decode(message, whole)


@caught_by("a_truncated_answer_is_doubt")
class AcceptsWhoseRowWasCutOff(ByRow):
    callee_refusal_code = None  # type: ignore[assignment]  # so that nobody else can stand in what is missing

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        head, ended, _ = reply.body.decode(errors="replace").partition("\n")
        word, _, call_id = head.partition(" ")
        read = super().decode(message, reply)
        if read or not (word == "CALL" and ended and call_id):
            return read
        return [Outcome(callee, "accepted", call_id) for callee in message.to]


@caught_by("an_unheard_of_code_accepts_nobody")
class GivesEveryRefusalTheCodeItKnows(ByForm):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        read = super().decode(message, reply)
        if isinstance(read, Refusal) and read.code not in self.refusal_kinds and read.reason == "who knows":
            return [Outcome(message.to[0], "refused", None, self.callee_refusal_code, read.reason)]
        return read


@caught_by("what_is_encoded_is_parsed")
class EncodesNothing(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        return None  # type: ignore[return-value]


@caught_by("what_is_encoded_is_parsed")
class EncodesInACoroutine(Onbuka):
    async def encode(self, message: VoiceMessage, now: float) -> Request:  # type: ignore[override]
        return super().encode(message, now)


@caught_by("what_is_answered_is_decoded")
class DecodesIntoTables(Onbuka):
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        return [{"callee": callee, "status": "accepted"} for callee in message.to]  # type: ignore[misc]


@caught_by("facts_are_well_formed")
class LacksParse(Fake):
    name = "lacks-parse"
    limits = ByLine.limits
    encode = ByLine.encode
    decode = ByLine.decode
    answer = ByLine.answer


@caught_by("facts_are_well_formed")
class StatesARowAsAPair(ByLine):
    limits = {UploadedAudio: replace(ByLine.limits[UploadedAudio], plays=(1, 5))}  # type: ignore[arg-type]


@caught_by("facts_are_well_formed")
class StatesNoTable(ByLine):
    limits = {UploadedAudio: Page("page", "2026-11")}  # type: ignore[dict-item]


@caught_by("golden_requests_are_met")
class WritesAWholeNumberAsAFraction(Onbuka):
    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        values = {
            name: float(value) if type(value) is int else value for name, value in json.loads(request.body).items()
        }
        return replace(request, body=json.dumps(values).encode())

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        return super().parse(replace(request, body=request.body.replace(b".0", b"")), now)
