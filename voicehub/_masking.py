"""Decides, in one place, how much of a number, a secret or a foreign text may be shown.

Error texts, ``repr`` and logs show at most the last two digits of a phone number, never a secret, and never a control
character that could repaint a terminal or forge a second log line.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "*****"
# The decimal digits people phone with: ASCII, Arabic-Indic, extended Arabic-Indic, Devanagari to Malayalam, Thai, Lao,
# Tibetan, Myanmar, Khmer, fullwidth. Spaces and dashes of any width, and what else is written between groups.
_BRAHMIC = "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in range(0x966, 0xDE7, 0x80))
_EASTERN = "\u0e50-\u0e59\u0ed0-\u0ed9\u0f20-\u0f29\u1040-\u1049\u17e0-\u17e9\uff10-\uff19"
_DIGIT = f"[0-9\u0660-\u0669\u06f0-\u06f9{_BRAHMIC}{_EASTERN}]"
_BETWEEN = "[\\t ().,/_\xa0\xad\xb7\u2000-\u2015\u2022\u202f\u2060\u2212\u3000\uff08-\uff0f-]"
_DIGIT_RUN = f"{_DIGIT}(?:{_BETWEEN}{{0,3}}{_DIGIT}){{6,}}"  # compiled when a text is masked: it takes 3 ms
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_EXCERPT = 200
SHORTEST_SECRET = 6  # hiding a shorter secret wherever it stands would make a text unreadable and protect nothing


def words_of(error: BaseException) -> str:
    """The text of an exception, even if its ``__str__`` fails."""
    try:
        return str(error)
    except Exception as failure:
        return f"(its text could not be had: {type(failure).__name__})"


def mask_number(number: str) -> str:
    """``+932111111111`` becomes ``+**********11``; with fewer than four characters nothing is shown."""
    if len(number) < 4:  # two of three digits would be most of it
        return "*" * len(number)
    sign = "+" if number.startswith("+") else ""
    return sign + "*" * (len(number) - len(sign) - 2) + number[-2:]


def hide(text: str, *, numbers: Iterable[str] = (), secrets: Iterable[str] = ()) -> str:
    """The text with these secrets and these numbers' digits made unreadable wherever they stand in it.

    A secret is found in capital and small letters alike; one of fewer than 6 characters is not looked for.
    """
    long_enough = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
    if long_enough:
        longest = sorted(long_enough, key=len, reverse=True)  # one secret may be part of another
        text = re.sub("|".join(map(re.escape, longest)), HIDDEN, text, flags=re.IGNORECASE)
    masks = {digits: mask_number(digits) for number in numbers if (digits := number.removeprefix("+"))}
    if not masks:
        return text
    longest_first = sorted(masks, key=len, reverse=True)  # one number may be the beginning of another
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: masks[found.group()], text)


def texts_in(value: object) -> Iterator[str]:
    """Every string in a parsed JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts_in([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


def hide_in(value: Any, secrets: Collection[str]) -> Any:
    """A parsed JSON value with these secrets hidden in every string."""
    if isinstance(value, str):
        return hide(value, secrets=secrets)
    if isinstance(value, Mapping):
        return {hide_in(name, secrets): hide_in(each, secrets) for name, each in value.items()}
    return [hide_in(each, secrets) for each in value] if isinstance(value, list | tuple) else value


def mask_text(text: str | None, secrets: Iterable[str] = ()) -> str:
    """A foreign text, safe for an error or a log: secrets hidden, digit runs of phone length masked, on one line."""
    text = re.sub(_DIGIT_RUN, lambda run: mask_number(run.group()), hide(text or "", secrets=secrets))
    text = printable(text)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + " ..."


def digit_runs(text: str) -> list[str]:
    """The parts of a text that may be a phone number."""
    return re.findall(_DIGIT_RUN, text)


def is_clean(text: str, secrets: Iterable[str] = ()) -> bool:
    """Whether there is neither a secret in this text nor a digit run of a phone's length."""
    return hide(text, secrets=secrets) == text and re.search(_DIGIT_RUN, text) is None


def printable(text: str) -> str:
    """The text with every control, direction and lone surrogate character written as its escape."""
    return _UNPRINTABLE.sub(lambda char: char.group().encode("unicode_escape", "surrogatepass").decode(), text)


def size_of(text: str | None) -> str:
    """How a ``repr`` shows spoken or reference text: only its length, because it may hold a code or a name."""
    return "None" if text is None else f"<{len(text)} characters>"
