"""``voicehub doctor``: finds what is missing or broken. Costs nothing, phones nobody, asks vendors only on demand."""

import click

from voicehub.cli import _output
from voicehub.cli._errors import USAGE
from voicehub.cli._options import config_option, json_option
from voicehub.cli._run import Run


@click.command("doctor")
@config_option
@click.option("--online", is_flag=True, help="Also ask each account's vendor for its balance.")
@json_option
@click.pass_obj
def command(run: Run, config: str | None, online: bool) -> None:
    """Find what is missing or broken: versions, plugins, configuration, extras. Costs nothing and sends nothing.

    With --online each account's vendor is asked for its balance. That costs nothing and phones nobody; it shows whether
    the vendor accepts key, address and clock, and whether there is money.

    Exit code 0 when all is well, 2 when something is broken.
    """
    from voicehub.cli._doctor.examination import examine

    findings = examine(config)
    if online:
        from voicehub.cli._doctor.vendors import ask

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
