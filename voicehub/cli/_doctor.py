"""``voicehub doctor``: what is missing or broken. Spends nothing, phones nobody, and asks vendors only when told to."""

import click

from voicehub.cli import _output
from voicehub.cli._errors import USAGE
from voicehub.cli._run import Run, config_option, json_option


@click.command("doctor")
@config_option
@click.option("--online", is_flag=True, help="Ask each account's vendor for its balance too.")
@json_option
@click.pass_obj
def command(run: Run, config: str | None, online: bool) -> None:
    """Look for what is missing or broken: versions, plugins, configuration, extras. Spends and sends nothing.

    With --online each account's vendor is asked for its balance, which costs nothing and phones nobody: it tells
    whether key, address and clock are taken, and whether there is money.

    Exit code 0 when all is well, 2 when something is broken.
    """
    from voicehub.cli._examination import examine

    findings = examine(config)
    if online:
        from voicehub.cli._vendors import ask

        findings += ask(config)
    broken = [finding for finding in findings if finding.state == "broken"]
    run.code = USAGE if broken else 0
    if run.as_json:
        _output.as_json({"ok": not broken, "findings": [finding._asdict() for finding in findings]})
        return
    styles = {"ok": "green", "note": "", "broken": "red"}
    rows = [
        (finding.about, (finding.state, styles[finding.state]), finding.told, finding.advice or "")
        for finding in findings
    ]
    verdict = f"{len(broken)} broken; see the advice beside each." if broken else "All is well."
    _output.show(_output.table("", ("what", "state", "found", "advice"), rows), verdict)
