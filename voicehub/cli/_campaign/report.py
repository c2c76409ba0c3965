"""``voicehub campaign report``: every row of the input, with its outcome."""

from collections.abc import Mapping
from typing import Any, Literal

import click

from voicehub.cli import _output
from voicehub.cli._campaign.options import campaign_options, name_argument, opened, readable
from voicehub.cli._options import not_empty
from voicehub.cli._run import Run

_FORMATS: Mapping[str, Literal["csv", "jsonl"]] = {".csv": "csv", ".jsonl": "jsonl"}


def _known(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if not_empty(context, parameter, value) is not None and _format_of(str(value)) is None:
        raise click.BadParameter("must end in .csv or .jsonl, which decides the format", param=parameter)
    return value


@click.command("report")
@name_argument
@click.option(
    "--output", metavar="FILE", callback=_known, help="Write to this file, .csv or .jsonl. Default: CSV to stdout."
)
@campaign_options
@click.pass_obj
def command(run: Run, name: str, output: str | None, config: str | None, ledger: str | None) -> None:
    """Write every row of the input of the campaign NAME: its own columns, then the outcome.

    The input is read again and must not have changed. Without --output the rows go to stdout, as JSON lines with
    --json. A report can be planned again: see plan --only. The columns from call_state on hold what the vendor said
    about the call; for an account with verify_reports, only what the vendor's own records say.
    """
    from collections import Counter

    from voicehub.campaign import report

    counts: Mapping[str, int] = {}
    calls: Counter[str] = Counter()
    known: Mapping[str, Any] = {"configuration": readable(config), "calls": calls}
    with opened(ledger) as kept:
        if output is not None:
            counts = report(kept, name, output, format=_format_of(output) or "csv", **known)
        else:
            with _output.rows() as stdout:
                counts = report(kept, name, stdout, format="jsonl" if run.as_json else "csv", **known)
    if output is not None and run.as_json:
        rows_written = sum(counts.values())
        _output.as_json({"name": name, "output": output, "rows": rows_written, "outcomes": counts, "calls": calls})
    elif output is not None or not run.as_json:
        rows = [(outcome.replace("_", " "), f"{count:,}") for outcome, count in sorted(counts.items())]
        table = _output.table("", ("rows", f"{sum(counts.values()):,}"), rows)
        _output.show(table, aside=output is None)
        show_calls(calls, aside=output is None)


def show_calls(calls: Mapping[str, int], *, aside: bool = False) -> None:
    """A table of the number of calls by state; nothing if no call was reported."""
    if calls:
        rows = [(state.replace("_", " "), f"{count:,}") for state, count in sorted(calls.items())]
        _output.show(_output.table("", ("known calls", f"{sum(calls.values()):,}"), rows), aside=aside)


def _format_of(file: str) -> Literal["csv", "jsonl"] | None:
    return next((form for suffix, form in _FORMATS.items() if file.lower().endswith(suffix)), None)
