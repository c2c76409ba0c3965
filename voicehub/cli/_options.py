"""What a person writes of a message, as values: whole numbers, callees from arguments or stdin, exactly one content."""

import re
import sys
from collections.abc import Mapping, Sequence

import click

_CONTENTS = "--audio-file-id, --audio-url and --say"


def whole(_: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A whole number in ASCII digits. Its bounds are the message's and the vendor's business."""
    if value is not None and not re.fullmatch("-?[0-9]{1,18}", value):
        raise click.BadParameter("is not a whole number in digits 0 to 9", param=parameter)
    return None if value is None else int(value)


def callees(given: Sequence[str]) -> list[str]:
    """The numbers as written; ``-`` stands for stdin, one number a line, blank lines ignored."""
    if given.count("-") > 1:
        raise click.UsageError("'--to -' reads stdin to its end; give it once")
    numbers = []
    for number in given:
        numbers += _from_stdin() if number == "-" else [number]
    return numbers


def content(
    audio_file_id: str | None, audio_url: str | None, say: str | None, language: str | None, voice: str | None
) -> Mapping[str, str | None]:
    """The one content that was given, as the message's ``content`` takes it."""
    given = [value for value in (audio_file_id, audio_url, say) if value is not None]
    if len(given) != 1:
        raise click.UsageError(f"give {'one' if not given else 'only one'} of {_CONTENTS}")
    if say is not None:
        if language is None:
            raise click.UsageError("--say needs --language, such as en-GB")
        return {"kind": "speech", "text": say, "language": language, "voice": voice}
    if language is not None or voice is not None:
        raise click.UsageError("--language and --voice belong to --say")
    if audio_url is not None:
        return {"kind": "audio_url", "url": audio_url}
    return {"kind": "uploaded_audio", "file_id": audio_file_id}


def _from_stdin() -> list[str]:
    if sys.stdin is None:
        raise click.UsageError("'--to -' reads stdin, and stdin is closed")
    read: bytes = sys.stdin.buffer.read()
    lines = read.decode("utf-8-sig", "replace").splitlines()
    return [number for line in lines if (number := line.strip())]
