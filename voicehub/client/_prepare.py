"""Everything before the first byte: check, split, encode. If it fails, no phone rang: message or plugin is wrong."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from voicehub._masking import mask_text, words_of
from voicehub.client._echoes import Head, credentials_of, fit_to_show
from voicehub.errors import MessageError, PluginError, UnsupportedField
from voicehub.message import NamedAudio, UploadedAudio, VoiceMessage, checked
from voicehub.provider import Provider, Request, find_problem, split

Prepare = Callable[[], Request]
FindAudio = Callable[[str], UploadedAudio]
_URL = re.compile("[\x21-\x7e]+")
_METHOD = re.compile("[A-Z]+")
_HEADER_NAME = re.compile("[a-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2, lower case
_HEADER_VALUE = re.compile("[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")


def passes_through(error: BaseException) -> bool:
    """Whether it is an interruption by the user or a cancellation: not a failure, and not ours to handle.

    The classes of asyncio and trio are known by name: a plugin's method awaits nothing, so they hardly come here.
    """
    named = type(error).__name__ in ("CancelledError", "Cancelled") and not isinstance(error, Exception)
    return named or isinstance(error, KeyboardInterrupt | GeneratorExit)


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
    return checked(message).model_copy(update={"content": find(content.name)})


def requests_for(provider: Provider, message: VoiceMessage) -> list[VoiceMessage]:
    """The check and the split: the message as requests this vendor takes. Raises `MessageError` or `PluginError`."""
    try:
        problem: object = find_problem(provider, message)
        requests = split(provider, message) if problem is None else []
    except BaseException as error:
        raise _broken(provider, "the check (limits, refuse)", error) from fit_to_show(
            error, provider.settings.secrets()
        )
    if problem is None:
        return requests
    if isinstance(problem, MessageError):
        raise problem
    raise PluginError(f"plugin {provider.name}: refuse returns a MessageError or None, not {type(problem).__name__}")


def prepare_request(
    provider: Provider, message: Any, clock: Callable[[], float], encode: Callable[[Any, float], Any] | None = None
) -> tuple[Request, Head]:
    """Encode, and check that the request can be sent. Raises `PluginError`; nothing has been sent.

    ``encode`` ``None``: the provider's own, for a message.
    """
    try:
        now = clock()
    except BaseException as error:
        raise _broken(provider, "the clock it was given", error) from _shown(provider, error)
    try:
        request: Request = (encode or provider.encode)(message, now)
        head = _head_of(provider, request)
    except BaseException as error:
        raise _broken(provider, "encode", error) from _shown(provider, error)
    if head.objection:
        raise PluginError(f"plugin {provider.name}: encode made no request that can be sent: {head.objection}")
    return request, head


def credentials_in(request: Request) -> frozenset[str]:
    """What no text may repeat of this request: the `credentials_of` its headers."""
    return credentials_of(request.headers)


def _head_of(provider: Provider, request: Any) -> Head:
    if not isinstance(request, Request):
        return Head.of({}, f"it returned {type(request).__name__}, not a Request")
    if type(request.body) is not bytes:
        return Head.of({}, "the body is not bytes")
    headers = request.headers
    return _examined(request.method, request.url, provider.settings.base_url, *headers, *headers.values())


@lru_cache(16)  # signed requests of one second share one head
def _examined(method: str, url: str, root: str, *headers: str) -> Head:
    names, values = headers[: len(headers) // 2], headers[len(headers) // 2 :]
    if problem := _address_objection(method, url, root, names):
        return Head.of({}, problem)
    told = dict(zip(names, values, strict=True))
    wrong = next((name for name, value in told.items() if not _HEADER_VALUE.fullmatch(value)), None)
    if wrong is not None:
        return Head.of({}, f"the value of header {wrong} is empty, or holds a character a header cannot carry")
    return Head.of(told)


@lru_cache  # an account sends all its requests to one address, with headers of the same names
def _address_objection(method: str, url: str, root: str, names: tuple[str, ...]) -> str | None:
    if not _METHOD.fullmatch(method):
        return "the method is no HTTP method in capital letters"
    if method in ("CONNECT", "TRACE"):
        return f"{method} carries no message to a vendor (RFC 9110, sections 9.3.6 and 9.3.8)"
    if not _URL.fullmatch(url):
        return "the URL holds white space, or a character that must be percent-encoded"
    if not url.startswith((f"{root}/", f"{root}?")):  # not https://api.example.evil.test for https://api.example
        return "the URL does not begin with the account's base_url and a slash"
    if not all(map(_HEADER_NAME.fullmatch, names)):
        return "a header name is not in lower case, or holds a character a name cannot have"
    return None


def _shown(provider: Provider, error: BaseException) -> BaseException:
    return fit_to_show(error, provider.settings.secrets())


def _broken(provider: Provider, method: str, error: BaseException) -> PluginError:
    if passes_through(error):
        raise error
    told = mask_text(words_of(error), provider.settings.secrets())
    return PluginError(f"plugin {provider.name}: {method} failed: {type(error).__name__}: {told}")
