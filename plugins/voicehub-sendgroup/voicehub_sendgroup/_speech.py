"""sendCode: a text spoken to one callee. The dialect's headers and envelope; ``data`` of the reply is one call id."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import to_json

from voicehub import MessageError, Outcome, Speech, UnsupportedField, VoiceMessage
from voicehub.provider import (
    Limits,
    Page,
    Refusal,
    Reply,
    Request,
    code_text,
    find_request_problem,
    first_error,
    http_verdict,
    json_object,
    reason_text,
)
from voicehub_sendgroup import _signature
from voicehub_sendgroup._asking import bad, dump
from voicehub_sendgroup._envelope import SUCCESS

if TYPE_CHECKING:
    from voicehub_sendgroup._provider import SendGroup

PATH = "/voice/sendCode"
#: BCP 47 to the platform's own codes, as the older page of itniotech.com/api/voice/sendCode lists them. The tables that
#: newer pages refer to were not seen. No region has a code of its own: ``en-GB`` is spoken as ``en``.
LANGUAGES = {
    "ar": "ARB",
    "bn": "BD",
    "de": "DE",
    "en": "EN",
    "es": "ES",
    "hi": "IN",
    "id": "IDN",
    "it": "IT",
    "ja": "JP",
    "ko": "KR",
    "pt": "PT",
    "ru": "RU",
    "th": "TH",
    "vi": "VN",
}
_TAGS = {code: tag for tag, code in LANGUAGES.items()}
_FIELDS = {
    "caller_id": "displayNum",
    "max_duration_seconds": "maxDuration",
    "ring_timeout_seconds": "maxRingingTime",
    "plays": "loopCount",
    "reference": "calledInfo",
}
_OPTIONS = {
    "accent": "accent",
    "gender": "ssmlGender",
    "recall_count": "recallCount",
    "recall_interval_minutes": "recallInterval",
}
_GENDERS: Mapping[str, int] = {"male": 1, "female": 2}
_WORDS = {number: word for word, number in _GENDERS.items()}
_NOTHING: tuple[object, ...] = (None, "", [], {})


class SpeechOptions(BaseModel):
    """``provider_options`` of `Speech`: the voice, and repeated calls to a callee who was not reached.

    ``accent`` is a code of the vendor's table; ``recall_count`` 0 to 9 calls more, 0 none; ``recall_interval_minutes``
    1 to 999 between two of them, the vendor's default 5. With recalls only the last attempt is reported.
    """

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    accent: str | None = Field(default=None, pattern="^[A-Za-z0-9_-]{1,32}$")
    gender: Literal["male", "female"] | None = None
    recall_count: int | None = Field(default=None, ge=0, le=9)
    recall_interval_minutes: int | None = Field(default=None, ge=1, le=999)

    @model_validator(mode="after")
    def _interval_of_something(self) -> Self:
        if self.recall_interval_minutes is not None and not self.recall_count:
            raise ValueError("recall_interval_minutes needs a recall_count above 0")
        return self


def speech_limits(page: Page, *, plays: int) -> Limits:
    """The table of a brand's sendCode page; the brands differ in how often a text is repeated."""
    return Limits(
        callees=page.span(1, 1, "callees"),
        callee_digits=page.span(7, 15, "digits"),
        caller_id=page.span(7, 15, "digits"),
        ring_timeout_seconds=page.span(20, 120, "seconds"),
        max_duration_seconds=page.span(1, 120, "seconds"),
        plays=page.span(1, plays, "plays"),
        reference=page.span(0, 1000, "UTF-16 units"),
        text=page.span(1, 1000, "UTF-16 units"),
        rate=page.span(0.25, 4, "times normal speed"),
    )


def refuse(provider: "SendGroup", message: VoiceMessage) -> MessageError | None:
    """This message has options, and only a spoken text may have them."""
    if not isinstance(message.content, Speech):
        return UnsupportedField("provider_options", f"belong to Speech at {provider.name}; sendGroup has none of them")
    return None


