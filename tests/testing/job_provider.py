"""A vendor with replies in XML: a job for all, a row for each callee without country code or reason, a signed body."""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from pydantic import SecretStr

from tests.testing.providers import PAGE, Account
from tests.testing.xml_provider import COUNTRY_CODE, ByXml, xml
from voicehub import AudioUrl, Outcome, VoiceMessage
from voicehub.provider import Limits, Refusal, RefusalKind, Reply, Request, http_verdict, match_callee


def digest(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


class Signed(Account):
    key: SecretStr


class ByJob(ByXml):
    name = "by-job"
    Settings = Signed  # type: ignore[assignment]
    settings: Signed
    sample_settings = {"token": "made-up-token-1", "key": "made-up-key-1"}
    refusal_kinds = {
        "401": RefusalKind.AUTH,
        "402": RefusalKind.BALANCE,
        "A1": RefusalKind.AUTH,
        "E400": RefusalKind.REQUEST,
    }
    limits = {
        AudioUrl: Limits(
            callees=PAGE.span(1, 20, "callees"),
            callee_digits=PAGE.span(9, 15, "digits"),
            plays=PAGE.span(1, 4, "plays"),
            reference=PAGE.span(1, 9, "characters"),
        )
    }

    def encode(self, message: VoiceMessage, now: float) -> Request:
        request = super().encode(message, now)
        body = request.body
        if message.reference is not None:
            root = ET.fromstring(body)
            root.set("ref", message.reference)
            body = ET.tostring(root, "utf-8")
        return Request(request.method, request.url, {**request.headers, "x-digest": self._digest(body)}, body)

    def _digest(self, body: bytes) -> str:
        return digest(self.settings.key.get_secret_value(), body)

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if not hmac.compare_digest(request.headers.get("x-digest", "").encode(), self._digest(request.body).encode()):
            return Refusal(RefusalKind.AUTH, "401")
        read, root = super().parse(request, now), xml(request.body)
        if isinstance(read, Refusal) or root is None or root.get("ref") is None:
            return read
        return self._taken(to=read.to, content=read.content, plays=read.plays, reference=root.get("ref"))

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        if isinstance(result, Refusal):
            if (result.code or "").isdecimal() and len(result.code or "") == 3:
                return Reply(int(result.code or ""), {}, b"<error/>")
            return self._reply(400, ET.Element("error", code=result.code or "E400"))
        root = ET.Element("calls")
        if job := next((row.call_id for row in result if row.call_id), None):
            ET.SubElement(root, "job", id=job)
        for row in result:
            if row.status != "in_doubt":
                said = ET.SubElement(
                    root, "ok" if row.status == "accepted" else "bad", n=row.callee[1 + COUNTRY_CODE :]
                )
                if row.status == "refused":
                    said.set("why", row.code or "N1")
        return self._reply(200, root)

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        root = xml(reply.body)
        if root is None:
            return http_verdict(reply) or ()
        return self.rows(list(self._rows(message, root, reply))) if root.tag == "calls" else self.verdict(reply) or ()

    def verdict(self, reply: Reply) -> Refusal | None:
        """Of an answer without rows: by the code of its error, else by the HTTP status."""
        root, verdict = xml(reply.body), http_verdict(reply)
        if root is None or root.tag != "error" or verdict is None:
            return verdict
        code = root.get("code") or str(reply.status)
        return Refusal(self.refusal_kinds.get(code, verdict.kind), code)

    def rows(self, rows: list[Outcome]) -> list[Outcome]:
        return rows

    def job(self, root: ET.Element) -> str | None:
        jobs = [job.get("id") for job in root.iter("job")]
        return (jobs[0] or None) if len(jobs) == 1 else None

    def whose(self, message: VoiceMessage, number: str) -> str | None:
        return match_callee(message, number)

    def known(self, code: str | None) -> bool:
        return code in self.callee_codes

    def _rows(self, message: VoiceMessage, root: ET.Element, reply: Reply) -> Iterator[Outcome]:
        job = self.job(root)
        for row in root.iter():
            number = row.get("n", "")
            callee = self.whose(message, number) or number
            if row.tag == "ok":
                yield Outcome(callee, "in_doubt" if job is None else "accepted", job)
            elif row.tag == "bad":
                refused = self.known(row.get("why")) and not reply.proves_nothing
                yield Outcome(callee, "refused" if refused else "in_doubt", None, row.get("why"))
