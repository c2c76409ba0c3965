"""`messages_outside`: messages one step outside a provider's limits, with what the check has to say of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel

from voicehub.errors import LimitExceeded, MessageError, MissingField, UnsupportedField
from voicehub.message import Content, VoiceMessage
from voicehub.provider import FIELDS, Provider, Span
from voicehub.testing._messages import CONTENTS, SPEECH_ROWS, messages
from voicehub.testing._values import neighbours, of_measure, spec_row, within


@dataclass(frozen=True, slots=True)
class Outside:
    """A message just outside the limits: the check answers with ``error``, naming ``field`` and ``limit``.

    ``row`` is the row of `Limits` (``""``: none is concerned), ``limit`` the bound that is crossed (``None``: no bound
    is). ``on_the_wire``: the request can say it, so that the vendor's side refuses it too.
    """

    title: str
    message: VoiceMessage
    error: type[MessageError]
    field: str
    row: str
    limit: float | None
    on_the_wire: bool


def messages_outside(provider: Provider) -> SearchStrategy[Outside]:
    """Messages one step outside each bound a message can hold; unsupported fields set, required ones unset."""
    return st.one_of(steps_outside(provider))


def steps_outside(provider: Provider) -> list[SearchStrategy[Outside]]:
    """One strategy for each way to step outside."""
    steps = [step for kind in provider.limits for step in _steps_of_kind(provider, kind)]
    return [*steps, *_strange_contents(provider), *_strange_options(provider)]


def _steps_of_kind(provider: Provider, kind: type[BaseModel]) -> Iterator[SearchStrategy[Outside]]:
    base = messages(provider).filter(lambda message: type(message.content) is kind)
    rows = provider.limits[kind].rows()
    for name in ["callee_digits", *FIELDS]:
        row = rows[name]
        field = "to" if name == "callee_digits" else FIELDS[name][0]
        told = f"{kind.__name__}: {name}"
        if name in SPEECH_ROWS and name not in kind.model_fields:
            continue
        if row is None:
            values = within(name, spec_row(name))
            yield _step(
                base, name, values, f"{told} set", UnsupportedField, field, name, None, name in provider.wire_names
            )
            continue
        for measure, bound in neighbours(name, row):
            values = of_measure(name, row.unit, measure)
            yield _step(base, name, values, f"{told} = {measure}", LimitExceeded, field, name, bound, True)
        if row.required and name not in ("callee_digits", "text"):
            yield _step(base, name, st.none(), f"{told} unset", MissingField, field, name, None, True)


def _step(
    base: SearchStrategy[VoiceMessage], name: str, values: SearchStrategy[Any], title: str, *expected: Any
) -> SearchStrategy[Outside]:
    return st.builds(lambda message, value: Outside(title, _with(message, name, value), *expected), base, values)


def _with(message: VoiceMessage, name: str, value: Any) -> VoiceMessage:
    if name == "callee_digits":
        return message.model_copy(update={"to": [*message.to[:-1], value]})
    if name in SPEECH_ROWS:
        return message.model_copy(update={"content": message.content.model_copy(update={name: value})})
    return message.model_copy(update={name: value})


def _strange_contents(provider: Provider) -> Iterator[SearchStrategy[Outside]]:
    rows = next(iter(provider.limits.values()))
    for kind in get_args(Content):
        if kind not in provider.limits:
            title = f"content of kind {kind.__name__}"
            contents = CONTENTS[kind](rows)
            yield _step(messages(provider), "content", contents, title, UnsupportedField, "content", "", None, False)


def _strange_options(provider: Provider) -> Iterator[SearchStrategy[Outside]]:
    field = "provider_options"
    options: dict[str, tuple[str, type[MessageError]]] = {
        "options of another provider": ("another-provider", UnsupportedField)
    }
    if provider.Options is None:
        options["options where there are none"] = (provider.name, UnsupportedField)
    else:
        options["an option nobody knows"] = (provider.name, MessageError)
    for title, (name, error) in options.items():
        tables = st.just({name: {"no_such_option_7f": 1}})
        yield _step(messages(provider), field, tables, title, error, field, "", None, False)


def source_of(provider: Provider, outside: Outside) -> str:
    """The page the crossed row names, for the error has to name it too."""
    row: Span | None = provider.limits[type(outside.message.content)].rows()[outside.row]
    return "" if row is None else row.source
