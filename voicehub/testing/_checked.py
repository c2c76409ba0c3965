"""A provider whose every result is checked when it is returned, so that no law works with values of a wrong type."""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from voicehub.client import account_for
from voicehub.errors import MessageError
from voicehub.message import VoiceMessage
from voicehub.provider import Provider, Refusal, Reply, Request


class LawBroken(AssertionError):
    """The provider breaks a law; the text says what it did and what the law demands."""


def claim(truth: object, complaint: str) -> None:
    """Raise `LawBroken` with this complaint unless this is true."""
    if not truth:
        raise LawBroken(complaint)


@cache
def checked(cls: type[Provider]) -> type[Provider]:
    """A subclass whose methods raise `LawBroken` at once when they return something else than they promise."""
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    claim(
        not missing, f"{cls.__name__} lacks {', '.join(missing)}; see voicehub.provider.Provider for what each returns"
    )
    own = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    kind: Any = type(cls)
    made: type[Provider] = kind(cls.__name__, (cls,), own)
    for name, objection in _OBJECTIONS.items():
        setattr(made, name, _watched(made, name, objection))
    return made


def _watched(cls: type[Provider], name: str, objection: Callable[[Any], str | None]) -> Callable[..., Any]:
    def call(self: Provider, *given: Any, **named: Any) -> Any:
        try:
            result = getattr(super(cls, self), name)(*given, **named)
        except MessageError as error:
            if name == "refuse":
                raise LawBroken(f"refuse raised its {type(error).__name__}; return it") from error
            raise
        if inspect.iscoroutine(result):
            result.close()
            raise LawBroken(f"{name} is a coroutine; write it without async")
        if (complaint := objection(result)) is not None:
            raise LawBroken(f"{name} returned {complaint}")
        return result

    return call


def _no_request(result: Any) -> str | None:
    if not isinstance(result, Request):
        return f"{_kind(result)}; it returns a Request(method, url, headers, body)"
    return _wrong_fields(result, {"method": str, "url": str, "headers": Mapping, "body": bytes})


def _no_reply(result: Any) -> str | None:
    if not isinstance(result, Reply):
        return f"{_kind(result)}; it returns a Reply(status, headers, body)"
    return _wrong_fields(result, {"status": int, "headers": Mapping, "body": bytes})


def _no_verdict(result: Any) -> str | None:
    try:
        account_for((), result, Reply(200, {}))
    except TypeError as error:
        # In the core's words, because the core would treat the same result as doubt about all callees.
        return f"{_kind(result)}: {error}; a callee left out is in doubt, () is doubt for all"
    return None


def _no_message(result: Any) -> str | None:
    if isinstance(result, VoiceMessage | Refusal):
        return None
    return f"{_kind(result)}; it returns the VoiceMessage, or the Refusal the vendor would answer with"


def _no_objection(result: Any) -> str | None:
    if result is None or isinstance(result, MessageError):
        return None
    return f"{_kind(result)}; it returns a MessageError, or None for no objection"


def _kind(result: Any) -> str:
    if result is None:
        return "None"
    inside = sorted({type(item).__name__ for item in result}) if isinstance(result, list | tuple) else []
    return type(result).__name__ + (f" of {', '.join(inside)}" if inside else "")


def _wrong_fields(result: Any, kinds: Mapping[str, type]) -> str | None:
    for name, kind in kinds.items():
        if not isinstance(value := getattr(result, name), kind):
            return f"a {type(result).__name__} whose {name} is {type(value).__name__}; it is {_NAMES[kind]}"
    return None


_NAMES = {str: "text", int: "a whole number", bytes: "bytes (text.encode())", Mapping: "a mapping of text to text"}
_OBJECTIONS: Mapping[str, Callable[[Any], str | None]] = {
    "encode": _no_request,
    "decode": _no_verdict,
    "parse": _no_message,
    "answer": _no_reply,
    "answer_to": _no_reply,
    "refuse": _no_objection,
}
