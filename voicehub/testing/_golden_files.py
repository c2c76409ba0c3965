"""Golden samples as files: read and checked, so that an error names the file, the key and the expected form."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from voicehub.errors import RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider import Question, first_error
from voicehub.testing._bodies import same_body, same_json
from voicehub.testing._checked import LawBroken, claim
from voicehub.testing._tellings import KINDS

QUESTIONS = {kind.__name__: kind for kind in KINDS}
_MEANINGS = (*map(str, RefusalKind), "doubt", "success", "refused")


class Sample(BaseModel):
    """What all samples share. ``source`` is for people; ``text`` is any body that is not compared as JSON."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)
    form: ClassVar[str]
    source: str = ""

    def complaint(self) -> str | None:
        """What is wrong with it as a whole, by key."""
        return None


class WithBody(Sample):
    """A sample of what goes over the wire."""

    headers: dict[str, str]
    body: JsonValue = None
    text: str | None = None

    def complaint(self) -> str | None:
        both = {"body", "text"} <= self.model_fields_set
        return "body and text: give one of them, not both" if both else super().complaint()

    @property
    def lower(self) -> dict[str, str]:
        """The headers, with names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    @property
    def content(self) -> bytes:
        """The body as bytes; empty where the sample has none."""
        if self.text is not None:
            return self.text.encode()
        return json.dumps(self.body).encode() if "body" in self.model_fields_set else b""

    def same(self, body: bytes) -> bool:
        """Whether these bytes have the sample's content."""
        return same_json(body, self.body) if "body" in self.model_fields_set else same_body(body, self.content)


class RequestSample(WithBody):
    form = (
        'message {"to": ["+932111111111"], "content": {"kind": "audio_url", "url": "https://..."}}, '
        "now (Unix seconds), method, url, headers (all that encode sends) and body (JSON) or text"
    )
    message: VoiceMessage
    now: int | float
    method: str
    url: str


class OutcomeSample(BaseModel):
    model_config = Sample.model_config
    callee: str | None = None
    status: Literal["accepted", "refused", "in_doubt"] | None = None
    call_id: str | None = None
    code: str | None = None
    reason: str | None = None


class RefusalSample(BaseModel):
    model_config = Sample.model_config
    kind: RefusalKind
    code: str | None = None
    reason: str | None = None


class ReplySample(WithBody):
    form = (
        'message, status, headers, body (JSON) or text, and outcomes, a list of {"callee", "status", "call_id", '
        '"code", "reason"} with one for each callee in the order of "to", or refusal, {"kind", "code", "reason"}'
    )
    message: VoiceMessage
    status: int
    outcomes: list[OutcomeSample] | None = None
    refusal: RefusalSample | None = None

    def complaint(self) -> str | None:
        if (self.outcomes is None) == (self.refusal is None):
            return "outcomes and refusal: give one of them, not both; it says how the reply is to be read"
        rows, callees = len(self.outcomes or ()), len(self.message.to)
        if self.outcomes is not None and rows != callees:
            return f"outcomes: it has {rows}, and the message has {callees} callees"
        return super().complaint()


class CodesSample(Sample):
    form = f'codes, {{"17": "request"}}: what each code means, {", ".join(_MEANINGS)} (refused: one callee is)'
    codes: dict[str, str]

    def complaint(self) -> str | None:
        strange = [code for code, meaning in self.codes.items() if meaning not in _MEANINGS]
        return f"codes: {strange[0]} is {self.codes[strange[0]]!r}, which is not a known meaning" if strange else None


_SampleT = TypeVar("_SampleT", bound=Sample)
_ReadT = TypeVar("_ReadT")


def read_sample(path: Path, kind: type[_SampleT]) -> _SampleT:
    """The one sample of a file. Raises `LawBroken` that names file, key and form."""
    return _read(path, TypeAdapter(kind), lambda read: [read], f"{path.name} has {kind.form}")


def read_samples(path: Path, kind: type[_SampleT]) -> list[_SampleT]:
    """The list of samples of a file. Raises `LawBroken` that names file, key and form."""
    return _read(path, TypeAdapter(list[kind]), list, f"{path.name} is a list, and each item has {kind.form}")  # type: ignore[valid-type]


def _read(path: Path, form: TypeAdapter[_ReadT], inside: Callable[[_ReadT], Sequence[Sample]], hint: str) -> _ReadT:
    try:
        read = form.validate_json(path.read_bytes())
    except ValidationError as error:
        raise LawBroken(f"{path.name}: {': '.join(filter(None, first_error(error)))}\n{hint}") from error
    for at, sample in enumerate(inside(read)):
        if (complaint := sample.complaint()) is not None:
            where = f"{at}." if isinstance(read, list) else ""
            raise LawBroken(f"{path.name}: {where}{complaint}\n{hint}")
    return read


def paths_of(folder: Path, what: str) -> list[Path]:
    """The files of one kind in the folder, at least one."""
    paths = sorted(folder.glob(f"{what}*.json"))
    claim(paths, f"{folder} has no {what}*.json")
    return paths


class QuestionSample(WithBody):
    form = (
        "ask (the kind of question), asked (its fields; data in Base64, times in ISO 8601), now (Unix seconds), "
        "method, url, headers (all that encode sends) and body (JSON) or text, neither for none"
    )
    ask: str
    asked: dict[str, JsonValue]
    now: int | float
    method: str
    url: str

    def complaint(self) -> str | None:
        return _unasked(self) or super().complaint()


class TellingSample(WithBody):
    form = "ask, asked, status, headers, body (JSON) or text, and told or refusal, the fields to compare"
    ask: str
    asked: dict[str, JsonValue]
    status: int
    told: JsonValue = None
    refusal: RefusalSample | None = None

    def complaint(self) -> str | None:
        if ("told" in self.model_fields_set) == (self.refusal is not None):
            return "told and refusal: give one of them, not both; it says how the answer is to be read"
        return _unasked(self) or super().complaint()


class ReportSample(WithBody):
    form = "headers, body (JSON) or text, and records, a list of the fields to compare of each"
    records: list[dict[str, JsonValue]]


def question_of(sample: QuestionSample | TellingSample) -> Question[Any]:
    """The question a sample asks. Raises ``TypeError`` or ``ValueError`` for fields it cannot have."""
    given: dict[str, Any] = dict(sample.asked)
    for name, value in given.items():
        if name == "data":
            given[name] = base64.b64decode(value)
        elif name in ("since", "until"):
            given[name] = datetime.fromisoformat(value)
        elif isinstance(value, list):
            given[name] = tuple(value)
    return QUESTIONS[sample.ask](**given)


def _unasked(sample: QuestionSample | TellingSample) -> str | None:
    if sample.ask not in QUESTIONS:
        return f"ask: there is no question {sample.ask}; the questions are {', '.join(QUESTIONS)}"
    try:
        question_of(sample)
    except (TypeError, ValueError) as error:
        return f"asked: {error}"
    return None
