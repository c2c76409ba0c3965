"""The format of a recording, by its first bytes, and a file name made from its content."""

import hashlib
import re


def format_of(data: bytes) -> str | None:
    """``mp3``, ``m4a`` or ``wav``; ``None``: none of them.

    MP3: an ID3v2 tag (id3.org) or the sync word of MPEG audio layer III (ISO/IEC 11172-3, 2.4.2.3); M4A: an ``ftyp``
    box of an audio brand (ISO/IEC 14496-12, 4.3); WAV: RIFF of form WAVE.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp" and data[8:12] in (b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"dash"):
        return "m4a"
    if data[:3] == b"ID3":
        return "mp3"
    if len(data) > 2 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2 and data[2] >> 4 != 0xF:  # layer III, a valid rate
        return "mp3"
    return None


def content_name(name: str, data: bytes) -> str:
    """A name that identifies the content: ``reminder.mp3`` becomes ``reminder-0c2b7d1f9a55.mp3``.

    At most 32 characters, the limit of the strictest vendor, if its ending is no longer than 18.
    """
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, ending.lower()) if dot else (name, "")
    digest = _digest(data)
    kept = stem[: max(0, 32 - len(f"-{digest}{dot}{ending}"))]
    return f"{kept}-{digest}{dot}{ending}"


def stands_for_another(name: str, data: bytes) -> bool:
    """Whether this looks like a name from `content_name`, but for different content."""
    found = re.search("-([0-9a-f]{12})(?:[.][^.]*)?$", name)
    return found is not None and found[1] != _digest(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
