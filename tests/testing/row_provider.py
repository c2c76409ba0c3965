"""A vendor with replies in lines of text: one id for the request, then a row for each callee, then the end."""

from collections.abc import Iterator, Sequence

from tests.testing.providers import ByLine
from voicehub import Outcome, VoiceMessage
from voicehub.provider import Refusal, Reply, http_verdict, match_callee


class ByRow(ByLine):
    name = "by-row"
    callee_refusal_code = "N1"

    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        if isinstance(result, Refusal):
            return super().answer(result)
        call_id = next((row.call_id for row in result if row.call_id), "")
        rows = [self._row(row) for row in result if row.status != "in_doubt"]
        return Reply(200, {}, "\n".join([f"CALL {call_id}", *rows, "END\n"]).encode())

    def _row(self, row: Outcome) -> str:
        return " ".join(filter(None, [row.callee, row.code or "OK", row.reason]))

    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        if not reply.body.startswith(b"CALL "):
            return super().decode(message, reply)
        head, *rows = reply.body.decode(errors="replace").split("\n")
        if self._breaks_off(rows):
            return http_verdict(reply) or ()
        return list(self._read(message, head.partition(" ")[2], rows, reply))

    def _breaks_off(self, rows: list[str]) -> bool:
        return rows[-2:] != ["END", ""]

    def _read(self, message: VoiceMessage, call_id: str, rows: list[str], reply: Reply) -> Iterator[Outcome]:
        for row in rows[:-2]:
            number, _, said = row.partition(" ")
            code, _, reason = said.partition(" ")
            callee = match_callee(message, number) or number
            if code == "OK" and call_id:
                yield Outcome(callee, "accepted", call_id)
            elif code == "N1" and not reply.proves_nothing:
                yield Outcome(callee, "refused", None, code, reason or None)
            else:
                yield Outcome(callee, "in_doubt", None, code, reason or None)
