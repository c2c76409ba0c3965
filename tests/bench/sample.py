"""What all measurements send: a provider on its sample settings, a message, and the vendor's answer to it."""

import json

from voicehub import Outcome, UploadedAudio, VoiceMessage
from voicehub.plugins import installed
from voicehub.provider import Provider

NOW = 1_630_468_800.0


def provider(base_url: str = "https://api.onbuka.com/v3") -> Provider:
    cls = installed.provider("onbuka-v3")
    return cls(cls.Settings(**{**cls.sample_settings, "base_url": base_url}))


def numbers(callees: int) -> list[str]:
    return [f"+9321{number:08d}" for number in range(callees)]


def message(callees: int) -> VoiceMessage:
    return VoiceMessage(to=numbers(callees), content=UploadedAudio("12022022570cc.mp3"), plays=2, reference="order 42")


def answer(to: VoiceMessage) -> bytes:
    """Every callee accepted, as the vendor writes it."""
    rows = [Outcome(callee, "accepted", f"1a2b3c4d{at:024d}", "0", "success") for at, callee in enumerate(to.to)]
    return provider().answer(rows).body


def bare_request(to: VoiceMessage) -> dict[str, object]:
    """The same request as a script would hold it."""
    values: dict[str, object] = json.loads(provider().encode(to, NOW).body)
    return values
