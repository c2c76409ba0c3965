"""The author's door: what a provider plugin is made of.

A provider is a class with a ``name``, a `Settings` model, a table of `Limits` for each kind of content it takes, a few
facts as data, and four pure methods written from both ends of the wire::

    encode(message, now) -> Request                         ours: one request; the message already fits the limits
    decode(message, reply) -> Sequence[Outcome] | Refusal   ours: what the vendor said about each callee
    parse(request, now) -> VoiceMessage | Refusal           the vendor's: any bytes give one of the two
    answer(result) -> Reply                                 the vendor's: result is outcomes or a Refusal

The core splits, sends, retries, accounts for every callee and pretends to be the vendor in the sandbox.

Other things a vendor can be asked (to store a recording, for records, for its balance) are further quadruples of the
same kind: an `Ability` for each `Question`, and `Reports` for what it pushes. None is the default.

Every name that an author needs is here; only the marker `hookimpl` is in `voicehub.hooks`, and the exam in
`voicehub.testing`. Users find the same messages and errors in `voicehub`.
"""

from voicehub._callees import digits_of
from voicehub._forms import first_error
from voicehub.errors import LimitExceeded, MessageError, MissingField, RefusalKind, UnsupportedField
from voicehub.message import AudioUrl, Speech, UploadedAudio, VoiceMessage
from voicehub.provider._abilities import (
    BALANCE_FIELDS,
    RECORD_FIELDS,
    Ability,
    Reports,
    ability_of,
    find_question_problem,
    parse_report,
)
from voicehub.provider._base import Provider, Settings, is_loopback
from voicehub.provider._check import find_problem, find_request_problem, split
from voicehub.provider._limits import FIELDS, ROWS, UNITS, Limits, Page, Span, override
from voicehub.provider._match import match_callee, match_language
from voicehub.provider._questions import (
    AskBalance,
    DeleteFiles,
    FindRecord,
    ListFiles,
    ListRecords,
    Question,
    Unreadable,
    Upload,
)
from voicehub.provider._wire import Refusal, Reply, Request, code_text, http_verdict, json_object, reason_text
from voicehub.receipt import Accepted, CallState, Ids, Outcome
from voicehub.records import Balance, CallRecord, Listing, StoredFile

__all__ = [
    "BALANCE_FIELDS",
    "FIELDS",
    "RECORD_FIELDS",
    "ROWS",
    "UNITS",
    "Ability",
    "Accepted",
    "AskBalance",
    "AudioUrl",
    "Balance",
    "CallRecord",
    "CallState",
    "DeleteFiles",
    "FindRecord",
    "Ids",
    "LimitExceeded",
    "Limits",
    "ListFiles",
    "ListRecords",
    "Listing",
    "MessageError",
    "MissingField",
    "Outcome",
    "Page",
    "Provider",
    "Question",
    "Refusal",
    "RefusalKind",
    "Reply",
    "Reports",
    "Request",
    "Settings",
    "Span",
    "Speech",
    "StoredFile",
    "Unreadable",
    "UnsupportedField",
    "Upload",
    "UploadedAudio",
    "VoiceMessage",
    "ability_of",
    "code_text",
    "digits_of",
    "find_problem",
    "find_question_problem",
    "find_request_problem",
    "first_error",
    "http_verdict",
    "is_loopback",
    "json_object",
    "match_callee",
    "match_language",
    "override",
    "parse_report",
    "reason_text",
    "split",
]
