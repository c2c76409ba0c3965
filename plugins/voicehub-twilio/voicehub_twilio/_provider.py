"""`Twilio`: the four pure methods and the facts. Sources are the vendor's OpenAPI description and documentation."""

import hmac
import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from pydantic import JsonValue, ValidationError

from voicehub.provider import (
    AudioUrl,
    CallState,
    LimitExceeded,
    Limits,
    MessageError,
    Outcome,
    Page,
    Provider,
    Refusal,
    RefusalKind,
    Reply,
    Request,
    Speech,
    VoiceMessage,
    code_text,
    find_request_problem,
    first_error,
    http_verdict,
    json_object,
    reason_text,
)
from voicehub_twilio import _twiml
from voicehub_twilio._settings import TwilioOptions, TwilioSettings

CALLS = Page("twilio-oai spec/json/twilio_api_v2010.json, Calls", "2026-11")
PLAY = Page("twilio.com/docs/voice/twiml/play; 1000 is where loop=0 ends", "2026-11")
SAY = Page("twilio.com/docs/voice/twiml/say", "2026-11")
E164 = Page("twilio.com/docs/glossary/what-e164; 7 as the shortest is inference", "2026-11")
LONGEST_TWIML = 4000  # characters, after escaping (Calls, field Twiml)
FORM = "application/x-www-form-urlencoded"

_COMMON = {
    "callees": CALLS.span(1, 1, "callees"),
    "callee_digits": E164.span(7, 15, "digits"),
    "caller_id": E164.span(7, 15, "digits", required=True),
    "ring_timeout_seconds": CALLS.span(1, 600, "seconds"),
    "max_duration_seconds": CALLS.span(1, None, "seconds"),  # "constraints depend on account and configuration"
    "plays": PLAY.span(1, 1000, "plays"),
}


