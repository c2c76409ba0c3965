"""voicehub provider ``onbuka-v3``: Onbuka's voice API, version 3."""

from voicehub_sendgroup import SendGroup, SendGroupSettings, speech_limits

from voicehub import Speech, UploadedAudio
from voicehub.hooks import hookimpl
from voicehub.provider import Limits, Page, Provider

PAGE = Page("onbuka.com/voice-api6", "2026-11")


class Onbuka(SendGroup):
    """Onbuka v3. The numbers are those of the English page; the Chinese one says 500 callees and up to 9 plays."""

    name = "onbuka-v3"
    limits = {
        UploadedAudio: Limits(
            callees=PAGE.span(1, 1000, "callees"),
            callee_digits=PAGE.span(7, 15, "digits"),
            caller_id=PAGE.span(7, 15, "digits"),
            ring_timeout_seconds=PAGE.span(20, 120, "seconds"),
            max_duration_seconds=PAGE.span(1, 120, "seconds"),
            plays=PAGE.span(1, 3, "plays"),
            reference=PAGE.span(0, 1000, "UTF-16 units"),
        ),
        Speech: speech_limits(Page("onbuka.com/voice-api7", "2026-11"), plays=3),
    }

    currencies = ("EUR",)  # the field of a record's cost is named costEur

    class Settings(SendGroupSettings):
        """An Onbuka account; another brand of the platform differs by ``base_url``."""

        base_url: str = "https://api.onbuka.com/v3"


@hookimpl
def voicehub_providers() -> list[type[Provider]]:
    """Offer the one provider of this distribution."""
    return [Onbuka]
