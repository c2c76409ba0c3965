"""Matches two spellings of one thing: `match_callee` for numbers, `match_language` for BCP 47 tags."""

import re
from collections.abc import Collection

from voicehub.message import VoiceMessage
from voicehub.provider._wire import code_text

#: Fewer digits are no evidence. It is the length of the shortest number a message can hold, so that less is a part of a
#: number at best; and seven digits of a foreign number match one of 1000 callees once in 10 000 times.
LEAST_DIGITS = 7
_REGION = re.compile("[A-Z]{2}|[0-9]{3}")  # RFC 5646 section 2.2.4, in the case that a message has
_SEPARATORS = str.maketrans("", "", " .-()\u00a0")


def match_callee(message: VoiceMessage, digits: object) -> str | None:
    """The callee of this message, as it stands in ``message.to``, whom a vendor means by ``digits``.

    ``digits`` is text or a whole number as the reply has it; separators (space, dot, dash, parentheses) do not count.
    With ``+`` in front it is international and has to be the callee's whole number. Without, it is the number, perhaps
    behind ``00``, or its last digits, as of a vendor that leaves the country code out, and fits nobody else of this
    message. A national 0 in front is for the plugin to take off.

    ``None``: it matches no callee, or not exactly one: empty, fewer than 7 digits, anything but digits 0 to 9,
    no match, or two callees at once. Such a row is an outcome without a callee: ``Outcome("", ...)``, or with what
    the vendor wrote in its place.
    """
    written = (code_text(digits) or "").strip().translate(_SEPARATORS)
    number = written.removeprefix("+")
    if len(number) < LEAST_DIGITS or not (number.isascii() and number.isdecimal()):
        return None
    if number != written:
        return written if written in message.to else None
    whole = f"+{number.removeprefix('00')}"
    found = [callee for callee in message.to if callee.endswith(number) or callee == whole]
    return found[0] if len(found) == 1 else None


def match_language(tag: str, spoken: Collection[str]) -> str | None:
    """The vendor's tag for this language tag; ``None``: the vendor does not speak this language.

    The tag itself, else without its region, as lookup in RFC 4647 section 3.4 shortens it: who speaks ``en`` is asked
    for ``en-GB`` too. Nothing else is left out: a script, a variant or a private use says what is to be heard or read,
    and another region is another choice.
    """
    shorter, _, last = tag.rpartition("-")
    if tag not in spoken and _REGION.fullmatch(last):
        tag = shorter
    return tag if tag in spoken else None
