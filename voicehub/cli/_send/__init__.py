"""``voicehub send``: sends one message, and prints its receipt."""

from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _errors, _options
from voicehub.cli._options import account_option, config_option, dry_run_option, json_option
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.client import Client
    from voicehub.message import VoiceMessage


@click.command("send")
@config_option
@account_option
@click.option(
    "--to",
    multiple=True,
    required=True,
    metavar="NUMBER",
    help="Number to call (E.164); give it once for each, or - to read stdin.",
)
@_options.announcement_options
@dry_run_option
@json_option
@click.pass_obj
def command(run: Run, /, config: str | None, account: str | None, **options: Any) -> None:
    """Send one voice message, and show the result for every callee.

    An option that is left out is the vendor's default. In doubt means that the phone may have rung: such a callee is
    never called again automatically. The first Ctrl-C waits for the request in flight, the second gives up and leaves
    its callees in doubt; the result for every callee is printed either way.

    Exit codes: 0 every callee accepted, 2 usage or configuration, 3 no phone rang, 4 some accepted, 5 somebody in
    doubt, 130 interrupted.
    """
    fields = {"to": _options.callees(options["to"]), **_options.announcement(options)}  # errors of usage come first
    from voicehub.client import Client
    from voicehub.message import VoiceMessage

    with Client.from_config(config, account=account) as client:
        run.serve(client)
        message = VoiceMessage.model_validate(fields)
        if run.dry_run:
            from voicehub.cli._send import dry_run

            dry_run.show(run, client, message)
        else:
            _deliver(run, client, message)


def _deliver(run: Run, client: "Client", message: "VoiceMessage") -> None:
    from voicehub.cli._interrupts import Interrupts
    from voicehub.client import Tally

    run.tally = tally = Tally()
    error: BaseException | None = None
    words = "waiting for the request in flight; Ctrl-C again gives up waiting, and its callees are in doubt"
    with Interrupts(tally.stop, words, in_doubt=lambda: tally.receipt().in_doubt) as interrupts:
        try:
            with interrupts.armed():
                client.send(message, tally=tally)
        except (Exception, KeyboardInterrupt) as caught:
            error = caught
        _errors.conclude(run, error, interrupted=interrupts.stopping)
