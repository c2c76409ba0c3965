"""Options that several commands take, and their values: files, accounts, and a whole announcement."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

_CONTENTS = "--audio-file-id, --audio-file, --audio-url, --audio and --say"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _remember(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    setattr(context.obj, "dry_run" if parameter.name == "dry_run" else "as_json", wanted)


def not_empty(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The name of a file. An empty name is refused."""
    if value == "":  # else an unset shell variable would mean another file
        raise click.BadParameter("is empty; leave it out or name a file", param=parameter)
    return value


def text(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The text as typed. Bytes that are not text are refused: neither a file nor a request could contain them."""
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        raise click.BadParameter("contains bytes that are not UTF-8 text", param=parameter) from None
    return value


def whole(_: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """A whole number in ASCII digits. Its bounds are checked by the message and the vendor's limits."""
    if value is not None and not re.fullmatch("-?[0-9]{1,18}", value):
        raise click.BadParameter("is not a whole number in digits 0 to 9", param=parameter)
    return None if value is None else int(value)


json_option = click.option(
    "--json", is_flag=True, is_eager=True, expose_value=False, callback=_remember, help="Print JSON instead of text."
)
dry_run_option = click.option(
    "--dry-run",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_remember,
    help="Print the requests, with credentials and numbers masked; send nothing.",
)
config_option = click.option(
    "--config",
    metavar="FILE",
    callback=not_empty,
    help="Configuration file. Default: VOICEHUB_CONFIG, ./voicehub.toml, or the one in your configuration folder.",
)
account_option = click.option(
    "--account", metavar="NAME", help="Account to use. Default: the configuration's default_account, or its only one."
)
_ANNOUNCEMENT = (
    click.option("--audio-file-id", metavar="ID", help="Play the recording with this id at the vendor."),
    click.option(
        "--audio-file", metavar="FILE", help="Play this file; it is uploaded first, unless the vendor already has it."
    ),
    click.option("--audio-url", metavar="URL", help="Play the recording at this URL; the vendor downloads it."),
    click.option("--audio", metavar="NAME", help="Play the recording that the configuration has under [audio.NAME]."),
    click.option("--say", metavar="TEXT", help="Speak this text; needs --language."),
    click.option("--language", metavar="TAG", help="Language of the text (BCP 47), such as en-GB."),
    click.option("--voice", metavar="NAME", help="Voice that speaks the text, by the vendor's name for it."),
    click.option("--caller-id", metavar="NUMBER", help="Number that the callee sees."),
    click.option(
        "--max-duration", callback=whole, metavar="SECONDS", help="Hang up this many seconds after the answer."
    ),
    click.option("--ring-timeout", callback=whole, metavar="SECONDS", help="Stop ringing after this many seconds."),
    click.option("--plays", callback=whole, metavar="TIMES", help="How many times the message is played in all."),
    click.option(
        "--reference",
        metavar="TEXT",
        help="Your own text; the vendor repeats it in its records. campaign reconcile needs it.",
    ),
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
    """The one content that was given, in the form of the message's ``content``."""
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