def encode(provider: "SendGroup", message: VoiceMessage, speech: Speech, now: float) -> Request:
    """Unset fields are left out: every page calls them optional."""
    (callee,) = message.to  # a second one would be dropped silently
    options = dict(message.provider_options.get(provider.name, {}))
    if "gender" in options:
        options["gender"] = _GENDERS[str(options["gender"])]
    values: dict[str, Any] = {
        "callee": callee.removeprefix("+"),
        "language": LANGUAGES[speech.language],
        "text": speech.text,
        "appId": provider.account.app_id,
        "speakingRate": speech.rate,
        **{wire: getattr(message, name) for name, wire in _FIELDS.items()},
        **{_OPTIONS[name]: value for name, value in options.items()},
    }
    said = {name: value for name, value in values.items() if value is not None}
    return Request("POST", provider.settings.url(PATH), provider.account.headers(now), to_json(said))


def decode(provider: "SendGroup", message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
    """An id with status 0 is a call. Text beside a failure may be an id or more words of the failure: doubt."""
    envelope = json_object(reply.body)
    status, reason = code_text(envelope.get("status")), reason_text(envelope.get("reason"))
    data = envelope.get("data")
    call_id = (code_text(data) or "").strip()
    if status == SUCCESS and call_id and not reply.proves_nothing:
        return [Outcome(message.to[0], "accepted", call_id, status, reason)]
    if data in _NOTHING and status != SUCCESS:
        if status is None and (verdict := http_verdict(reply)):
            return verdict
        if status in provider.refusal_kinds and not reply.proves_nothing:
            return Refusal(provider.refusal_kinds[str(status)], status, reason)
    told = reason if status is not None and status != SUCCESS else f"HTTP {reply.status} without a call id"
    return [Outcome(message.to[0], "in_doubt", None, status, told)]


def parse(provider: "SendGroup", request: Request, now: float) -> VoiceMessage | Refusal:
    """Address, signature, timestamp and body, as the page describes them; the address was checked before."""
    if refusal := _signature.objection(provider.settings, request.headers, now):
        return refusal
    values = json_object(request.body)
    if values.pop("appId", None) != provider.settings.app_id:
        return bad("the body is no JSON object with a known appId")
    callee, language, text, rate = (values.pop(name, None) for name in ("callee", "language", "text", "speakingRate"))
    if not (isinstance(callee, str) and callee.isascii() and callee.isdigit()):
        return bad("callee is one number in digits")
    if not isinstance(language, str) or language not in _TAGS:
        return bad("there is no such language")
    fields = {name: values.pop(wire) for name, wire in _FIELDS.items() if wire in values}
    options = {name: values.pop(wire) for name, wire in _OPTIONS.items() if wire in values}
    if "gender" in options:
        options["gender"] = _WORDS.get(options["gender"], "?") if type(options["gender"]) is int else "?"
    if values:
        return bad(f"unknown fields: {', '.join(sorted(values))}")
    try:
        content = Speech.model_validate({"text": text, "language": _TAGS[language], "rate": rate})
        message = VoiceMessage(to=[callee], content=content, provider_options={provider.name: options}, **fields)
    except ValidationError as error:
        return bad(": ".join(filter(None, first_error(error))))
    problem = find_request_problem(provider, message)
    return message if problem is None else bad(str(problem))


def answer(result: Sequence[Outcome] | Refusal) -> Reply:
    """The envelope that says this: an id, a code, or neither for a callee in doubt."""
    if isinstance(result, Refusal):
        said = {"status": result.code or "-22", "reason": result.reason, "data": None}
    elif result and result[0].status == "accepted":
        said = {"status": SUCCESS, "reason": result[0].reason or "success", "data": result[0].call_id}
    else:
        code, reason = (result[0].code, result[0].reason) if result else (None, None)
        said = {"status": code or SUCCESS, "reason": reason, "data": None}
    return Reply(200, {"content-type": _signature.CONTENT_TYPE}, dump(said))
