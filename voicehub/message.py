"""What a person writes: an `Announcement`, and the `VoiceMessage` that addresses it to callees.

What no vendor could ever take is refused here, at construction, with `pydantic.ValidationError` (a ``ValueError``) that
names the field and never shows the input. Each vendor's own bounds are in its `Limits` (``voicehub.provider``).
Unset and ``None`` are the same: "the vendor's default, and I accept it".
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    TypeAdapter,
)

from voicehub import _forms
from voicehub._frozen import Frozen, is_as_checked
from voicehub._masking import mask_number, size_of

if TYPE_CHECKING:
    import os

Text = Annotated[str, AfterValidator(_forms.text)]
Token = Annotated[str, AfterValidator(_forms.token)]
Options = Annotated[Mapping[str, dict[str, JsonValue]], AfterValidator(_forms.options)]
Count = Annotated[int, Field(strict=True, ge=1)]


class _Content(Frozen):
    """A kind of content. Its fields may be given by position; each class declares how, for type checkers.

    They are not parameters at run time: a field that is missing or unknown is a ``ValidationError``; too many
    values, or one given twice, are a ``TypeError``.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *values: object, **fields: object) -> None:
        if values:
            names, count = type(self).__match_args__, len(values) + len(fields)
            fields |= zip(names, values)  # noqa: B905 - the keyword costs more than the rest; the count tells
            if len(fields) != count:
                raise TypeError(f"{type(self).__name__} takes {', '.join(names)}, and {count} values were given")
        self.__pydantic_validator__.validate_python(fields, self_instance=self)

    # pydantic's mark on its own __init__: it may build a nested content without calling this one.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


class UploadedAudio(_Content):
    """A recording the vendor already holds. ``file_id`` is the vendor's id and belongs to one account."""

    __match_args__ = ("file_id",)

    kind: Literal["uploaded_audio"] = Field(default="uploaded_audio", repr=False)
    file_id: Token

    if TYPE_CHECKING:

        def __init__(self, file_id: str, *, kind: Literal["uploaded_audio"] = "uploaded_audio") -> None: ...


class AudioUrl(_Content):
    """A recording the vendor fetches: an ``http`` or ``https`` URL in ASCII (RFC 3986)."""

    __match_args__ = ("url",)

    kind: Literal["audio_url"] = Field(default="audio_url", repr=False)
    url: Annotated[str, AfterValidator(_forms.url)]

    if TYPE_CHECKING:

        def __init__(self, url: str, *, kind: Literal["audio_url"] = "audio_url") -> None: ...

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        parts = urlsplit(self.url)  # path and query may hold a signed token, the authority a password
        return [("url", f"{parts.scheme}://{parts.hostname}/...")]


class Speech(_Content):
    """A text the vendor speaks.

    ``language`` is BCP 47 (``en-GB``); ``voice`` the vendor's name of a voice and ``rate`` a factor of the normal
    speaking speed (``0 < rate``); ``None`` leaves either to the vendor. CR and CRLF in ``text`` become LF.
    """

    __match_args__ = ("text", "language", "voice", "rate")

    kind: Literal["speech"] = Field(default="speech", repr=False)
    text: Annotated[Text, Field(min_length=1)]
    language: Annotated[str, AfterValidator(_forms.language)]
    voice: Token | None = None
    rate: Annotated[float, Field(strict=True), AfterValidator(_forms.rate)] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            text: str,
            language: str,
            voice: str | None = None,
            rate: float | None = None,
            *,
            kind: Literal["speech"] = "speech",
        ) -> None: ...

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [("text", size_of(self.text)), ("language", self.language), ("voice", self.voice), ("rate", self.rate)]


class NamedAudio(_Content):
    """A recording by the name of a table ``[audio.NAME]`` of the configuration, which holds each account's file id.

    Ids belong to accounts, so a message that several of them may send names its audio. A client made by
    ``from_config`` puts its account's `UploadedAudio` in its place; no provider ever sees the name.
    """

    __match_args__ = ("name",)

    kind: Literal["named_audio"] = Field(default="named_audio", repr=False)
    name: Annotated[str, AfterValidator(_forms.audio_name)]

    if TYPE_CHECKING:

        def __init__(self, name: str, *, kind: Literal["named_audio"] = "named_audio") -> None: ...


