"""voicehub provider ``itniotech``: the voice API of ITNIO Tech."""

from voicehub_sendgroup import SendGroup, SendGroupSettings, speech_limits

from voicehub import Speech, UploadedAudio
from voicehub.hooks import hookimpl
from voicehub.provider import Limits, Page, Provider

PAGE = Page("www.itniotech.com/api/voice/sendGroup/", "2026-11")


class Itniotech(SendGroup):
    """ITNIO Tech. The numbers are those of the English page.

    The newer .cn page says 1000 callees, up to 9 plays, and has a ring timeout of 20 to 120 s.
    """

    name = "itniotech"
    limits = {
        UploadedAudio: Limits(
            callees=PAGE.span(1, 200, "callees"),
            callee_digits=PAGE.span(7, 15, "digits"),
            caller_id=PAGE.span(7, 15, "digits"),
            max_duration_seconds=PAGE.span(1, 120, "seconds"),
            plays=PAGE.span(1, 3, "plays"),
            reference=PAGE.span(0, 1000, "UTF-16 units"),
        ),
        Speech: speech_limits(Page("itniotech.com/api/voice/sendCode, the newer of two", "2026-11"), plays=9),
    }
    null_when_unset = frozenset({"caller_id"})  # the page calls displayNum required and nullable

    balance_path = "/sms/getBalance"  # www.itniotech.com/api/account/getBalance
    currencies = (None, "USD")  # a record names one only where the quotation is in another than US dollars

    class Settings(SendGroupSettings):
        """An ITNIO Tech account; another brand of the platform differs by ``base_url``."""

        base_url: str = "https://api.itniotech.com"


@hookimpl
def voicehub_providers() -> list[type[Provider]]:
    """Offer the one provider of this distribution."""
    return [Itniotech]
