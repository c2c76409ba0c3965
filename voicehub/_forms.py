"""The forms of the values in a message: each function returns the canonical form or raises ``ValueError``.

The error texts say what is wrong and never show the value; pydantic puts the field's name before them.
"""

import math
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from voicehub._callees import Canonical
from voicehub._masking import mask_number, printable

#: A provider's name. With its hyphens as underscores it is a valid account name: it never holds the "__" that separates
#: the words of a variable.
PROVIDER_NAME = re.compile("[a-z](?:[-_]?[a-z0-9])*")

#: The name of a table, such as an account or an audio: no "__", which separates the words of a variable.
TABLE_NAME = re.compile("[a-z](?:_?[a-z0-9])*_?")

_CANONICAL = re.compile(r"\+[1-9][0-9]{6,14}")
# Greedy, not possessive: Python before 3.11.5 takes "+9+932111111111" for one number then (python/cpython#106052).
_ALL_CANONICAL = re.compile(r"(?:\+[1-9][0-9]{6,14},)*\+[1-9][0-9]{6,14}")
_SEPARATORS = str.maketrans("", "", " .-()")
_NATIONAL = re.compile(r"\( *0 *\)")
_KINDS = ("uploaded_audio", "audio_url", "speech", "named_audio", "audio_file")
_TAGS = [("content", kind) for kind in _KINDS]  # added by pydantic, not written by the user
_CALLER_ID = re.compile("[0-9]{7,15}")
_LANGUAGE = "[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*"
# The characters XML 1.0 excludes; the complement of the allowed ones would take 17 ms to compile at every start.
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def first_error(error: ValidationError) -> tuple[str, str]:
    """Location and text of the first error, on one line, never the input. Location ``""``: the value as a whole."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    loc = first["loc"]
    parts = [part for before, part in zip(("", *loc), loc, strict=False) if (before, part) not in _TAGS]
    where = ".".join(map(str, parts))
    return printable(where), first["msg"].removeprefix("Value error, ")


def is_missing(error: ValidationError) -> bool:
    """Whether `first_error` says that a required value is missing."""
    return error.errors(include_input=False, include_url=False, include_context=False)[0]["type"] == "missing"


def callee(value: object) -> str:
    """Canonical E.164 of one number as a person writes it; ``ValueError`` says what is wrong, never the number."""
    if type(value) is str and _CANONICAL.fullmatch(value):
        return value
    if not isinstance(value, str):
        raise ValueError("a callee is text such as '+932111111111'")
    written = str.__str__(value)  # from here on no method of a subclass is called
    if _NATIONAL.search(written):
        raise ValueError(
            "holds (0), which is dialled inside the country only; write the number as it is dialled from abroad, drop "
            "the national 0 (+44 (0)20 7946... is +44 20 7946...)"
        )
    digits = written.translate(_SEPARATORS)
    if digits.startswith("00"):
        raise ValueError("starts with 00; write the international form with + instead (00 93 211... is +93 211...)")
    number = digits if digits.startswith("+") else f"+{digits}"
    if _CANONICAL.fullmatch(number):
        return number
    if number.startswith("+0"):
        raise ValueError("starts with 0; write the number with its country code, such as +93 211...")
    if not re.fullmatch("[0-9]*", number[1:]):
        raise ValueError(
            "holds something other than the digits 0 to 9, '+' in front, spaces, dots, dashes, parentheses"
        )
    raise ValueError(f"has {len(number) - 1} digits; E.164 numbers have 7 to 15, country code included")


def callees(value: Any) -> tuple[str, ...]:
    if type(value) is Canonical and value:
        return value
    if type(value) not in (list, tuple) and (isinstance(value, str | bytes) or not isinstance(value, Sequence)):
        raise ValueError("'to' is a list of numbers, even for one callee: to=['+932111111111']")
    numbers: tuple[Any, ...] = tuple(value)
    if not numbers:
        raise ValueError("no callee; a message is addressed to at least one")
    if len(numbers) == 1:
        number = numbers[0]
        return numbers if type(number) is str and _CANONICAL.fullmatch(number) else (_named(0, number),)
    known = _are_canonical(numbers)
    numbers = numbers if known else tuple(_named(position, number) for position, number in enumerate(numbers))
    if len(set(numbers)) != len(numbers):
        first = {number: position for position, number in reversed(list(enumerate(numbers)))}
        again = next(filter(lambda position: first[numbers[position]] != position, range(len(numbers))))
        raise ValueError(
            f"to[{again}] ({mask_number(numbers[again])}) is the same callee as to[{first[numbers[again]]}]; "
            "a number listed twice would be phoned twice"
        )
    return numbers


def _are_canonical(numbers: tuple[Any, ...]) -> bool:
    """One match over all joined numbers: an order of magnitude cheaper than one match per number."""
    try:
        joined = ",".join(numbers)
    except TypeError:
        return False
    exact = set(map(type, numbers)) == {str}  # a subclass could compare or print as it likes
    return exact and joined.count(",") == len(numbers) - 1 and _ALL_CANONICAL.fullmatch(joined) is not None


def _named(position: int, number: object) -> str:
    try:
        return callee(number)
    except ValueError as error:
        raise ValueError(f"to[{position}] {error}") from None


def caller_id(value: object) -> object:
    if not isinstance(value, str):
        return value
    digits = str.__str__(value).translate(_SEPARATORS).removeprefix("+")
    if not _CALLER_ID.fullmatch(digits):
        raise ValueError("a caller id has 7 to 15 digits (0 to 9); '+' and separators may be written")
    return digits


def text(value: str) -> str:
    if value.isprintable():  # nearly every text is one printable line, and no refused character is printable
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if wrong := _NOT_XML.search(value):
        raise ValueError(
            f"character {wrong.start()} (U+{ord(wrong.group()):04X}) cannot be carried: lone surrogates and characters "
            "outside XML 1.0 (W3C, section 2.2) are refused"
        )
    return value


def token(value: str) -> str:
    if not value or value != value.strip():
        raise ValueError("is empty or has white space around it")
    return value if value.isprintable() else text(value)


def audio_name(value: str) -> str:
    if not TABLE_NAME.fullmatch(value):
        raise ValueError("is no name of an audio: small letters, digits and single _, a letter first")
    return value


def path(value: object) -> object:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port  # refuses a port that is no number
    except ValueError:
        raise ValueError("is not a URL") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError("is not an http or https URL with a host")
    if not re.fullmatch("[\x21-\x7e]+", value):
        raise ValueError("holds spaces, control or non-ASCII characters; percent-encode them (RFC 3986)")
    return value


def language(value: str) -> str:
    if not re.fullmatch(_LANGUAGE, value):
        raise ValueError("is not a BCP 47 language tag such as 'en-GB'")
    first, *others = value.split("-")
    cased = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in others]
    return "-".join([first.lower(), *cased])  # the recommended case of RFC 5646, section 2.1.1


def rate(value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise ValueError("is not a positive number")
    return value


def options(value: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Options without unset values: ``None`` means unset here too, and a table left empty is dropped."""
    if not value:
        return {}
    said = {name: {key: item for key, item in table.items() if item is not None} for name, table in value.items()}
    return {name: table for name, table in said.items() if table}