class Twilio(Provider):
    """Twilio. One callee a request; errors by HTTP status, with a code in the body."""

    name = "twilio"
    Settings = TwilioSettings
    Options = TwilioOptions
    settings: TwilioSettings
    limits = {
        AudioUrl: Limits(**_COMMON),
        Speech: Limits(
            **_COMMON,
            text=CALLS.span(1, LONGEST_TWIML, "characters"),
            voice=SAY.span(1, None, "characters"),
        ),
    }
    wire_names = {
        "to": "To",
        "content": "Twiml",
        "caller_id": "From",
        "ring_timeout_seconds": "Timeout",
        "max_duration_seconds": "TimeLimit",
        "plays": "loop",
        "text": "Say",
        "voice": "voice",
    }
    call_ids = "callee"
    callee_refusal_code = "21211"
    # About one callee only, so they stop no other: invalid, not reachable, no permission for that region, not a
    # number (docs/api/errors; that the last two concern one callee is inference).
    callee_codes = frozenset({"21211", "21214", "21215", "21217", "21408"})
    refusal_kinds = {
        "20003": RefusalKind.AUTH,
        "20429": RefusalKind.THROTTLED,
        "13410": RefusalKind.REQUEST,
        "13510": RefusalKind.REQUEST,
        "13520": RefusalKind.REQUEST,
        "21210": RefusalKind.REQUEST,
        "21212": RefusalKind.REQUEST,
        "21213": RefusalKind.REQUEST,
        "21601": RefusalKind.REQUEST,
    }
    call_states = {
        "queued": CallState.QUEUED,
        "initiated": CallState.QUEUED,
        "ringing": CallState.RINGING,
        "in-progress": CallState.ANSWERED,
        "answered": CallState.ANSWERED,
        "completed": CallState.COMPLETED,
        "busy": CallState.BUSY,
        "no-answer": CallState.NO_ANSWER,
        "canceled": CallState.CANCELED,
        "failed": CallState.FAILED,
    }
    sample_settings = {"account_sid": "AC" + "0" * 32, "auth_token": "made-up-token"}

    def refuse(self, message: VoiceMessage) -> MessageError | None:
        """What no row can state: a caller id in E.164, an https URL, and TwiML of 4000 characters after escaping."""
        if (message.caller_id or "").startswith("0"):
            return MessageError("caller_id", f"begins with 0; a Twilio caller id is E.164 ({CALLS.source}, From)")
        if isinstance(message.content, AudioUrl) and not message.content.url.startswith("https://"):
            return MessageError("content", f"its url is not https ({PLAY.source})")
        if (length := len(_twiml.write(message))) > LONGEST_TWIML:
            told = f"is {length} characters of TwiML after escaping; Twilio takes {LONGEST_TWIML} ({CALLS.source})"
            return LimitExceeded("content", told, LONGEST_TWIML)
        return None

    def encode(self, message: VoiceMessage, now: float) -> Request:
        """POST a form to the account's Calls."""
        options = message.provider_options.get(self.name, {})
        (callee,) = message.to  # a second one would be dropped silently
        fields = {
            "To": callee,
            "From": f"+{message.caller_id}",
            "Twiml": _twiml.write(message),
            "Timeout": message.ring_timeout_seconds,
            "TimeLimit": message.max_duration_seconds,
            **{_wire(name): json.dumps(value) if isinstance(value, bool) else value for name, value in options.items()},
        }
        body = urlencode({name: value for name, value in fields.items() if value is not None})
        headers = {"content-type": FORM, "accept": "application/json", "authorization": self.settings.authorization()}
        return Request("POST", self._url(), headers, body.encode())

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        """A call SID is a call, whatever the status; else the status and the code say who was refused."""
        said = json_object(reply.body)
        sid, named = said.get("sid"), said.get("to")
        if isinstance(sid, str) and sid:
            callee = named if isinstance(named, str) and named.strip() else message.to[0]
            return [Outcome(callee, "accepted", sid)]
        code, reason = code_text(said.get("code")), reason_text(said.get("message"))
        verdict = http_verdict(reply)
        if verdict is None or sid not in (None, ""):  # a SID that cannot be read may be a call
            told = reason or f"HTTP {reply.status} without a call SID"
            return [Outcome(message.to[0], "in_doubt", None, code, told)]
        if code in self.callee_codes:
            return [Outcome(message.to[0], "refused", None, code, reason)]
        if code is None:
            return verdict
        return Refusal(self.refusal_kinds.get(code, verdict.kind), code, reason)

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        """Check address, credentials and form the way the vendor describes them."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), self.settings.authorization().encode()):
            return Refusal(RefusalKind.AUTH, "20003", "Authenticate")
        if request.method != "POST" or request.url != self._url():
            return _bad("there is no such resource")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return _bad(f"the body is not {FORM}")
        try:
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=50)
            fields = dict(pairs)
            if len(fields) != len(pairs):
                return _bad("a field is given twice")
            message = self._message(fields)
        except ValidationError as error:
            return _bad(": ".join(filter(None, first_error(error))))
        except ValueError as error:
            return _bad(str(error))
        problem = find_request_problem(self, message)
        return message if problem is None else _bad(str(problem))

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        """201 with a SID, 4xx with a code, or a 500 for a callee in doubt and for what is not one callee."""
        if isinstance(result, Refusal):
            return _error(_STATUS.get(result.kind, 400), result.code, result.reason)
        if len(result) != 1:
            return _error(500, None, None)
        (outcome,) = result
        if outcome.status == "accepted":
            said = {"sid": outcome.call_id, "to": outcome.callee, "status": "queued"}
            return Reply(201, {"content-type": "application/json"}, json.dumps(said).encode())
        return _error(400 if outcome.status == "refused" else 500, outcome.code, outcome.reason)

    def _url(self) -> str:
        return self.settings.url(f"Accounts/{self.settings.account_sid}/Calls.json")

    def _message(self, fields: dict[str, str]) -> VoiceMessage:
        content, plays = _twiml.read(fields.pop("Twiml", ""))
        to, caller = fields.pop("To", ""), fields.pop("From", "")
        if not (to.startswith("+") and caller.startswith("+")):
            raise ValueError("To and From are E.164 numbers with +")
        timeout, limit = fields.pop("Timeout", None), fields.pop("TimeLimit", None)
        options = {
            name: _typed(name, fields.pop(_wire(name))) for name in TwilioOptions.model_fields if _wire(name) in fields
        }
        if fields:
            raise ValueError(f"unknown fields: {', '.join(sorted(fields))}")
        return VoiceMessage(
            to=[to],
            content=content,
            caller_id=caller,
            plays=plays,
            ring_timeout_seconds=None if timeout is None else _twiml.whole("Timeout", timeout),
            max_duration_seconds=None if limit is None else _twiml.whole("TimeLimit", limit),
            provider_options={self.name: options},
        )


_STATUS = {RefusalKind.AUTH: 401, RefusalKind.THROTTLED: 429}


def _wire(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _typed(name: str, text: str) -> JsonValue:
    """A form value as the type its option has."""
    if name == "record":
        return {"true": True, "false": False}.get(text, text)
    return _twiml.whole(_wire(name), text) if name == "machine_detection_timeout" else text


def _bad(reason: str) -> Refusal:
    return Refusal(RefusalKind.REQUEST, "21213", reason)


def _error(status: int, code: str | None, reason: str | None) -> Reply:
    number = int(code) if code is not None and re.fullmatch("[0-9]{1,9}", code) else code
    more = f"https://www.twilio.com/docs/errors/{code}"
    said = {"code": number, "message": reason, "more_info": more, "status": status}
    return Reply(status, {"content-type": "application/json"}, json.dumps(said).encode())
