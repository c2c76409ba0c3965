"""Everything voicehub raises. Each class answers first: could a phone have rung?

::

    VoicehubError
    ├── ConfigError (ValueError)      settings are wrong; nothing was tried
    │   └── UnknownProvider           says what is installed and what to install
    ├── PluginError                   a plugin broke the contract before anything left
    ├── MessageError (ValueError)     .field .rule .limit; no phone rang; fix the message
    │   ├── MissingField              this vendor needs a field that is unset
    │   ├── UnsupportedField          this vendor cannot carry what is set
    │   └── LimitExceeded             a value is outside this vendor's limits
    ├── SendError                     .receipt says what became of every callee
    │   ├── NotSent                   never left; no phone rang; sending again is safe
    │   ├── Refused                   .kind .code .reason; the vendor said no to all of it; no phone rang
    │   ├── Incomplete                part accepted, part not attempted, nobody in doubt
    │   └── InDoubt                   left, no believable answer; phones may have rung; never re-sent by itself
    ├── AskError                      .kind .code .reason; a question got no usable answer; no phone is concerned
    └── LedgerError                   the ledger of a campaign cannot be used

Texts are written for the person who meets them and hold no secret and no full phone number: numbers are named by their
position (``to[3]``) and shown by their last two digits.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicehub.receipt import Receipt


class VoicehubError(Exception):
    """Base of everything voicehub raises on purpose."""


class ConfigError(VoicehubError, ValueError):
    """The configuration is wrong; nothing was tried. The text names file or variable, table and key."""


class UnknownProvider(ConfigError):
    """No installed plugin offers this provider; the text says what is installed and what to install."""


class PluginError(VoicehubError):
    """A plugin broke the contract before anything left; no phone rang by the request it concerns.

    ``receipt`` says what became of every callee once a send has begun (the earlier requests of a split may have been
    refused); ``None`` where the check or the encoding of the whole split failed before that.
    """

    receipt: "Receipt | None" = None


class MessageError(VoicehubError, ValueError):
    """The chosen vendor cannot take this message, or be asked this; nothing left and no phone rang.

    ``field`` is the bare ``VoiceMessage`` field name (of a question its measure, argument or kind), ``rule`` the rule
    in words with its source, ``limit`` the bound that was crossed (``None`` where the rule is no bound), ``position``
    which of ``to``, from 0 (``None``: it is about no single callee).
    """

    def __init__(self, field: str, rule: str, limit: float | None = None, *, position: int | None = None) -> None:
        where = field if position is None else f"{field}[{position}]"
        super().__init__(f"{where}: {rule}")
        self.field = field
        self.rule = rule
        self.limit = limit
        self.position = position

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class MissingField(MessageError):
    """This vendor needs a field that is unset."""


class UnsupportedField(MessageError):
    """This vendor has no way to carry what is set; nothing is ever dropped quietly."""


class LimitExceeded(MessageError):
    """A value is outside this vendor's published limits; nothing is ever clamped."""


class RefusalKind(StrEnum):
    """Why a vendor refused a whole request; ``docs/failures.md`` maps the codes."""

    AUTH = "auth"
    ADDRESS = "address"
    BALANCE = "balance"
    CLOCK = "clock"
    THROTTLED = "throttled"
    REQUEST = "request"


class SendError(VoicehubError):
    """A message did not go through whole; ``receipt`` says what became of every callee."""

    def __init__(self, text: str, receipt: "Receipt") -> None:
        super().__init__(text)
        self.receipt = receipt

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class NotSent(SendError):
    """Never left: not one byte of a request was written. No phone rang; sending again is safe."""


class Refused(SendError):
    """The vendor said no to all of it; no phone rang. ``code`` and ``reason`` are the vendor's own (``None``: none)."""

    def __init__(self, text: str, receipt: "Receipt", kind: RefusalKind, code: str | None, reason: str | None) -> None:
        super().__init__(text, receipt)
        self.kind = kind
        self.code = code
        self.reason = reason


class Incomplete(SendError):
    """Some callees were accepted, some not attempted, nobody is in doubt; ``__cause__`` says what stopped it."""


class InDoubt(SendError):
    """A request left and no believable answer came: phones may have rung. voicehub never sends it again by itself."""


class AskError(VoicehubError):
    """A question to the vendor (recordings, records, balance) got no usable answer; asking again is harmless.

    ``kind``, ``code`` and ``reason`` are those of the vendor's refusal; all ``None``: it was not reached, or its reply
    could not be read. ``clock_ahead_seconds`` is how far this machine's clock was ahead of the vendor's, by the Date of
    its reply (RFC 9110 section 6.6.1; ``None``: it had none).
    """

    clock_ahead_seconds: float | None = None

    def __init__(
        self, text: str, kind: RefusalKind | None = None, code: str | None = None, reason: str | None = None
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.code = code
        self.reason = reason


class LedgerError(VoicehubError):
    """The ledger of a campaign cannot be used."""


def _rebuild(cls: type[Exception], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    """Unpickle an error whose ``__init__`` takes more than its text."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error
