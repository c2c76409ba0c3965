"""Right providers that sign their body, have no place for a reason, or refuse by a bare status: none is failed."""

import json
from pathlib import Path

import hypothesis
import pytest
from hypothesis import Phase

from tests.testing.job_provider import ByJob
from tests.testing.mutants_of_gaps import ReadsItsCreditByAPattern
from voicehub import AudioUrl, VoiceMessage
from voicehub.provider import Refusal, Reply, Request
from voicehub.testing import LAWS, Exam, LawBroken

QUICK = hypothesis.settings(database=None, derandomize=True, phases=[Phase.generate])


def test_a_signature_that_is_looked_at_first_leaves_edited_requests_untried() -> None:
    with pytest.raises(pytest.skip.Exception, match="its body is signed, and parse checks that first"):
        LAWS["what_no_message_holds_is_refused"](Exam(ByJob))


class SignatureLast(ByJob):
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        signed = {**request.headers, "x-digest": self._digest(request.body)}
        read = super().parse(Request(request.method, request.url, signed, request.body), now)
        return read if isinstance(read, Refusal) else super().parse(request, now)


def test_a_signature_that_is_looked_at_last_lets_edited_requests_be_tried() -> None:
    for law in ("what_no_message_holds_is_refused", "credentials_are_checked"):
        LAWS[law](Exam(SignatureLast, effort=QUICK))


class ByBareStatus(ByJob):
    """A vendor whose 402 has no body at all."""

    def verdict(self, reply: Reply) -> Refusal | None:
        verdict = super().verdict(reply)
        if verdict is None:
            return None
        return Refusal(self.refusal_kinds.get(verdict.code or "", verdict.kind), verdict.code)

    def decode(self, message: VoiceMessage, reply: Reply) -> object:  # type: ignore[override]
        return super().decode(message, reply) if b"<calls" in reply.body else self.verdict(reply) or ()


def test_a_bare_status_may_be_read_as_the_table_has_it() -> None:
    LAWS["a_bare_status_is_read_by_http"](Exam(ByBareStatus))
    read = Exam(ByBareStatus).provider.decode(MESSAGE, Reply(402, {}))
    assert isinstance(read, Refusal)
    assert read.kind == "balance"


def test_no_reason_is_asked_for_where_there_is_no_place_for_one() -> None:
    for law in ("what_is_told_is_decoded", "server_errors_tell_nothing"):
        LAWS[law](Exam(ReadsItsCreditByAPattern, effort=QUICK))


MESSAGE = VoiceMessage(to=["+932111111111"], content=AudioUrl("https://audio.example/a.mp3"), reference="\u00e9&")


@pytest.mark.parametrize("space", ["", "\n  "])
def test_a_signed_sample_may_be_indented(tmp_path: Path, space: str) -> None:
    provider = Exam(ByJob).provider
    request = provider.encode(MESSAGE, 0)
    sample = {
        "message": MESSAGE.model_dump(mode="json", exclude_none=True),
        "now": 0,
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "text": request.body.decode().replace("<to>", f"{space}<to>"),
    }
    (tmp_path / "request.json").write_text(json.dumps(sample), "utf-8")
    exam = Exam(ByJob, golden=tmp_path)
    LAWS["golden_requests_are_met"](exam)
    headers = {**request.headers, "x-digest": "0" * 64}
    (tmp_path / "request.json").write_text(json.dumps({**sample, "headers": headers}), "utf-8")
    with pytest.raises(LawBroken, match="encode sends headers"):
        LAWS["golden_requests_are_met"](exam)
