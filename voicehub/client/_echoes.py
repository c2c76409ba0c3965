"""Hides our own credentials in what a vendor answered or a plugin raised, before it is passed on."""

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
_LONG = 500  # characters; a shorter text is faster to search directly


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
    """What must not be repeated: the settings' secrets anywhere; header values and the content in a code or reason.

    A call id may hold a timestamp that a header holds too, so in an id only secrets are hidden.
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
        """Rows of callees we asked for, without them; the very same if `may_repeat` finds nothing."""
        found = may_repeat(rows, self.secrets, self.heads, self.content)
        return [self.hidden(row) for row in rows] if found else rows

    def hidden(self, row: Outcome) -> Outcome:
        """This row without them, its callee too."""
        callee, status, call_id, code, reason = row
        callee, call_id = hide(callee, secrets=self.secrets), call_id and hide(call_id, secrets=self.secrets)
        return Outcome(callee, status, call_id, self.hide(code), self.hide(reason))


def may_repeat(
    rows: Sequence[Outcome], secrets: Collection[str], heads: Collection[Head], content: object = None
) -> bool:
    """Whether these rows may hold what `Echoes` of the same would hide.

    One search over all of them shows that nearly no answer does, and no `Echoes` is made for it.
    """
    if not rows:
        return False
    ids, words = _columns(rows)
    longest = len(words)
    if longest < SHORTEST_SECRET:
        return _held_in(ids, secrets)
    # Hardly anything is short enough to be in the words, because most vendors say little.
    fits = type(content) in _PRIVATE and min(map(len, private_words(content))) <= longest
    for head in heads:
        fits = fits or head.shortest <= longest
    for secret in secrets:
        fits = fits or len(secret) <= longest
    return _held_in(ids, secrets) or (fits and _held_in(words, Echoes(secrets, heads, content).all))


def credentials_of(headers: Mapping[str, str]) -> frozenset[str]:
    """What no text may repeat: header values not known to be harmless, and their part after an auth scheme."""
    values = [value for name, value in headers.items() if name not in _OPEN_HEADERS]
    return frozenset(part for value in values for part in (value, value.partition(" ")[2].strip()) if part)


def credentials_in_all(heads: Collection[Head]) -> set[str]:
    """The credentials of all these."""
    return {word for head in heads for word in head.credentials}


_PRIVATE: Mapping[type, str] = {AudioUrl: "url", Speech: "text"}


def private_words(content: object) -> list[str]:
    """The spoken text, or the whole URL of the audio: a text may hold a one-time code, and a URL may be signed."""
    field = _PRIVATE.get(type(content))
    return [getattr(content, field)] if field else []


def fit_to_show(error: BaseException, secrets: Collection[str]) -> BaseException:
    """A plugin's exception as the cause of ours; a masked stand-in if its text may not be shown.

    Logging an error prints all its causes. The stand-in keeps the traceback, which is needed to fix the plugin.
    """
    if is_clean("".join(traceback.format_exception(error)), secrets):
        return error
    told = f"{type(error).__name__}: {mask_text(words_of(error), secrets)}"
    return PluginError(told).with_traceback(error.__traceback__)


def _held_in(text: str, secrets: Collection[str]) -> bool:
    """Whether one of these is in this text, ignoring case."""
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
    """Whether an ASCII text has every character of this secret; ids lack one of most secrets, which is quick to see."""
    return all(sign in text or sign.upper() in text for sign in secret.lower())


def _columns(rows: Sequence[Outcome]) -> tuple[str, str]:
    """Their call ids, and their codes and reasons, each as one text; "None" for unset is in no credential."""
    if type(rows) is Accepted:
        told = rows.call_ids
        return told.joined if type(told) is Ids else "\n".join(told), f"{rows.code}\n{rows.reason}"
    if len(rows) == 1:
        _, _, call_id, code, reason = rows[0]
        return call_id or "", f"{code}\n{reason}" if code and len(code) >= SHORTEST_SECRET else reason or ""
    _, _, ids, codes, reasons = zip(*rows, strict=True)
    return "\n".join(filter(None, ids)), "\n".join(filter(None, {*codes, *reasons}))
