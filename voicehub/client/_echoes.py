"""Our own credentials in a stranger's mouth: hidden before what a vendor said, or a plugin raised, is handed on."""

import sys
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from voicehub._masking import SHORTEST_SECRET, hide, is_clean, mask_text, words_of
from voicehub.errors import PluginError
from voicehub.message import VoiceMessage
from voicehub.receipt import Accepted, Ids, Outcome


@dataclass(slots=True, repr=False)
class Echoes:
    """What may not come back: the settings' secrets anywhere; header values, and what is played, in a code or a reason.

    A call id may well hold a timestamp that a header held too, so that in an id only a secret counts. The header values
    are asked for only where there are words to look through.
    """

    secrets: Collection[str]
    credentials: Callable[[int], Collection[str]]  # the header values of at most so many characters

    @property
    def all(self) -> set[str]:
        """The secrets and the header values."""
        return {*self.secrets, *self.credentials(sys.maxsize)}

    def hide(self, text: str | None) -> str | None:
        """This code or reason without them; ``None`` stays."""
        return hide(text, secrets=self.all) if text and len(text) >= SHORTEST_SECRET else text

    def hidden_in(self, rows: Sequence[Outcome]) -> Sequence[Outcome]:
        """Rows of callees we asked for, without them: nearly always the very same, as one look at all of them tells."""
        if not rows:
            return rows
        ids, words = _columns(rows)
        return [self.hidden(row) for row in rows] if self._are_in(ids, words) else rows

    def hidden(self, row: Outcome) -> Outcome:
        """This row without them, its callee too."""
        callee, status, call_id, code, reason = row
        callee, call_id = hide(callee, secrets=self.secrets), call_id and hide(call_id, secrets=self.secrets)
        return Outcome(callee, status, call_id, self.hide(code), self.hide(reason))

    def _are_in(self, ids: str | None, words: str) -> bool:
        """Whether a secret is in any of these, or a header value in the words."""
        text = f"{ids}\n{words}".lower()
        for secret in self.secrets:
            if secret.lower() in text and len(secret) >= SHORTEST_SECRET:
                return True
        if len(words) >= SHORTEST_SECRET:
            for each in self.credentials(len(words)):
                if each.lower() in words.lower() and len(each) >= SHORTEST_SECRET:
                    return True
        return False


def private_words(message: VoiceMessage) -> list[str]:
    """What is said, or the whole address of what is played: it may be signed, and a text may hold a code for one."""
    content = message.content
    return [getattr(content, name) for name in ("url", "text") if hasattr(content, name)]


def fit_to_show(error: BaseException, secrets: Collection[str]) -> BaseException:
    """A plugin's exception as the cause of ours; one whose text may not be shown is told in fit words instead.

    Whoever logs an error prints its causes, and theirs. The stand-in keeps the traceback, which is what mends a plugin.
    """
    if is_clean("".join(traceback.format_exception(error)), secrets):
        return error
    told = f"{type(error).__name__}: {mask_text(words_of(error), secrets)}"
    return PluginError(told).with_traceback(error.__traceback__)


def _columns(rows: Sequence[Outcome]) -> tuple[str | None, str]:
    """Their call ids, and their codes and reasons, each as one text; what is unset is no credential's part."""
    if type(rows) is Accepted:
        told = rows.call_ids
        return told.joined if type(told) is Ids else "\n".join(told), f"{rows.code}\n{rows.reason}"
    if len(rows) == 1:
        _, _, call_id, code, reason = rows[0]
        return call_id, f"{code}\n{reason}" if code and len(code) >= SHORTEST_SECRET else reason or ""
    _, _, ids, codes, reasons = zip(*rows, strict=True)
    return "\n".join(filter(None, ids)), "\n".join(filter(None, {*codes, *reasons}))
