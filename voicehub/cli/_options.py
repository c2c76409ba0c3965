"""What a person writes of a message: one table of options for every command that takes an announcement."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

_CONTENTS = "--audio-file-id, --audio-file, --audio-url, --audio and --say"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def whole(_: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A whole number in ASCII digits. Its bounds are the message's and the vendor's business."""
    if value is not None and not re.fullmatch("-?[0-9]{1,18}", value):
        raise click.BadParameter("is not a whole number in digits 0 to 9", param=parameter)
    return None if value is None else int(value)


_ANNOUNCEMENT = (
    click.option("--audio-file-id", metavar="ID", help="Play a recording the vendor holds."),
    click.option(
        "--audio-file", metavar="FILE", help="Play a recording of yours, uploaded unless the vendor holds it."
    ),
    click.option("--audio-url", metavar="URL", help="Play a recording the vendor fetches."),
    click.option("--audio", metavar="NAME", help="Play the recording of this name in the configuration."),
    click.option("--say", metavar="TEXT", help="Speak a text; needs --language."),
    click.option("--language", metavar="TAG", help="Language of the text, BCP 47, such as en-GB."),
    click.option("--voice", metavar="NAME", help="The vendor's name of a voice."),
    click.option("--caller-id", metavar="NUMBER", help="Number shown to the callee."),
    click.option("--max-duration", callback=whole, metavar="SECONDS", help="Hang up this long after the answer."),
    click.option("--ring-timeout", callback=whole, metavar="SECONDS", help="Let it ring no longer than this."),
    click.option("--plays", callback=whole, metavar="TIMES", help="How many times it is heard in all."),
    click.option("--reference", metavar="TEXT", help="Your own text, which the vendor echoes in records."),
)


def announcement_options(command: _Command) -> _Command:
    """Give a command every option that describes an announcement; `announcement` reads them."""
    for option in reversed(_ANNOUNCEMENT):
        command = option(command)
    return command


def announcement(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an announcement as they were written, checked for usage only."""
    return {
        "content": content(options),
        "caller_id": options["caller_id"],
        "max_duration_seconds": options["max_duration"],
        "ring_timeout_seconds": options["ring_timeout"],
        "plays": options["plays"],
        "reference": options["reference"],
    }


def content(options: Mapping[str, Any]) -> Mapping[str, str | None]:
    """The one content that was given, as the message's ``content`` takes it."""
    forms = {
        "audio_file_id": ("uploaded_audio", "file_id"),
        "audio_file": ("audio_file", "path"),
        "audio_url": ("audio_url", "url"),
        "audio": ("named_audio", "name"),
        "say": ("speech", "text"),
    }
    given = [name for name in forms if options[name] is not None]
    if len(given) != 1:
        raise click.UsageError(f"give {'one' if not given else 'only one'} of {_CONTENTS}")
    kind, field = forms[given[0]]
    language, voice = options["language"], options["voice"]
    if kind == "speech":
        if language is None:
            raise click.UsageError("--say needs --language, such as en-GB")
        return {"kind": kind, field: options["say"], "language": language, "voice": voice}
    if language is not None or voice is not None:
        raise click.UsageError("--language and --voice belong to --say")
    return {"kind": kind, field: options[given[0]]}


def callees(given: Sequence[str]) -> list[str]:
    """The numbers as written; ``-`` stands for stdin, one number a line, blank lines ignored."""
    if given.count("-") > 1:
        raise click.UsageError("'--to -' reads stdin to its end; give it once")
    numbers = []
    for number in given:
        numbers += _from_stdin() if number == "-" else [number]
    return numbers


def _from_stdin() -> list[str]:
    if sys.stdin is None:
        raise click.UsageError("'--to -' reads stdin, and stdin is closed")
    read: bytes = sys.stdin.buffer.read()
    lines = read.decode("utf-8-sig", "replace").splitlines()
    return [number for line in lines if (number := line.strip())]
