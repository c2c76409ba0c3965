"""voicehub: send voice messages through any vendor, by one neutral `VoiceMessage`, with every callee accounted for.

The user's door. Names are loaded on first use, so that ``import voicehub`` costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from voicehub.client import AsyncClient, Client
    from voicehub.errors import (
        AskError,
        ConfigError,
        Incomplete,
        InDoubt,
        LedgerError,
        LimitExceeded,
        MessageError,
        MissingField,
        NotSent,
        PluginError,
        RefusalKind,
        Refused,
        SendError,
        UnknownProvider,
        UnsupportedField,
        VoicehubError,
    )
    from voicehub.message import Announcement, AudioFile, AudioUrl, NamedAudio, Speech, UploadedAudio, VoiceMessage
    from voicehub.receipt import CallState, Outcome, Receipt
    from voicehub.records import Balance, CallRecord, StoredFile

    __version__: str

__all__ = [
    "Announcement",
    "AskError",
    "AsyncClient",
    "AudioFile",
    "AudioUrl",
    "Balance",
    "CallRecord",
    "CallState",
    "Client",
    "ConfigError",
    "InDoubt",
    "Incomplete",
    "LedgerError",
    "LimitExceeded",
    "MessageError",
    "MissingField",
    "NamedAudio",
    "NotSent",
    "Outcome",
    "PluginError",
    "Receipt",
    "RefusalKind",
    "Refused",
    "SendError",
    "Speech",
    "StoredFile",
    "UnknownProvider",
    "UnsupportedField",
    "UploadedAudio",
    "VoiceMessage",
    "VoicehubError",
    "__version__",
]

_ROOMS = {
    "client": ("AsyncClient", "Client"),
    "message": ("Announcement", "AudioFile", "AudioUrl", "NamedAudio", "Speech", "UploadedAudio", "VoiceMessage"),
    "receipt": ("CallState", "Outcome", "Receipt"),
    "records": ("Balance", "CallRecord", "StoredFile"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("voicehub-core")
    else:
        from importlib import import_module

        value = getattr(import_module(f"voicehub.{_ROOM_OF.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
