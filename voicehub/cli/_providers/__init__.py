"""``voicehub providers``: what each provider takes, from its limits and its other facts."""

from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _output
from voicehub.cli._options import account_option, config_option, json_option
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.cli._providers.facts import Facts


@click.command("providers")
@click.argument("name", required=False)
@click.option(
    "--diff", nargs=2, metavar="A B", help="Show what a message loses or must change when it moves from A to B."
)
@config_option
@account_option
@json_option
@click.pass_obj
def command(run: Run, name: str | None, diff: tuple[str, str] | None, config: str | None, account: str | None) -> None:
    """Show what each installed provider takes: every limit with its unit, its source and the date it was read.

    With --config or --account: the limits of that account, changed by its overrides.
    """
    chosen = config is not None or account is not None
    if diff is not None:
        if name is not None or chosen:
            raise click.UsageError(
                "--diff compares the own limits of two providers; give no NAME, --config or --account with it"
            )
        _show_diff(run, *diff)
        return
    _show_tables(run, _of_account(name, config, account) if chosen else _of_plugins(name))


def _of_account(name: str | None, config: str | None, account: str | None) -> "list[Facts]":
    from voicehub import config as configuration
    from voicehub.cli._providers.facts import Facts

    loaded = configuration.load(config)
    chosen = loaded.account_name(account)
    provider = loaded.provider(chosen)
    if name not in (None, provider.name):
        raise click.UsageError(f"account {chosen} uses {provider.name}, not the provider that was named")
    return [Facts(type(provider), provider.limits, chosen)]


def _of_plugins(name: str | None) -> "list[Facts]":
    from voicehub.cli._providers.facts import Facts
    from voicehub.errors import PluginError
    from voicehub.plugins import installed

    if name is not None:
        return [Facts.of(installed.provider(name))]
    found = []
    for each in installed.names():
        try:
            found.append(Facts.of(installed.provider(each)))
        except PluginError as error:  # a broken plugin does not affect the others
            _output.words(f"voicehub: left out: {error}")
    return found


def _show_tables(run: Run, providers: "list[Facts]") -> None:
    if run.as_json:
        _output.as_json({"providers": [facts.as_json() for facts in providers]})
        return
    if not providers:
        _output.words("No provider is installed; 'voicehub doctor' says what there is.")
    for facts in providers:
        for kind, limits in facts.limits.items():
            rows = [facts.cells(kind, row) for row in limits]
            account = f", account {facts.account}" if facts.account else ""
            columns = ("limit", "value", "unit", "source", "read")
            _output.show(_output.table(f"{facts.name}: {kind}{account}", columns, rows))
        _output.show(*facts.sentences(), "")


def _show_diff(run: Run, before: str, after: str) -> None:
    from voicehub.cli._providers.diff import changes
    from voicehub.plugins import installed

    found = changes(installed.provider(before), installed.provider(after))
    if run.as_json:
        listed: list[dict[str, Any]] = [change._asdict() for change in found]
        _output.as_json({"from": before, "to": after, "changes": listed})
        return
    if not found:
        _output.show(f"Nothing: whatever {before} takes, {after} takes as well.")
        return
    _output.show(f"A message that moves from {before} to {after}:")
    for change in found:
        _output.show(f"- {change.text}")
