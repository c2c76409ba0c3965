"""Broken where a vendor is asked, or reports."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from voicehub_onbuka import Onbuka
from voicehub_sendgroup._balance import GetBalance
from voicehub_sendgroup._files import DeleteStored, QueryFiles, UploadFile
from voicehub_sendgroup._records import FindCall, QueryCalls
from voicehub_sendgroup._reports import VoiceReports

from tests.testing.mutants import caught_by
from voicehub.provider import (
    AskBalance,
    CallState,
    DeleteFiles,
    FindRecord,
    ListFiles,
    ListRecords,
    Question,
    Refusal,
    RefusalKind,
    Reply,
    Reports,
    Request,
    Unreadable,
    Upload,
)
from voicehub.records import Balance, CallRecord, Listing, StoredFile


def with_ability(name: str, law: str, kind: type[Question[Any]], ability: type) -> None:
    """Enter Onbuka with this one ability broken."""
    caught_by(law)(type(name, (Onbuka,), {"abilities": {**Onbuka.abilities, kind: ability}, "__module__": __name__}))


class NoSource(QueryFiles):
    bounds = {"page_size": replace(QueryFiles.bounds["page_size"], source="")}


class ForgetsTheOffset(QueryCalls):
    def encode(self, asked: ListRecords, now: float) -> Request:
        request = super().encode(asked, now)
        return replace(request, body=request.body.replace(b"+08:00", b""))


class TakesAnyRequest(GetBalance):
    def parse(self, request: Request, now: float) -> AskBalance | Refusal | None:
        return AskBalance()


class LendsWhatIsGiven(GetBalance):
    def decode(self, asked: AskBalance, reply: Reply) -> Balance | Refusal | Unreadable:
        read = super().decode(asked, reply)
        return Balance(read.amount, read.credit, read.gift) if isinstance(read, Balance) else read


class TrustsTheTelling(QueryFiles):
    def decode(self, asked: ListFiles, reply: Reply) -> Listing[StoredFile] | Refusal | Unreadable:
        rows = json.loads(reply.body)["data"]["records"]
        return Listing(tuple(StoredFile(row["fileId"], row["fileName"]) for row in rows))


class IgnoresTheStatus(DeleteStored):
    def decode(self, asked: DeleteFiles, reply: Reply) -> Refusal | Unreadable | None:
        return super().decode(asked, replace(reply, status=200))


class FindsNothingInRubbish(FindCall):
    def decode(self, asked: FindRecord, reply: Reply) -> CallRecord | Refusal | Unreadable | None:
        read = super().decode(asked, reply)
        return None if isinstance(read, Unreadable) and reply.status == 200 else read


class TrustsTheQuestion(UploadFile):
    def parse(self, request: Request, now: float) -> Upload | Refusal | None:
        json.loads(request.body)
        return super().parse(request, now)


class TakesAnySize(QueryFiles):
    def within_bounds(self, asked: ListFiles, now: float) -> ListFiles | Refusal:
        return asked


class LetsAnybodyAsk(GetBalance):
    def parse(self, request: Request, now: float) -> AskBalance | Refusal | None:
        read = super().parse(request, now)
        return AskBalance() if isinstance(read, Refusal) and read.kind is RefusalKind.AUTH else read


class ReadsTheClock(GetBalance):
    def encode(self, asked: AskBalance, now: float) -> Request:
        time.time()
        return super().encode(asked, now)


class NamesAFieldItsOwnWay(DeleteStored):
    def encode(self, asked: DeleteFiles, now: float) -> Request:
        request = super().encode(asked, now)
        return replace(request, body=request.body.replace(b"fileIdList", b"fileIds"))

    def parse(self, request: Request, now: float) -> DeleteFiles | Refusal | None:
        return super().parse(replace(request, body=request.body.replace(b"fileIds", b"fileIdList")), now)


class CallsTheCostDollars(FindCall):
    def decode(self, asked: FindRecord, reply: Reply) -> CallRecord | Refusal | Unreadable | None:
        read = super().decode(asked, reply)
        return replace(read, currency="USD") if isinstance(read, CallRecord) and read.currency else read

    def answer(self, asked: FindRecord | None, told: CallRecord | Refusal | None) -> Reply:
        if isinstance(told, CallRecord) and told.currency:
            told = replace(told, currency="EUR")
        return super().answer(asked, told)


with_ability("StatesABoundWithoutASource", "ability_facts_are_well_formed", ListFiles, NoSource)
with_ability("AsksForLocalTimes", "what_is_asked_is_parsed", ListRecords, ForgetsTheOffset)
with_ability("TakesAMessageForAQuestion", "messages_are_no_questions", AskBalance, TakesAnyRequest)
with_ability("MixesUpMoney", "what_is_told_is_decoded", AskBalance, LendsWhatIsGiven)
with_ability("TrustsWhatIsTold", "any_reply_to_a_question_is_read", ListFiles, TrustsTheTelling)
with_ability("BelievesAGateway", "server_errors_tell_nothing", DeleteFiles, IgnoresTheStatus)
with_ability("TakesACutRecordForNone", "a_truncated_telling_is_not_believed", FindRecord, FindsNothingInRubbish)
with_ability("TrustsWhatIsAsked", "any_question_request_is_parsed", Upload, TrustsTheQuestion)
with_ability("TellsPagesOfAnySize", "questions_out_of_bounds_are_refused", ListFiles, TakesAnySize)
with_ability("TellsAnybodyItsBalance", "questions_need_credentials", AskBalance, LetsAnybodyAsk)
with_ability("AsksWhatTimeItIs", "questions_are_pure", AskBalance, ReadsTheClock)
with_ability("NamesAFieldWrongAtBothEnds", "golden_questions_are_met", DeleteFiles, NamesAFieldItsOwnWay)
with_ability("NamesACurrencyWrongAtBothEnds", "golden_tellings_are_met", FindRecord, CallsTheCostDollars)


class ReadsOneReportOnly(VoiceReports):
    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        return super().parse(body, headers)[:1]


class TellsNoRinging(VoiceReports):
    tells = Reports.tells - {"ring_seconds"}

    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        return tuple(replace(record, ring_seconds=None) for record in super().parse(body, headers))


@caught_by("reports_are_read")
class LosesReports(Onbuka):
    reports = ReadsOneReportOnly


@caught_by("golden_reports_are_met")
class LosesHowLongItRang(Onbuka):
    reports = TellsNoRinging


class Forgets(VoiceReports):
    """It reads each call once, and remembers for as long as the process lives."""

    seen: ClassVar[set[str]] = set()

    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        fresh = tuple(record for record in super().parse(body, headers) if record.call_id not in self.seen)
        self.seen.update(record.call_id for record in fresh)
        return fresh


class Sorts(VoiceReports):
    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        return tuple({record.call_id: record for record in super().parse(body, headers)}.values())


class Dates(VoiceReports):
    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        time.time()
        return super().parse(body, headers)


class NeedsAKnownWord(VoiceReports):
    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[CallRecord, ...]:
        read = super().parse(body, headers)
        return tuple(replace(record, state=self.provider.call_states[record.code or "200"]) for record in read)


@caught_by("reports_are_pure")
class ReadsAReportOnce(Onbuka):
    reports = Forgets


@caught_by("reports_are_pure")
class ReadsTheLastOfACall(Onbuka):
    reports = Sorts


@caught_by("reports_are_pure")
class DatesReports(Onbuka):
    reports = Dates


@caught_by("new_words_in_reports_are_unknown")
class BreaksAtANewWord(Onbuka):
    reports = NeedsAKnownWord


@caught_by("new_words_in_reports_are_unknown")
class TakesANewWordForAFailure(Onbuka):
    def call_state(self, word: str) -> CallState:
        return super().call_state(word) if word in ("", *self.call_states) else CallState.FAILED
