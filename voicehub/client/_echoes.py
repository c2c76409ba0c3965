"""Our own credentials in a stranger's mouth: hidden before what a vendor said, or a plugin raised, is handed on."""

import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from voicehub._masking import SHORTEST_SECRET, hide, is_clean, mask_text, words_of
from voicehub.errors import PluginError
from voicehub.message import AudioUrl, Speech
from voicehub.receipt import Accepted, Ids, Outcome

_OPEN_HEADERS = {"accept", "content-type"}  # any other header may carry a credential
_LONG = 500  # characters; a shorter text is sooner looked through


@dataclass(frozen=True, slots=True, repr=False)
class Head:
    """What is known of a request's method, address and headers."""

    objection: str | None  # why it cannot leave
    credentials: frozenset[str]
    shortest: int  # characters of the shortest of these

    @classmethod
    def of(cls, headers: Mapping[str, str], objection: str | None = None) -> Self:
        """That of a request with these headers."""
        credentials = credentials_of(headers)
        return cls(objection, credentials, min(map(len, credentials), default=sys.maxsize))


@dataclass(slots=True, repr=False)
class Echoes:
    """What may not come back: the settings' secrets anywhere; header values, and what is played, in a code or a reason.

    A call id may well hold a timestamp that a header held too, so that in an id only a secret counts.
    """

    secrets: Collection[str]
    heads: Collection[Head]  # of each request that was made
    content: object = None  # what is played; None: nothing is

    @property
    def all(self) -> set[str]:
        """The secrets, the header values and what is played."""
        return {*self.secrets, *credentials_in_all(self.heads), *private_words(self.content)}

    def hide(self, text: str | None) -> str | None:
        """This code or reason without them; ``None`` stays."""
        return hide(text, secrets=self.all) if text and len(text) >= SHORTEST_SECRET else text

    def masked(self, text: str | BaseException | None) -> str:
        """A text, or that of an error, for people: without any of them and without numbers; ``None``: empty."""
        return mask_text(words_of(text) if isinstance(text, BaseException) else text, self.all)

    def hidden_in(self, rows: Sequence[Outcome]) -> Sequence[Outcome]:
        """Rows of callees we asked for, without them: nearly always the very same, as one look at all of them tells."""
        if not rows:
            return rows
        ids, words = _columns(rows)
        if _held_in(ids, self.secrets) or (self._could_be_in(words) and _held_in(words, self.all)):
            return [self.hidden(row) for row in rows]
        return rows

    def hidden(self, row: Outcome) -> Outcome:
        """This row without them, its callee too."""
        callee, status, call_id, code, reason = row
        callee, call_id = hide(callee, secrets=self.secrets), call_id and hide(call_id, secrets=self.secrets)
        return Outcome(callee, status, call_id, self.hide(code), self.hide(reason))

    def _could_be_in(self, words: str) -> bool:
        """Whether any of them is short enough, as hardly one is: most vendors say little."""
        longest = len(words)
        if longest < SHORTEST_SECRET:
            return False
        for head in self.heads:
            if head.shortest <= longest:
                return True
        for secret in self.secrets:
            if len(secret) <= longest:
                return True
        return type(self.content) in _PRIVATE and min(map(len, private_words(self.content))) <= longest


def credentials_of(headers: Mapping[str, str]) -> frozenset[str]:
    """What no text may repeat: all header values but those known to be harmless, and what follows a scheme in one."""
    values = [value for name, value in headers.items() if name not in _OPEN_HEADERS]
    return frozenset(part for value in values for part in (value, value.partition(" ")[2].strip()) if part)


def credentials_in_all(heads: Collection[Head]) -> set[str]:
    """The credentials of all these."""
    return {word for head in heads for word in head.credentials}


_PRIVATE: Mapping[type, str] = {AudioUrl: "url", Speech: "text"}


def private_words(content: object) -> list[str]:
    """What is said, or the whole address of what is played: it may be signed, and a text may hold a code for one."""
    field = _PRIVATE.get(type(content))
    return [getattr(content, field)] if field else []


def fit_to_show(error: BaseException, secrets: Collection[str]) -> BaseException:
    """A plugin's exception as the cause of ours; one whose text may not be shown is told in fit words instead.

    Whoever logs an error prints its causes, and theirs. The stand-in keeps the traceback, which is what mends a plugin.
    """
    if is_clean("".join(traceback.format_exception(error)), secrets):
        return error
    told = f"{type(error).__name__}: {mask_text(words_of(error), secrets)}"
    return PluginError(told).with_traceback(error.__traceback__)


def _held_in(text: str, secrets: Collection[str]) -> bool:
    """Whether one of these is in this text, in capital or small letters alike."""
    if len(text) > _LONG and text.isascii():
        secrets = [secret for secret in secrets if _has_signs_of(text, secret)]
        if not secrets:
            return False
    small = text.lower()
    for secret in secrets:  # noqa: SIM110 - a generator costs more than the two or three turns of this loop
        if secret.lower() in small and len(secret) >= SHORTEST_SECRET:
            return True
    return False


def _has_signs_of(text: str, secret: str) -> bool:
    """Whether a text of ASCII has all that this is made of: ids lack a sign of most secrets, which is told at once."""
    return all(sign in text or sign.upper() in text for sign in secret.lower())


def _columns(rows: Sequence[Outcome]) -> tuple[str, str]:
    """Their call ids, and their codes and reasons, each as one text; what is unset is no credential's part."""
    if type(rows) is Accepted:
        told = rows.call_ids
        return told.joined if type(told) is Ids else "\n".join(told), f"{rows.code}\n{rows.reason}"
    if len(rows) == 1:
        _, _, call_id, code, reason = rows[0]
        return call_id or "", f"{code}\n{reason}" if code and len(code) >= SHORTEST_SECRET else reason or ""
    _, _, ids, codes, reasons = zip(*rows, strict=True)
    return "\n".join(filter(None, ids)), "\n".join(filter(None, {*codes, *reasons}))
