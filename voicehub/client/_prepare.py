"""Everything before the first byte: check, split, encode. What fails here is message or plugin, and no phone rang."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from voicehub._masking import mask_text, words_of
from voicehub.errors import MessageError, PluginError, UnsupportedField
from voicehub.message import NamedAudio, UploadedAudio, VoiceMessage, checked
from voicehub.provider import Provider, Request, find_problem, split

Prepare = Callable[[], Request]
FindAudio = Callable[[str], UploadedAudio]
_URL = re.compile("[\x21-\x7e]+")
_METHOD = re.compile("[A-Z]+")
_NAME = "[a-z0-9!#$%&'*+.^_`|~-]+"  # RFC 9110 section 5.6.2, lower case
_VALUE = "[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?"
_HEADER_NAME, _HEADER_VALUE, _HEADERS = re.compile(_NAME), re.compile(_VALUE), re.compile(f"(?:{_NAME}:{_VALUE}\n)*")
_OPEN_HEADERS = {"accept", "content-type"}  # any other header may carry a credential


def passes_through(error: BaseException) -> bool:
    """Whether it is the person who interrupts, or a cancellation: no failure, and not ours to answer.

    asyncio and trio are known by name here: a plugin's method awaits nothing, so only a stray one could come.
    """
    named = type(error).__name__ in ("CancelledError", "Cancelled") and not isinstance(error, Exception)
    return named or isinstance(error, KeyboardInterrupt | GeneratorExit)


def require_message(message: object) -> VoiceMessage:
    """The message, checked again and exactly a `VoiceMessage`, whatever way it was made or changed since.

    Raises ``TypeError`` for anything else, also for callers without a type checker, and ``pydantic.ValidationError``.
    """
    if not isinstance(message, VoiceMessage):
        raise TypeError(f"a VoiceMessage is sent, not {type(message).__name__}; write announcement.addressed_to(...)")
    return checked(message)


def with_audio(message: VoiceMessage, find: FindAudio | None) -> VoiceMessage:
    """The message with its account's recording where it names one; ``find`` ``None``: there is no configuration.

    Raises `UnsupportedField` then, and `ConfigError` where the configuration lacks it.
    """
    content = getattr(message, "content", None)
    if not isinstance(content, NamedAudio):
        return message
    if find is None:
        rule = "names its audio, and this client has no configuration to look the name up in"
        raise UnsupportedField("content", f"{rule}; use from_config(), or write UploadedAudio(file_id)")
    return require_message(message).model_copy(update={"content": find(content.name)})


def requests_for(provider: Provider, message: VoiceMessage) -> list[VoiceMessage]:
    """The check and the split: the message as requests this vendor takes. Raises `MessageError` or `PluginError`."""
    try:
        problem: object = find_problem(provider, message)
        requests = list(split(provider, message)) if problem is None else []
    except BaseException as error:
        raise _broken(provider, "the check (limits, refuse)", error) from error
    if problem is None:
        return requests
    if isinstance(problem, MessageError):
        raise problem
    raise PluginError(f"plugin {provider.name}: refuse returns a MessageError or None, not {type(problem).__name__}")


def prepare_request(
    provider: Provider, message: Any, clock: Callable[[], float], encode: Callable[[Any, float], Any] | None = None
) -> Request:
    """Encode, and look whether it is a request that can leave. Raises `PluginError`; nothing has left.

    ``encode`` ``None``: the provider's own, for a message.
    """
    try:
        now = clock()
    except BaseException as error:
        raise _broken(provider, "the clock it was given", error) from error
    try:
        request: Request = (encode or provider.encode)(message, now)
        objection = _objection(provider, request)
    except BaseException as error:
        raise _broken(provider, "encode", error) from error
    if objection:
        raise PluginError(f"plugin {provider.name}: encode made no request that can be sent: {objection}")
    return request


def credentials_in(request: Request) -> set[str]:
    """What no text may repeat: all header values but those known to be harmless, and what follows a scheme in one."""
    return credentials_of(request.headers)


def credentials_of(headers: Mapping[str, str]) -> set[str]:
    values = {value for name, value in headers.items() if name not in _OPEN_HEADERS}
    return values | {credentials for value in values if (credentials := value.partition(" ")[2].strip())}


def _objection(provider: Provider, request: Any) -> str | None:
    if not isinstance(request, Request):
        return f"it returned {type(request).__name__}, not a Request"
    if problem := _address_objection(request.method, request.url, provider.settings.base_url):
        return problem
    if type(request.body) is not bytes:
        return "the body is not bytes"
    lines = "".join([f"{name}:{value}\n" for name, value in request.headers.items()])
    if _HEADERS.fullmatch(lines) and lines.count("\n") == len(request.headers):  # one look; a second only to say why
        return None
    if not all(_HEADER_NAME.fullmatch(name) for name in request.headers):
        return "a header name is not in lower case, or holds a character a name cannot have"
    wrong = next(name for name, value in request.headers.items() if not _HEADER_VALUE.fullmatch(value))
    return f"the value of header {wrong} is empty, or holds a character a header cannot carry"


@lru_cache  # an account sends all its requests to one address
def _address_objection(method: str, url: str, root: str) -> str | None:
    if not _METHOD.fullmatch(method):
        return "the method is no HTTP method in capital letters"
    if method in ("CONNECT", "TRACE"):
        return f"{method} carries no message to a vendor (RFC 9110, sections 9.3.6 and 9.3.8)"
    if not _URL.fullmatch(url):
        return "the URL holds white space, or a character that must be percent-encoded"
    if not url.startswith((f"{root}/", f"{root}?")):  # not https://api.example.evil.test for https://api.example
        return "the URL does not begin with the account's base_url and a slash"
    return None


def _broken(provider: Provider, method: str, error: BaseException) -> PluginError:
    if passes_through(error):
        raise error
    told = mask_text(words_of(error), provider.settings.secrets())
    return PluginError(f"plugin {provider.name}: {method} failed: {type(error).__name__}: {told}")
