"""``voicehub webhooks serve``: receives reports over HTTP and keeps them in the ledger, until it is stopped."""

import contextlib
import json
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from voicehub.cli import _output
from voicehub.cli._campaign.options import campaign_options, ledger_file
from voicehub.cli._interrupts import terminable
from voicehub.cli._options import text
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.webhooks import Listener, Reopening


def _named(context: click.Context, parameter: click.Parameter, value: str) -> str | None:
    """A host. An empty one is refused, because it would mean every address of this machine."""
    if not value:
        raise click.BadParameter("is empty; name an address, or 0.0.0.0 for all of this machine", param=parameter)
    return text(context, parameter, value)


@click.command("serve")
@click.option(
    "--host", metavar="HOST", default="127.0.0.1", show_default=True, callback=_named, help="Address to listen on."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8081,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@campaign_options
@click.pass_obj
def command(run: Run, host: str, port: int, config: str | None, ledger: str | None) -> None:
    """Receive the vendors' reports about calls, for every account with a webhook secret.

    The vendor gets the answer 200 when its report is on disk. Give the vendor the address
    https://YOUR.HOST/reports/ACCOUNT/SECRET; TLS is the work of a proxy in front. It runs until Ctrl-C or SIGTERM, and
    then finishes the requests that have begun. A ledger that is missing is made.

    Exit codes: 0 stopped, 2 usage or configuration (no account has a secret), 6 the ledger cannot be used.
    """
    from voicehub import config as configurations
    from voicehub import webhooks

    configuration = configurations.load(config)
    if not configuration.accounts:
        configuration.account_name()  # raises the error that names the places searched
    served, lacking = webhooks.listeners(configuration), webhooks.lacking(configuration)
    with _kept(ledger) as kept, _listening(host, port) as listening, terminable(), _telling():
        application = webhooks.app(kept, configuration)
        shown_host = f"[{host}]" if ":" in host else host
        url = f"http://{shown_host}:{listening.getsockname()[1]}"
        _output.words(
            f"Receiving reports at {url}, Ctrl-C stops it. They are kept in the ledger {ledger_file(ledger)}."
        )
        _introduce(url, served, lacking, as_json=run.as_json)
        with contextlib.suppress(KeyboardInterrupt):
            webhooks.serve(application, listening)
    counted = application.state.counted
    told = f"Reports kept: {counted.kept}; not readable: {counted.unreadable}; not kept: {counted.failed}."
    _output.words(f"Stopped. {told}")


@contextlib.contextmanager
def _kept(ledger: str | None) -> "Iterator[Reopening]":
    """The ledger, closed at the end. A missing one is created, but not once it was in use."""
    from voicehub.campaign import SqliteLedger
    from voicehub.errors import LedgerError
    from voicehub.webhooks import Reopening

    file = ledger_file(ledger)

    def opened() -> SqliteLedger:
        if begun and not os.path.exists(file):  # noqa: PTH110 - a path as it was written
            raise LedgerError(f"the ledger {file} was removed; put it back")
        return SqliteLedger(file)

    begun = False
    with contextlib.closing(Reopening(opened)) as kept:
        begun = True
        yield kept


class _Words(logging.Handler):
    """Prints log records about reports to stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print it like every error."""
        _output.words(f"voicehub: {record.getMessage()}")


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    logger, words = logging.getLogger("voicehub.webhooks"), _Words(logging.WARNING)
    logger.addHandler(words)
    try:
        yield
    finally:
        logger.removeHandler(words)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    from voicehub.errors import ConfigError

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:  # UnicodeError: an invalid host name
        why = (getattr(error, "strerror", None) or str(error)).partition(" (")[0]  # what follows repeats the address
        raise ConfigError(f"--host and --port: nothing can listen on this address: {why}; choose another") from None
    with made:
        yield made


def _introduce(url: str, served: "Mapping[str, Listener]", lacking: Mapping[str, str], *, as_json: bool) -> None:
    """Print the addresses: data on stdout, words for people on stderr; no configured secret."""
    from voicehub._masking import HIDDEN
    from voicehub.webhooks import PATH

    paths = {account: PATH.format(account=account, secret=HIDDEN) for account in served}
    if as_json:
        accounts = {
            account: {"provider": each.provider.name, "path": paths[account], "verified": each.verified}
            for account, each in served.items()
        }
        _output.data(json.dumps({"url": url, "accounts": accounts, "lacking": list(lacking)}))
    for account, each in () if as_json else served.items():
        asked = ", each verified by the vendor's record" if each.verified else ""
        _output.data(f"{account} ({each.provider.name}): {url}{paths[account]}{asked}")
    for account, fresh in lacking.items():
        _output.words(
            f'account {account} has no webhook secret, so its reports are refused: write webhook = "{fresh}" into '
            f"[accounts.{account}]"
        )
