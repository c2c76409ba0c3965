"""The check and the splitter: the two readers of `Limits` that stand between a message and a vendor."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from voicehub._forms import first_error
from voicehub._masking import mask_number
from voicehub.errors import LimitExceeded, MessageError, MissingField, UnsupportedField
from voicehub.message import Speech, VoiceMessage
from voicehub.provider._base import Provider
from voicehub.provider._limits import FIELDS, UNITS, Limits, Span
from voicehub.provider._match import match_language


def find_problem(provider: Provider, message: VoiceMessage) -> MessageError | None:
    """Why this vendor cannot take this message, at whatever number of callees; ``None``: it can."""
    fields = message.__dict__  # read once: each access to a field of a model costs as much as a call
    content = fields["content"]
    limits = provider.limits.get(type(content))
    if limits is None:
        kinds = ", ".join(kind.__name__ for kind in provider.limits)
        return UnsupportedField("content", f"{provider.name} plays {kinds}, not {type(content).__name__}")
    speech = content if type(content) is Speech else None
    return (
        (_callees_problem(provider, message, limits.callee_digits) if limits.narrows_callees else None)
        or _rows_problem(provider, fields, limits, speech)
        or (_language_problem(provider, speech) if speech is not None else None)
        or (_options_problem(provider, message) if fields["provider_options"] else None)
        or provider.refuse(message)
    )


def find_request_problem(provider: Provider, message: VoiceMessage) -> MessageError | None:
    """Why this cannot be one request: `find_problem` and the number of callees. The vendor's side asks this."""
    problem = find_problem(provider, message)
    if problem is None and len(message.to) not in (row := provider.limits[type(message.content)].callees):
        return _exceeded(provider, "to", f"has {len(message.to)} callees", "callees", row, len(message.to))
    return problem


def split(provider: Provider, message: VoiceMessage) -> list[VoiceMessage]:
    """The message as requests of at most the vendor's number of callees, in order, each in a language of its table.

    Needs a message that was checked.
    """
    fields = message.__dict__
    content, callees = fields["content"], fields["to"]
    if type(content) is Speech:
        message = _spoken(provider, message, content)
    most = provider.limits[type(content)].callees.high
    if most is None or len(callees) <= most:
        return [message]
    starts = range(0, len(callees), int(most))
    return [message.model_copy(update={"to": callees[start : start + int(most)]}) for start in starts]


def _callees_problem(provider: Provider, message: VoiceMessage, row: Span) -> MessageError | None:
    for position, number in enumerate(message.to):
        digits = len(number) - 1
        if digits not in row:
            told = f"({mask_number(number)}) has {digits} digits"
            return _exceeded(provider, "to", told, "callee_digits", row, digits, position)
    return None


def _rows_problem(
    provider: Provider, values: Mapping[str, Any], limits: Limits, speech: Speech | None
) -> MessageError | None:
    rows = limits.of_all
    if speech is not None:
        values, rows = {**values, **speech.__dict__}, limits.of_speech
    for name, row in rows:
        value = values[name]
        if value is None:
            if row is not None and row.required:
                field = FIELDS[name]
                return MissingField(field, f"{_its(name)}is unset and {provider.name} needs it ({row.source})")
        elif row is None:
            told = f"{_its(name)}is set and {provider.name} has no such field; leave it unset"
            return UnsupportedField(FIELDS[name], told)
        else:
            measured = UNITS[row.unit](value)
            if measured < row.low or (row.high is not None and measured > row.high):
                told = f"{_its(name)}has {_shown(measured)} {row.unit}"
                return _exceeded(provider, FIELDS[name], told, name, row, measured)
    return None


def _its(name: str) -> str:
    return "" if name == FIELDS[name] else f"its {name} "


def _language_problem(provider: Provider, speech: Speech) -> MessageError | None:
    if not provider.languages:
        return None
    if match_language(speech.language, provider.languages) is not None:
        return None
    first, known = speech.language.partition("-")[0], ", ".join(sorted(provider.languages))
    advice = f"; write '{first}'" if first in provider.languages else ""
    return UnsupportedField("content", f"its language {speech.language} is none of {provider.name}'s ({known}){advice}")


def _spoken(provider: Provider, message: VoiceMessage, speech: Speech) -> VoiceMessage:
    """The message with the vendor's tag for its language: ``en-GB`` becomes ``en`` if the region has no code."""
    if not provider.languages or speech.language in provider.languages:
        return message
    tag = match_language(speech.language, provider.languages)
    return message.model_copy(update={"content": speech.model_copy(update={"language": tag})})


def _options_problem(provider: Provider, message: VoiceMessage) -> MessageError | None:
    if strangers := sorted(message.provider_options.keys() - {provider.name}):
        told = f"has options for {', '.join(strangers)}, and this account's provider is {provider.name}"
        return UnsupportedField("provider_options", told)
    if provider.Options is None:
        return UnsupportedField("provider_options", f"{provider.name} has no options of its own")
    try:
        provider.Options.model_validate(message.provider_options[provider.name])
    except ValidationError as error:
        where, what = first_error(error)
        return MessageError("provider_options", f"{provider.name}.{where}: {what}")
    return None


def _exceeded(
    provider: Provider, field: str, told: str, name: str, row: Span, measured: float, position: int | None = None
) -> LimitExceeded:
    crossed = row.low if measured < row.low else row.high
    read = f", read {row.read}" if row.read else ""
    rule = f"{told}; {provider.name} takes {row} ({row.source}{read}; limits.{name})"
    return LimitExceeded(field, rule, crossed, position=position)


def _shown(measured: float) -> str:
    """The number in full if it is short enough to read; an integer may have more digits than a float can hold."""
    return str(measured) if measured < 10**9 else "more than 10^9"
