"""`messages`: every message within a provider's limits."""

from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel, ValidationError

from voicehub.message import AudioFile, AudioUrl, Content, NamedAudio, Speech, UploadedAudio, VoiceMessage
from voicehub.provider import FIELDS, ROWS, Limits, Provider
from voicehub.testing._exam import in_plain_words
from voicehub.testing._values import SHORT_TEXTS, spec_row, within

_TAGS = ["en", "en-GB", "zh-Hant-TW", "es-419", "sl-rozaj-biske", "de-1996", "yue", "en-x-private"]
_LANGUAGES = st.sampled_from(_TAGS)
_URL_TAILS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12)
SPEECH_ROWS = tuple(name for name, field in FIELDS.items() if field == "content")


def messages(provider: Provider, *, max_callees: int = 4) -> SearchStrategy[VoiceMessage]:
    """Every `VoiceMessage` within the provider's limits that fits one request; boundary values are likely.

    Each kind of content it takes, each field set or unset, options if the provider has some. ``max_callees`` limits the
    number of callees further than the vendor does, because a message of a thousand callees is slow.
    """
    return st.one_of([messages_of(provider, kind, max_callees=max_callees) for kind in provider.limits])


def any_messages(*, max_callees: int = 4) -> SearchStrategy[VoiceMessage]:
    """Every neutral `VoiceMessage`, whatever a vendor takes; the strategy of ``st.from_type(VoiceMessage)``."""
    rows = Limits(**{name: spec_row(name) for name in ROWS})
    contents = [*(content(rows) for content in CONTENTS.values()), _named_audio(), _audio_file()]
    return st.one_of([_built(rows, content, max_callees, st.just({}), full=False) for content in contents])


def messages_of(
    provider: Provider, kind: type[BaseModel], *, max_callees: int = 4, full: bool = False, unruly: bool = False
) -> SearchStrategy[VoiceMessage]:
    """`messages` with this kind of content; ``full``: with every field set that the provider has.

    ``unruly``: within the limits, but `Provider.refuse` may object.
    """
    options: SearchStrategy[Any] = st.just({}) | _options(
        provider
    )  # often none, because some options belong to one kind of content only
    rows = provider.limits[kind]
    content = CONTENTS[kind](rows)
    if kind is Speech and (tags := sorted(provider.languages)):
        content = st.builds(
            lambda speech, tag: speech.model_copy(update={"language": tag}), content, st.sampled_from(tags)
        )
    made = _built(rows, content, max_callees, options, full=full)
    return made if unruly else made.filter(lambda message: provider.refuse(message) is None)


def _built(
    rows: Limits, content: SearchStrategy[Any], max_callees: int, options: SearchStrategy[Any], *, full: bool
) -> SearchStrategy[VoiceMessage]:
    fields = {name: _field(name, rows, full=full) for name in FIELDS if name not in SPEECH_ROWS}
    return st.builds(VoiceMessage, to=callees(rows, max_callees), content=content, provider_options=options, **fields)


def an_example(provider: Provider, kind: type[BaseModel]) -> VoiceMessage:
    """The simplest message with this content, one callee, and every field set that the provider has."""
    found = messages_of(provider, kind, max_callees=1, full=True)
    quick = settings(database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    with in_plain_words():
        return find(found, lambda _: True, settings=quick)


def callees(rows: Limits, at_most: int) -> SearchStrategy[list[str]]:
    """Different numbers: at least one, at most as many as one request takes, and at most ``at_most``."""
    high = rows.callees.high
    most = at_most if high is None else min(at_most, int(high))
    return st.lists(within("callee_digits", rows.callee_digits), min_size=1, max_size=most, unique=True)


def _field(name: str, rows: Limits, *, full: bool = False) -> SearchStrategy[Any]:
    row = rows.rows()[name]
    if row is None:
        return st.none()
    return within(name, row) if row.required or full else st.none() | within(name, row)


def _uploaded_audio(rows: Limits) -> SearchStrategy[UploadedAudio]:
    del rows
    return within("voice", spec_row("voice")).map(UploadedAudio)


def _named_audio() -> SearchStrategy[NamedAudio]:
    return st.from_regex("[a-z](_?[a-z0-9]){0,12}", fullmatch=True).map(NamedAudio)


def _audio_file() -> SearchStrategy[AudioFile]:
    return within("voice", spec_row("voice")).map(AudioFile)


def _audio_url(rows: Limits) -> SearchStrategy[AudioUrl]:
    del rows
    schemes = st.sampled_from(["https", "https", "https", "http"])  # some vendors take https only
    return st.builds(lambda scheme, tail: AudioUrl(f"{scheme}://audio.example/{tail}"), schemes, _URL_TAILS)


def _speech(rows: Limits) -> SearchStrategy[Speech]:
    text = within("text", rows.text or spec_row("text"))
    return st.builds(Speech, text, _LANGUAGES, _field("voice", rows), _field("rate", rows))


#: How each kind of content is made, from the limits of that kind.
CONTENTS: Mapping[type[BaseModel], Callable[[Limits], SearchStrategy[Content]]] = {
    UploadedAudio: _uploaded_audio,
    AudioUrl: _audio_url,
    Speech: _speech,
}


def _options(provider: Provider) -> SearchStrategy[dict[str, dict[str, Any]]]:
    model = provider.Options
    if model is None:
        return st.just({})
    strategies = {name: _option(field.annotation, field.metadata) for name, field in model.model_fields.items()}
    required = {name: strategies.pop(name) for name, field in model.model_fields.items() if field.is_required()}
    tables = st.fixed_dictionaries(required, optional=strategies).filter(lambda table: _fits(model, table))
    return tables.map(lambda table: {provider.name: table} if table else {})


def _option(annotation: Any, metadata: list[Any]) -> SearchStrategy[Any]:
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    if get_origin(annotation) in (Union, UnionType) and len(kinds) == 1:
        (annotation,) = kinds  # None means unset, and is not generated
    patterns = [pattern for item in metadata if (pattern := getattr(item, "pattern", None)) is not None]
    if patterns:
        return st.from_regex(patterns[0], fullmatch=True)
    if annotation is str:
        return SHORT_TEXTS
    form: Any = Annotated[annotation, *metadata] if metadata else annotation
    return st.from_type(form)


def _fits(model: type[BaseModel], table: dict[str, Any]) -> bool:
    try:
        model.model_validate(table)
    except ValidationError:
        return False
    return True
