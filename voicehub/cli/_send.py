"""``voicehub send``: one message, from the command line to the receipt."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _errors, _options
from voicehub.cli._run import Run, account_option, config_option, dry_run_option, json_option

if TYPE_CHECKING:
    from voicehub.client import Client
    from voicehub.message import VoiceMessage


@click.command("send")
@config_option
@account_option
@click.option("--to", multiple=True, required=True, metavar="NUMBER", help="Callee, E.164; repeat it, or - for stdin.")
@click.option("--audio-file-id", metavar="ID", help="Play a recording the vendor holds.")
@click.option("--audio-url", metavar="URL", help="Play a recording the vendor fetches.")
@click.option("--say", metavar="TEXT", help="Speak a text; needs --language.")
@click.option("--language", metavar="TAG", help="Language of the text, BCP 47, such as en-GB.")
@click.option("--voice", metavar="NAME", help="The vendor's name of a voice.")
@click.option("--caller-id", metavar="NUMBER", help="Number shown to the callee.")
@click.option("--max-duration", callback=_options.whole, metavar="SECONDS", help="Hang up this long after the answer.")
@click.option("--ring-timeout", callback=_options.whole, metavar="SECONDS", help="Let it ring no longer than this.")
@click.option("--plays", callback=_options.whole, metavar="TIMES", help="How many times it is heard in all.")
@click.option("--reference", metavar="TEXT", help="Your own text, which the vendor echoes in records.")
@dry_run_option
@json_option
@click.pass_obj
def command(run: Run, /, config: str | None, account: str | None, **options: Any) -> None:
    """Send one voice message, and account for every callee.

    What is left out is the vendor's default. The first Ctrl-C finishes the request in flight, the second gives up and
    leaves its callees in doubt; what became of everybody is printed either way.

    Exit codes: 0 every callee accepted, 2 usage or configuration, 3 nobody rang, 4 some accepted, 5 somebody in doubt,
    130 interrupted.
    """
    fields = _fields(options)
    from voicehub.client import Client
    from voicehub.message import VoiceMessage

    with Client.from_config(config, account=account) as client:
        run.serve(client)
        message = VoiceMessage.model_validate(fields)
        if run.dry_run:
            from voicehub.cli import _dry_run

            _dry_run.show(run, client, message)
        else:
            _deliver(run, client, message)


def _fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the message, read before any configuration: usage is told first."""
    contents = ("audio_file_id", "audio_url", "say", "language", "voice")
    return {
        "content": _options.content(**{name: options[name] for name in contents}),
        "to": _options.callees(options["to"]),
        "caller_id": options["caller_id"],
        "max_duration_seconds": options["max_duration"],
        "ring_timeout_seconds": options["ring_timeout"],
        "plays": options["plays"],
        "reference": options["reference"],
    }


def _deliver(run: Run, client: "Client", message: "VoiceMessage") -> None:
    from voicehub.cli._interrupts import Interrupts
    from voicehub.client import Tally

    run.tally = Tally()
    error: BaseException | None = None
    with Interrupts(run.tally) as interrupts:
        try:
            with interrupts.armed():
                client.send(message, tally=run.tally)
        except (Exception, KeyboardInterrupt) as caught:
            error = caught
        _errors.conclude(run, error, interrupted=run.tally.stopping)