class AudioFile(_Content):
    """A recording in a file of this machine: a client uploads it before it sends, unless the account holds it already.

    ``path`` is a path as text; relative to the working directory of whoever sends. No provider ever sees it.
    """

    __match_args__ = ("path",)

    kind: Literal["audio_file"] = Field(default="audio_file", repr=False)
    path: Annotated[Token, BeforeValidator(_forms.path)]

    if TYPE_CHECKING:

        def __init__(self, path: str | os.PathLike[str], *, kind: Literal["audio_file"] = "audio_file") -> None: ...

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return [("path", f".../{self.path.rpartition('/')[2]}")]  # a folder name may hold a person's name


#: What a vendor can be asked to play.
Content = UploadedAudio | AudioUrl | Speech
_KINDS = {UploadedAudio, AudioUrl, Speech, NamedAudio, AudioFile}
_ByKind = Annotated[Content | NamedAudio | AudioFile, Field(discriminator="kind")]
_by_kind: TypeAdapter[Content | NamedAudio | AudioFile]
_by_kind = TypeAdapter(_ByKind, config=ConfigDict(defer_build=True, hide_input_in_errors=True))


def _checked_once(content: Any) -> object:
    """Validate a content once, not again for each message that contains it."""
    return content if type(content) in _KINDS and is_as_checked(content) else _by_kind.validate_python(content)


if TYPE_CHECKING:
    _Played = Content | NamedAudio | AudioFile
else:  # Any, so that each kind is serialized as itself
    _Played = Annotated[Any, PlainValidator(_checked_once, json_schema_input_type=_ByKind)]


class Announcement(Frozen):
    """What is played and how; address it with `addressed_to`.

    - ``content``: `UploadedAudio`, `AudioUrl`, `Speech`, `NamedAudio` or `AudioFile`.
    - ``caller_id``: the number shown to the callee, 7 to 15 digits, may begin with 0; ``None``: the account's default.
    - ``ring_timeout_seconds``: how long to let it ring before giving up, at least 1.
    - ``max_duration_seconds``: hang up this long after the answer, at least 1.
    - ``plays``: how many times the content is heard in all, at least 1.
    - ``reference``: your own text that the vendor echoes in records and reports; ``""`` is a value and is sent.
    - ``provider_options``: ``{"provider-name": {...}}``, what only that vendor has.

    ``None`` is the vendor's default everywhere. Raises ``pydantic.ValidationError``, with the input hidden.
    """

    content: _Played
    caller_id: Annotated[str, BeforeValidator(_forms.caller_id)] | None = None
    ring_timeout_seconds: Count | None = None
    max_duration_seconds: Count | None = None
    plays: Count | None = None
    reference: Text | None = None
    provider_options: Options = Field(default_factory=dict)

    def addressed_to(self, *callees: str) -> "VoiceMessage":
        """The message to these callees: E.164 with or without ``+``, in the order given, no number twice."""
        return VoiceMessage(**{**self.__dict__, "to": callees})

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        shown = {name: value for name, value in self.__dict__.items() if value is not None}
        if self.caller_id is not None:
            shown["caller_id"] = mask_number(self.caller_id)
        if self.reference is not None:
            shown["reference"] = size_of(self.reference)
        shown["provider_options"] = sorted(self.provider_options)
        return list(shown.items())

    def __hash__(self) -> int:
        return hash((type(self), *(value for name, value in self.__dict__.items() if name != "provider_options")))


class VoiceMessage(Announcement):
    """An announcement addressed to callees.

    ``to`` holds at least one number, canonical E.164 (``+932111111111``), no number twice. Spaces, dots, dashes,
    parentheses and a missing ``+`` are accepted on input; ``00...`` is refused and the error names the ``+`` form.
    """

    to: Annotated[Sequence[str], PlainValidator(_forms.callees, json_schema_input_type=list[str])]

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        first, *others = self.to
        numbers = mask_number(first) + (f" and {len(others)} more" if others else "")
        return [("to", numbers), *(pair for pair in super().__repr_args__() if pair[0] != "to")]


def checked(message: object) -> VoiceMessage:
    """The message as a valid `VoiceMessage`, however it was created or changed.

    It is validated again unless each part is the same immutable object that was validated before; a million
    callees are not read twice. Raises ``pydantic.ValidationError``, and ``TypeError`` for what is no `VoiceMessage`,
    also for callers without a type checker.
    """
    if type(message) is VoiceMessage and is_as_checked(message):
        fields = message.__dict__
        if is_as_checked(fields["content"]) and not fields["provider_options"]:
            return message
    if not isinstance(message, VoiceMessage):
        raise TypeError(f"a VoiceMessage is sent, not {type(message).__name__}; write announcement.addressed_to(...)")
    return VoiceMessage.model_validate(message)
