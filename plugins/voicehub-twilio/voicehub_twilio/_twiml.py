"""The TwiML of a message, from both ends: ``<Play>`` for a URL, ``<Say>`` for a text (docs/voice/twiml)."""

import re
from xml.etree import ElementTree as ET

from voicehub import AudioUrl, Speech, VoiceMessage


def write(message: VoiceMessage) -> str:
    """One verb in a ``<Response>``; every text is escaped by the XML library."""
    response = ET.Element("Response")
    if isinstance(message.content, Speech):
        said = {"language": message.content.language, "voice": message.content.voice}
        verb = ET.SubElement(response, "Say", {name: value for name, value in said.items() if value is not None})
        verb.text = message.content.text
    else:
        assert isinstance(message.content, AudioUrl)  # noqa: S101 - limits hold no other kind; this tells mypy
        verb = ET.SubElement(response, "Play")
        verb.text = message.content.url
    if message.plays is not None:
        verb.set("loop", str(message.plays))
    return ET.tostring(response, encoding="unicode")


def whole(name: str, text: str) -> int:
    """A whole number as the vendor writes it. Raises ``ValueError`` for what only Python takes for one, such as 6_0."""
    if not re.fullmatch("[0-9]{1,4000}", text):  # Python reads no number of more than 4300 digits
        raise ValueError(f"{name} is no whole number")
    return int(text)


def read(text: str) -> tuple[AudioUrl | Speech, int | None]:
    """Content and plays. Raises ``ValueError`` for anything but one verb as `write` makes it."""
    if "<!" in text:
        raise ValueError("TwiML has no document type")  # it is also how an entity bomb would come in
    try:
        response = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities to expand
    except ET.ParseError as error:
        raise ValueError(f"TwiML is no XML: {error}") from None
    if response.tag != "Response" or len(response) != 1 or response.attrib or (response.text or "").strip():
        raise ValueError("TwiML is a Response with one verb")
    (verb,) = response
    if len(verb) or (verb.tail or "").strip():
        raise ValueError("the verb holds text only")
    known = {"Play": {"loop"}, "Say": {"loop", "language", "voice"}}
    if verb.tag not in known or verb.attrib.keys() - known[verb.tag]:
        raise ValueError("the verb is Play or Say with its own attributes")
    loop = verb.get("loop")
    plays = None if loop is None else whole("loop", loop)
    if verb.tag == "Play":
        return AudioUrl(verb.text or ""), plays
    return Speech(verb.text or "", verb.get("language", ""), verb.get("voice")), plays
