"""A vendor with replies in XML: one call id for the whole request, refused numbers listed, country codes left out."""

from collections.abc import Iterator, Sequence
from typing import ClassVar
from xml.etree import ElementTree as ET

from tests.testing.providers import PAGE, Fake
from voicehub import AudioUrl, Outcome, VoiceMessage
from voicehub.provider import Limits, Refusal, RefusalKind, Reply, Request, http_verdict, match_callee

COUNTRY_CODE = 2  # digits; in its country of origin all are that long


class ByXml(Fake):
    name = "by-xml"
    call_ids = "request"
    callee_refusal_code = "N1"
    callee_codes: ClassVar[set[str]] = {"N1", "N2", "N3"}
    refusal_kinds = {"A1": RefusalKind.AUTH, "E400": RefusalKind.REQUEST, "B1": RefusalKind.BALANCE}
    limits = {
        AudioUrl: Limits(
            callees=PAGE.span(1, 20, "callees"),
            callee_digits=PAGE.span(9, 15, "digits"),  # seven that its replies name, and the country code
            plays=PAGE.span(1, 4, "plays"),
        )
    }

    def encode(self, message: VoiceMessage, now: float) -> Request:
        root = ET.Element("announce", audio=message.content.model_dump()["url"])
        if message.plays is not None:
            root.set("plays", str(message.plays))
        for callee in message.to:
            ET.SubElement(root, "to").text = callee
        return self._request(ET.tostring(root))

    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        if refusal := self._stranger(request):
            return Refusal(RefusalKind.AUTH, "A1") if refusal.kind is RefusalKind.AUTH else refusal
        root = xml(request.body)
        if root is None or root.tag != "announce":
            return Refusal(RefusalKind.REQUEST, "E400", "cannot be read")
        try:
            plays = {"plays": int(root.attrib["plays"])} if "plays" in root.attrib else {}
            numbers = [to.text or "" for to in root.iter("to")]
            if not all(number[1:].isascii() and number[1:].isdecimal() for number in numbers):
                return Refusal(RefusalKind.REQUEST, "E400", "a number is + and digits")
            return self._taken(to=numbers, content=AudioUrl(root.get("audio", "")), **plays)
        except ValueError:
            return Refusal(RefusalKind.REQUEST, "E400", "cannot be read")

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        if isinstance(result, Refusal):
            root = ET.Element("error", code=result.code or "E400")
            root.text = result.reason
            return self._reply({RefusalKind.AUTH: 401}.get(result.kind, 400), root)
        root = ET.Element("calls")
        for row in result:
            if row.status == "accepted":
                root.set("id", row.call_id or "")
            elif row.status == "refused":
                bad = ET.SubElement(root, "bad", code=row.code or "N1", number=row.callee[1 + COUNTRY_CODE :])
                bad.text = row.reason
        return self._reply(200, root)

    def _reply(self, status: int, root: ET.Element) -> Reply:
        return Reply(status, {"content-type": "application/xml"}, ET.tostring(root, "utf-8", xml_declaration=True))

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        root, verdict = xml(reply.body), http_verdict(reply)
        if root is None or root.tag not in ("calls", "error"):
            return verdict or ()
        if root.tag == "error":
            kind = self.refusal_kinds.get(root.get("code", ""))
            return verdict or () if verdict is None or kind is None else Refusal(kind, root.get("code"), root.text)
        bad, call_id = list(self._refused(message, root, reply)), root.get("id")
        others = [callee for callee in message.to if callee not in {row.callee for row in bad}]
        if not call_id:
            return bad
        whose_is_known = all(row.callee in message.to for row in bad)
        return [*bad, *(Outcome(one, "accepted" if whose_is_known else "in_doubt", call_id) for one in others)]

    def _refused(self, message: VoiceMessage, root: ET.Element, reply: Reply) -> Iterator[Outcome]:
        for bad in root.iter("bad"):
            code, number = bad.get("code"), bad.get("number", "")
            known = code in self.callee_codes and not reply.proves_nothing
            callee = match_callee(message, number) or number
            yield Outcome(callee, "refused" if known else "in_doubt", None, code, bad.text)


def xml(body: bytes) -> ET.Element | None:
    try:
        return ET.fromstring(body)
    except (ET.ParseError, ValueError, LookupError):
        return None
