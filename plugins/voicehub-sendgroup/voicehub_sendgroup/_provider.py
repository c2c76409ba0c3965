"""`SendGroup`: the four pure methods of the dialect, and the facts its brands share."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import ClassVar

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_core import to_json

from voicehub import MessageError, Outcome, Speech, UploadedAudio, VoiceMessage
from voicehub.provider import (
    AskBalance,
    DeleteFiles,
    FindRecord,
    ListFiles,
    ListRecords,
    Provider,
    Refusal,
    RefusalKind,
    Reply,
    Reports,
    Request,
    Settings,
    Upload,
    digits_of,
    find_request_problem,
    first_error,
    json_object,
)
from voicehub_sendgroup import _envelope, _signature, _speech
from voicehub_sendgroup._balance import GetBalance
from voicehub_sendgroup._calls import CALL_STATES
from voicehub_sendgroup._files import DeleteStored, QueryFiles, UploadFile
from voicehub_sendgroup._records import FindCall, QueryCalls
from voicehub_sendgroup._reports import VoiceReports

PATH = "/voice/sendGroup"
BAD_PARAMETER = "-22"


class SendGroupSettings(Settings):
    """Credentials of an account, as its console shows them. ``app_id`` names the voice application calls belong to."""

    api_key: SecretStr
    api_secret: SecretStr
    app_id: str

    @field_validator("api_key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().isascii():
            raise ValueError("travels in an HTTP header and is ASCII only")
        return value


class SendGroup(Provider):
    """POST ``/voice/sendGroup``: a JSON body, an MD5 signature in the headers, one row per callee in the reply.

    A text goes to ``/voice/sendCode``, one callee a request.
    """

    Settings = SendGroupSettings
    settings: SendGroupSettings

    #: Neutral fields that the brand's page wants as JSON ``null`` when they are unset.
    null_when_unset: ClassVar[frozenset[str]] = frozenset()

    #: Where the brand's balance is asked for.
    balance_path: ClassVar[str] = "/getBalance"

    wire_names = {
        "to": "callee",
        "content": "fileId",
        "caller_id": "displayNum",
        "max_duration_seconds": "maxDuration",
        "ring_timeout_seconds": "maxRingingTime",
        "plays": "loopCount",
        "reference": "calledInfo",
        "text": "text",
        "rate": "speakingRate",
    }
    languages = _speech.LANGUAGES
    Options = _speech.SpeechOptions
    callee_refusal_code = BAD_PARAMETER  # inference: the pages list no code of a single row but 0
    refusal_kinds = {
        "-1": RefusalKind.AUTH,
        "-2": RefusalKind.ADDRESS,
        "-10": RefusalKind.BALANCE,
        "-13": RefusalKind.BALANCE,
        "-15": RefusalKind.THROTTLED,
        "-16": RefusalKind.CLOCK,
        BAD_PARAMETER: RefusalKind.REQUEST,
        "-26": RefusalKind.REQUEST,
    }
    call_states = CALL_STATES
    abilities = {
        Upload: UploadFile,
        ListFiles: QueryFiles,
        DeleteFiles: DeleteStored,
        FindRecord: FindCall,
        ListRecords: QueryCalls,
        AskBalance: GetBalance,
    }
    reports: ClassVar[type[Reports] | None] = VoiceReports
    # The key, secret and application of the samples that both vendors publish.
    sample_settings = {"api_key": "bDqJFiq9", "api_secret": "7bz1lzh9", "app_id": "4luaKsL2"}

    @cached_property
    def account(self) -> _signature.Account:
        """The account data that every request carries."""
        return _signature.Account(self.settings, PATH)

    def encode(self, message: VoiceMessage, now: float) -> Request:
        """One sendGroup or sendCode call. Unset fields are left out, except those sendGroup wants as ``null``."""
        account, fields = self.account, message.__dict__
        content = fields["content"]
        if type(content) is Speech:
            return _speech.encode(self, message, content, now)
        assert type(content) is UploadedAudio  # noqa: S101 - limits hold no other kind; this tells mypy
        # Digits and commas need no escaping, and a thousand numbers are most of the body.
        callees = digits_of(fields["to"]).encode()
        rest = _behind_callees(account.app_id, content.file_id, _optional_values(fields), self.null_when_unset)
        body = b"".join((b'{"callee":"', callees, b'",', rest))
        return Request("POST", account.address, account.headers(now), body)

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        """Rows by callee; what is neither a row nor a known refusal is doubt (docs/failures.md)."""
        fields = message.__dict__
        if type(fields["content"]) is Speech:
            return _speech.decode(self, message, reply)
        return _envelope.read(fields["to"], reply, self.refusal_kinds)

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        """Check address, signature, timestamp and body the way the vendor's page describes them."""
        if request.method == "POST" and request.url == self.settings.url(_speech.PATH):
            return _speech.parse(self, request, now)
        if request.method != "POST" or request.url != self.settings.url(PATH):
            return _bad("there is no such call")
        if refusal := _signature.objection(self.settings, request.headers, now):
            return refusal
        values = json_object(request.body)
        if values.pop("appId", None) != self.settings.app_id:
            return _bad("the body is no JSON object with a known appId")
        if strangers := values.keys() - _KNOWN:
            return _bad(f"unknown fields: {', '.join(sorted(strangers))}")
        callee, file_id = values.get("callee"), values.get("fileId")
        if not isinstance(callee, str) or not isinstance(file_id, str):
            return _bad("callee and fileId are required and are text")
        fields = {name: values[wire_name] for name, wire_name in _OPTIONAL if wire_name in values}
        if not all(number.isascii() and number.isdigit() for number in callee.split(",")):
            return _bad("callee is digits, separated by commas")
        try:
            message = VoiceMessage(to=callee.split(","), content=UploadedAudio(file_id), **fields)
        except ValidationError as error:
            return _bad(": ".join(filter(None, first_error(error))))
        problem = find_request_problem(self, message)
        return message if problem is None else _bad(str(problem))

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        """The envelope that says this; a callee in doubt has row code -18 or, without a code, no row."""
        return _envelope.reply(result)

    def answer_to(self, message: VoiceMessage | None, result: Sequence[Outcome] | Refusal) -> Reply:
        """For a spoken text one id or none; for the rest `answer`."""
        spoken = message is not None and isinstance(message.content, Speech)
        return _speech.answer(result) if spoken else self.answer(result)

    def refuse(self, message: VoiceMessage) -> MessageError | None:
        """Options belong to Speech."""
        return _speech.refuse(self, message) if message.provider_options else None


@lru_cache(16)  # the messages of a campaign differ only in their callees
def _behind_callees(app_id: str, file_id: str, values: tuple[object, ...], null_when_unset: frozenset[str]) -> bytes:
    """The part of a body after its callees; ``values`` are those of `_OPTIONAL`."""
    told = {
        wire: value
        for (name, wire), value in zip(_OPTIONAL, values, strict=True)
        if value is not None or name in null_when_unset
    }
    return to_json({"fileId": file_id, "appId": app_id, **told})[1:]


def _bad(reason: str) -> Refusal:
    return Refusal(RefusalKind.REQUEST, BAD_PARAMETER, reason)


_OPTIONAL = [
    (name, wire)
    for name, wire in SendGroup.wire_names.items()
    if name not in ("to", "content", "text", "rate")  # the first two are required, the others belong to sendCode
]
_optional_values = itemgetter(*dict(_OPTIONAL))
_KNOWN = {"callee", "fileId", *dict(_OPTIONAL).values()}
