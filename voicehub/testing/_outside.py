"""`messages_outside`: messages one step outside a provider's limits, with the error that the check must raise."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel

from voicehub.errors import LimitExceeded, MessageError, MissingField, UnsupportedField
from voicehub.message import Content, Speech, VoiceMessage
from voicehub.provider import FIELDS, Provider, Span
from voicehub.testing._messages import CONTENTS, SPEECH_ROWS, messages_of
from voicehub.testing._values import neighbours, of_measure, spec_row, within


@dataclass(frozen=True, slots=True)
class Outside:
    """A message just outside the limits: the check raises ``error``, naming ``field`` and ``limit``.

    ``row`` is the row of `Limits` (``""``: none), ``limit`` the bound that is crossed (``None``: none).
    ``on_the_wire``: a request can contain it, so that the vendor's side must refuse it, too.
    """

    title: str
    message: VoiceMessage
    error: type[MessageError]
    field: str
    row: str
    limit: float | None
    on_the_wire: bool


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """One step outside the limits, from any message within them that has this kind of content."""

    kind: type[BaseModel]
    name: str
    values: SearchStrategy[Any]
    title: str
    error: type[MessageError]
    field: str
    limit: float | None = None
    on_the_wire: bool = False

    def __repr__(self) -> str:
        return f"<{self.title}>"  # the values would fill pages

    def from_(self, message: VoiceMessage, value: Any) -> Outside:
        """The message with this value in it."""
        outside = with_value(message, self.name, value)
        return Outside(self.title, outside, self.error, self.field, self.name, self.limit, self.on_the_wire)


def messages_outside(provider: Provider) -> SearchStrategy[Outside]:
    """Messages one step outside each bound; messages with an unsupported field set, or a required one unset."""
    return st.one_of(
        [st.builds(step.from_, messages_of(provider, step.kind), step.values) for step in steps_outside(provider)]
    )


def steps_outside(provider: Provider) -> list[Step]:
    """Every step outside the limits."""
    steps = [step for kind in provider.limits for step in _steps_of_kind(provider, kind)]
    return [*steps, *_strange_languages(provider), *_strange_contents(provider), *_strange_options(provider)]


def _steps_of_kind(provider: Provider, kind: type[BaseModel]) -> Iterator[Step]:
    rows = provider.limits[kind].rows()
    for name in ["callee_digits", *FIELDS]:
        row = rows[name]
        field = "to" if name == "callee_digits" else FIELDS[name]
        title = f"{kind.__name__}: {name}"
        if name in SPEECH_ROWS and name not in kind.model_fields:
            continue
        if row is None:
            values, sendable = within(name, spec_row(name)), name in provider.wire_names
            yield Step(kind, name, values, f"{title} set", UnsupportedField, field, on_the_wire=sendable)
            continue
        for measure, bound in neighbours(name, row):
            values = of_measure(name, row.unit, measure)
            yield Step(kind, name, values, f"{title} = {measure}", LimitExceeded, field, bound, on_the_wire=True)
        if row.required and name not in ("callee_digits", "text"):
            yield Step(kind, name, st.none(), f"{title} unset", MissingField, field, on_the_wire=True)


def _strange_languages(provider: Provider) -> Iterator[Step]:
    if Speech in provider.limits and provider.languages:
        tags = st.sampled_from([tag for tag in ("tlh", "en-x-private", "yue") if tag not in provider.languages])
        yield Step(Speech, "language", tags, "a language it does not speak", UnsupportedField, "content")


def with_value(message: VoiceMessage, name: str, value: Any) -> VoiceMessage:
    """The message with this value in this row of the limits; of callees the last one is replaced."""
    if name == "callee_digits":
        return message.model_copy(update={"to": [*message.to[:-1], value]})
    if name in (*SPEECH_ROWS, "language"):
        return message.model_copy(update={"content": message.content.model_copy(update={name: value})})
    return message.model_copy(update={name: value})


def _strange_contents(provider: Provider) -> Iterator[Step]:
    first, rows = next(iter(provider.limits.items()))
    for kind in get_args(Content):
        if kind not in provider.limits:
            title = f"content of kind {kind.__name__}"
            yield Step(first, "content", CONTENTS[kind](rows), title, UnsupportedField, "content")


def _strange_options(provider: Provider) -> Iterator[Step]:
    first = next(iter(provider.limits))
    own = UnsupportedField if provider.Options is None else MessageError
    for title, name, error in (
        ("options of another provider", "another-provider", UnsupportedField),
        ("an unknown option", provider.name, own),
    ):
        tables = st.just({name: {"no_such_option_7f": 1}})
        yield Step(first, "provider_options", tables, title, error, "provider_options")


def source_of(provider: Provider, outside: Outside) -> str:
    """The source of the crossed row, because the error has to name it, too."""
    row: Span | None = provider.limits[type(outside.message.content)].rows().get(outside.row)
    return "" if row is None else row.source
