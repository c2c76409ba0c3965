"""What may be shown of a number, a secret or a stranger's text: the one place that decides it.

Error texts, ``repr`` and logs show at most the last two digits of a phone number, never a secret, and never a control
character that could repaint a terminal or forge a second log line.
"""

import re
from collections.abc import Iterable

HIDDEN = "*****"
_DIGIT_RUN = re.compile(r"[0-9](?:[ ().-]{0,2}[0-9]){6,}")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_EXCERPT = 200
_SHORTEST = 6  # hiding a shorter secret wherever it stands would make a text unreadable and protect nothing


def mask_number(number: str) -> str:
    """``+932111111111`` becomes ``+**********11``; shorter than four characters shows nothing."""
    if len(number) < 4:  # two of three digits would be most of it
        return "*" * len(number)
    sign = "+" if number.startswith("+") else ""
    return sign + "*" * (len(number) - len(sign) - 2) + number[-2:]


def hide(text: str, *, numbers: Iterable[str] = (), secrets: Iterable[str] = ()) -> str:
    """The text with these secrets and these numbers' digits made unreadable wherever they stand in it.

    A secret of fewer than 6 characters is not looked for.
    """
    long_enough = {secret for secret in secrets if len(secret) >= _SHORTEST}
    for secret in sorted(long_enough, key=len, reverse=True):  # one secret may be part of another
        text = text.replace(secret, HIDDEN)
    masks = {digits: mask_number(digits) for number in numbers if (digits := number.removeprefix("+"))}
    if not masks:
        return text
    longest_first = sorted(masks, key=len, reverse=True)  # one number may be the beginning of another
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: masks[found.group()], text)


def mask_text(text: str | None, secrets: Iterable[str] = ()) -> str:
    """A stranger's words, fit for an error or a log: secrets gone, digit runs of a phone's length masked, one line."""
    text = _DIGIT_RUN.sub(lambda run: mask_number(run.group()), hide(text or "", secrets=secrets))
    text = printable(text)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + " ..."


def printable(text: str) -> str:
    """The text with every control, direction and lone surrogate character written as its escape."""
    return _UNPRINTABLE.sub(lambda char: char.group().encode("unicode_escape", "surrogatepass").decode(), text)


def size_of(text: str | None) -> str:
    """What a ``repr`` says of spoken or referenced text: its length only, for it may hold a code or a name."""
    return "None" if text is None else f"<{len(text)} characters>"
