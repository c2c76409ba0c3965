"""voicehub provider ``twilio``: Twilio's Programmable Voice, one callee a request, TwiML inside a form."""

from voicehub.hooks import hookimpl
from voicehub.provider import Provider
from voicehub_twilio._provider import Twilio
from voicehub_twilio._settings import TwilioOptions, TwilioSettings

__all__ = ["Twilio", "TwilioOptions", "TwilioSettings"]


@hookimpl
def voicehub_providers() -> list[type[Provider]]:
    """Offer the one provider of this distribution."""
    return [Twilio]
