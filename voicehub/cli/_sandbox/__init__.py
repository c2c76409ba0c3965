"""``voicehub sandbox``: simulates the vendors on loopback, until it is stopped."""

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import IO, TYPE_CHECKING

import click

from voicehub.cli import _output
from voicehub.cli._interrupts import terminable
from voicehub.cli._options import json_option
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.provider import Provider
    from voicehub.sandbox import Dialled, SandboxServer


class _Command(click.Command):
    """A command whose help ends with the sandbox's own tables of faults and endings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from voicehub.sandbox import ENDINGS, FAULTS, Script

        with formatter.section("Faults"):
            formatter.write_dl(list(FAULTS.items()))
        with formatter.section("Callees by their last digits"):
            formatter.write_dl([(digits, ENDINGS[ending]) for digits, ending in Script().endings.items()])
        super().format_epilog(ctx, formatter)


@click.command("sandbox", cls=_Command)
@click.option("--config", metavar="FILE", help="Simulate the accounts of this configuration.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1. Default: a free one.")
@click.option("--fault", metavar="NAME[:SHARE]", multiple=True, help="Make this go wrong; the faults are listed below.")
@click.option("--push", metavar="URL", help="Send reports to the 'voicehub webhooks serve' at this URL.")
@click.option("--log", metavar="FILE", help="Append accepted callees to this file, as JSON lines with full numbers.")
@json_option
@click.pass_obj
def command(run: Run, config: str | None, port: int, fault: tuple[str, ...], push: str | None, log: str | None) -> None:
    """Simulate the vendors on this machine. Signature, timestamp and limits are checked; nobody is phoned.

    With --config it simulates the accounts of that file, with their secrets, at the paths of their base URLs, and
    prints the environment variables that make voicehub send here. Without it, it simulates every installed provider
    with made-up credentials, and prints a configuration that works. It runs until Ctrl-C or SIGTERM.

    With --push it reports when a call rings, is answered and ends, to URL/reports/ACCOUNT/SECRET for each account with
    a webhook secret. If the answer is not 200, it tries again after 10 seconds, 4 times in all.

    The file of --log and the lines of --json hold each number in full, to be compared with what your program believes
    it sent. SHARE is the share of requests with the fault, above 0 and at most 1. Default: all.
    """
    from voicehub.sandbox import SandboxServer, parse_fault

    faults = [parse_fault(text) for text in fault]
    providers, hooks = _installed(push) if config is None else _configured(config)
    urls = {} if push is None else _urls(push, hooks)
    with terminable(), _appending(log) as file:
        server = SandboxServer(providers, port=port, faults=faults, push=urls, log=_reporter(file, run.as_json))
        with contextlib.suppress(KeyboardInterrupt), server:
            _introduce(server, list(providers), hooks, own=config is not None, as_json=run.as_json)
            _until_interrupted()
    told = f" Reports delivered: {server.reports_taken}, given up: {server.reports_given_up}." if urls else ""
    _output.words(f"Stopped. Accepted callees: {len(server.dialled)}.{told}")


def _until_interrupted() -> None:
    threading.Event().wait()  # a signal raises KeyboardInterrupt in it


def _configured(config_file: str) -> tuple[Mapping[str, "Provider"], Mapping[str, str]]:
    """The providers by account, and the webhook secrets of accounts that have one and send reports."""
    from voicehub.config import load
    from voicehub.errors import ConfigError

    configuration = load(config_file)
    if not configuration.accounts:
        raise ConfigError(f"{config_file}: there is no account; write a table [accounts.NAME]")
    providers = {account: configuration.provider(account) for account in configuration.accounts}
    found = {account: configuration.webhook(account) for account in providers}
    hooks = {account: secret.get_secret_value() for account, secret in found.items() if secret is not None}
    return providers, {account: hook for account, hook in hooks.items() if providers[account].reports is not None}


def _installed(push: str | None) -> tuple[Mapping[str, "Provider"], Mapping[str, str]]:
    """As `_configured`, for the installed providers; webhook secrets are made up if reports are to be pushed."""
    from secrets import token_urlsafe

    from voicehub.cli._sandbox.samples import apart, sample_providers
    from voicehub.errors import ConfigError

    providers: dict[str, Provider] = {}
    for provider in sample_providers():
        account = provider.name.replace("-", "_")  # no hyphens: environment variables have none
        if account in providers:
            rivals = f"providers {providers[account].name} and {provider.name} would both be account {account}"
            raise ConfigError(f"{rivals}; switch one of them off: VOICEHUB_BLOCK={provider.name}")
        providers[account] = provider
    if not providers:
        raise ConfigError("no provider can be simulated; 'voicehub doctor' tells what is installed and what is wrong")
    pushing = providers if push is not None else {}
    hooks = {account: token_urlsafe(32) for account, each in pushing.items() if each.reports is not None}
    return apart(providers), hooks


def _urls(root: str, hooks: Mapping[str, str]) -> Mapping[str, str]:
    from voicehub.errors import ConfigError
    from voicehub.webhooks import PATH

    if not hooks:
        raise ConfigError(
            "--push: no account has both a webhook secret and a vendor that sends reports, so there is nothing to send"
        )
    return {account: root.rstrip("/") + PATH.format(account=account, secret=hook) for account, hook in hooks.items()}


@contextlib.contextmanager
def _appending(log_file: str | None) -> Iterator[IO[str] | None]:
    from voicehub.errors import ConfigError

    if log_file is None:
        yield None
        return
    try:
        # Line-buffered, so that lines are written at once; readable by its owner only, because it has full numbers.
        file = open(log_file, "a", encoding="utf-8", buffering=1, opener=_private)  # noqa: SIM115
    except OSError as error:
        raise ConfigError(f"--log {log_file}: cannot be written: {error.strerror}") from None
    with file:
        yield file


def _private(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)


def _reporter(log: IO[str] | None, as_json: bool) -> Callable[["Dialled"], None]:
    from voicehub._masking import mask_number

    def report(dialled: "Dialled") -> None:
        line = json.dumps(dialled._asdict())
        if log is not None:
            log.write(line + "\n")
        if as_json:
            _output.data(line)
        else:
            words = f"accepted {mask_number(dialled.callee)} for {dialled.account} ({dialled.call_id or 'no call id'})"
            _output.words(words)

    return report


def _introduce(
    server: "SandboxServer", accounts: list[str], hooks: Mapping[str, str], *, own: bool, as_json: bool
) -> None:
    """Print how to send to the sandbox: data on stdout, words for people on stderr."""
    from voicehub.cli._sandbox.samples import as_toml

    providers = {account: server.provider(account) for account in accounts}
    _output.words(f"Sandbox at {server.url}, Ctrl-C stops it. Nobody is phoned.")
    if as_json:
        served = {
            account: {"provider": provider.name, "base_url": provider.settings.base_url}
            for account, provider in providers.items()
        }
        _output.data(json.dumps({"url": server.url, "accounts": served}))
    elif own:
        _output.words("Set these variables to send here; without them, messages go where the configuration says:")
        for account, provider in providers.items():
            _output.data(f"VOICEHUB_ACCOUNTS__{account.upper()}__BASE_URL={provider.settings.base_url}")
    else:
        _output.words("This configuration sends here (the credentials are made up):")
        _output.data(as_toml(providers, hooks).rstrip("\n"))
