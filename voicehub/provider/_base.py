"""`Provider`: what a plugin subclasses. A table of limits, a few facts as data, and four pure methods."""

import abc
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from voicehub.errors import MessageError, RefusalKind
from voicehub.message import VoiceMessage
from voicehub.provider._abilities import Ability, Reports
from voicehub.provider._limits import LimitsByContent
from voicehub.provider._questions import Question
from voicehub.provider._wire import Refusal, Reply, Request
from voicehub.receipt import CallState, Outcome


class Settings(BaseModel):
    """What an account must say to use a provider; subclass it and add fields. Secrets are ``SecretStr``.

    ``base_url`` is the API root: https, or plain http for loopback only; no query, fragment or userinfo. A trailing
    slash is dropped. Raises ``pydantic.ValidationError``, with the input hidden.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True, defer_build=True
    )

    __slots__ = ("_secrets",)  # cached on first use; not a field, so copies and pickles ignore it

    base_url: str

    @field_validator("*")
    @classmethod
    def _as_given(cls, value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and (not text or text != text.strip() or not text.isprintable()):
            # white space around a key is the commonest cause of a refused signature (docs/failures.md, row 22)
            raise ValueError("is empty, or has white space around it or control characters in it")
        return value

    @field_validator("base_url")
    @classmethod
    def _api_root(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise ValueError("is not a URL") from None
        if parts.scheme not in ("https", "http") or not host or not value.isascii() or " " in value:
            raise ValueError("is not an https URL with a host")
        if parts.query or parts.fragment or "@" in parts.netloc or value.endswith(("?", "#")):
            raise ValueError("is the API root only: no user name, no query, no fragment")
        if parts.scheme == "http" and not is_loopback(host):
            raise ValueError(
                "uses plain http, which is for loopback only; anyone on the way could read the credentials"
            )
        return value.rstrip("/")

    def url(self, path: str) -> str:
        """The API root and a path, joined by exactly one slash."""
        return f"{self.base_url}/{path.lstrip('/')}"

    def secrets(self) -> tuple[str, ...]:
        """The plain values of the secret fields, for hiding them in a foreign text."""
        found: tuple[str, ...] | None = getattr(self, "_secrets", None)
        if found is None:
            fields = self.__dict__.values()
            found = tuple([value.get_secret_value() for value in fields if isinstance(value, SecretStr)])
            object.__setattr__(self, "_secrets", found)
        return found


def is_loopback(host: str) -> bool:
    """Whether this host is the machine itself: ``localhost`` or a loopback address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 section 6.3


_Settings = Settings  # inside the class below the name means the subclass's own model


class Provider(abc.ABC):
    """One vendor. No method reads a clock, the environment, a socket or randomness: the same input, the same output.

    ``limits`` holds the vendor's table for each kind of content it takes; a kind not in it is `UnsupportedField`. An
    instance may carry limits that a configuration moved. Every other fact is the class's.
    """

    #: The provider's name in configurations, also the name of the entry point.
    name: ClassVar[str]
    #: What an account must say; fields named here are keys of ``[accounts.x]``.
    Settings: ClassVar[type[_Settings]]
    #: What ``provider_options`` takes for this provider; ``None``: nothing.
    Options: ClassVar[type[BaseModel] | None] = None
    #: The vendor's name of each neutral field; a limit can be opened only for a field that stands here.
    wire_names: ClassVar[Mapping[str, str]] = {}
    #: The vendor's code for each language a `Speech` may be in, by its BCP 47 tag; empty: it takes the tags themselves.
    #: A message in ``en-GB`` comes as one in ``en`` where the table has only that (see `match_language`).
    languages: ClassVar[Mapping[str, str]] = {}
    #: Whether the vendor gives a call id for each callee, one for the request, or none.
    call_ids: ClassVar[Literal["callee", "request", "none"]] = "callee"
    #: The code with which `answer` refuses a single callee (any one, if the vendor has several); ``None``: it takes or
    #: refuses only whole requests. `decode` reads the other documented ones too; an unknown code never means accepted.
    callee_refusal_code: ClassVar[str | None] = None
    #: The vendor's code of each refusal that is known to come before any phone rings.
    refusal_kinds: ClassVar[Mapping[str, RefusalKind]] = {}
    #: The call state for each of the vendor's words; any other word is `CallState.UNKNOWN`.
    call_states: ClassVar[Mapping[str, CallState]] = {}
    #: What the vendor can be asked besides taking messages; any other question is `UnsupportedField`.
    abilities: ClassVar[Mapping[type[Question[Any]], type[Ability[Any, Any]]]] = {}
    #: What the vendor pushes of its calls; ``None``: nothing that is known here.
    reports: ClassVar[type[Reports] | None] = None
    #: The currencies its records name (ISO 4217; ``None``: none is named), the usual one first.
    currencies: ClassVar[Sequence[str | None]] = (None,)
    #: Laws of the exam that this provider is known to break, each with the reason; the exam never shows them as passed.
    deviations: ClassVar[Mapping[str, str]] = {}
    #: Credentials the sandbox accepts and the exam uses: made up, never an account's.
    sample_settings: ClassVar[Mapping[str, Any]] = {}

    limits: LimitsByContent
    settings: _Settings

    def __init__(self, settings: _Settings, *, limits: LimitsByContent | None = None) -> None:
        if not isinstance(settings, self.Settings):
            raise TypeError(f"{type(self).__name__} takes its own Settings, not {type(settings).__name__}")
        self.settings = settings
        if limits is not None:
            self.limits = limits

    @abc.abstractmethod
    def encode(self, message: VoiceMessage, now: float) -> Request:
        """One request for this message, which already fits the limits. ``now``: Unix time in seconds."""

    @abc.abstractmethod
    def decode(self, message: VoiceMessage, reply: Reply) -> Sequence[Outcome] | Refusal:
        """What the vendor said about each callee, in any order. A callee left out is in doubt; ``()`` is doubt for all.

        Every reply comes here, whatever its status and bytes. Never raises; `http_verdict` reads a bare status.
        """

    @abc.abstractmethod
    def parse(self, request: Request, now: float) -> VoiceMessage | Refusal:
        """The vendor's side of `encode`: the message, or the refusal a vendor would answer with. Never raises."""

    @abc.abstractmethod
    def answer(self, result: Sequence[Outcome] | Refusal) -> Reply:
        """The vendor's side of `decode`: the reply that says this."""

    def answer_to(self, message: VoiceMessage | None, result: Sequence[Outcome] | Refusal) -> Reply:
        """`answer`, for a vendor whose replies differ by what was sent. ``message`` ``None``: it could not be read."""
        del message
        return self.answer(result)

    def refuse(self, message: VoiceMessage) -> MessageError | None:
        """Rules that no row of the table can state, such as a text bounded after escaping; ``None``: no objection."""
        del message
        return None

    def call_state(self, word: str) -> CallState:
        """The call state for a vendor's word; an unknown word is ``CallState.UNKNOWN``, never an error."""
        return self.call_states.get(word, CallState.UNKNOWN)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.base_url!r})"
