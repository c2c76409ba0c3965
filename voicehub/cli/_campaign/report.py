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

    calls: Counter[str] = Counter()
    known: Mapping[str, Any] = {"configuration": readable(config), "calls": calls}
    with opened(ledger) as kept:
        if output is not None:
            counts = report(kept, name, output, format=_format_of(output) or "csv", **known)
            if run.as_json:
                document = {"name": name, "output": output, "rows": sum(counts.values())}
                _output.as_json({**document, "outcomes": counts, "calls": calls})
            else:
                _show(counts, calls)
            return
        with _output.rows() as stdout:  # whoever reads them may want no more, and is told no totals then
            counts = report(kept, name, stdout, format="jsonl" if run.as_json else "csv", **known)
            if not run.as_json:
                _show(counts, calls, aside=True)


def _show(counts: Mapping[str, int], calls: Mapping[str, int], *, aside: bool = False) -> None:
    rows = [(outcome.replace("_", " "), f"{count:,}") for outcome, count in sorted(counts.items())]
    _output.show(_output.table("", ("rows", f"{sum(counts.values()):,}"), rows), aside=aside)
    show_calls(calls, aside=aside)


def show_calls(calls: Mapping[str, int], *, aside: bool = False) -> None:
    """A table of the number of calls by state; nothing if no call was reported."""
    if calls:
        rows = [(state.replace("_", " "), f"{count:,}") for state, count in sorted(calls.items())]
        _output.show(_output.table("", ("known calls", f"{sum(calls.values()):,}"), rows), aside=aside)


def _format_of(file: str) -> Literal["csv", "jsonl"] | None:
    return next((form for suffix, form in _FORMATS.items() if file.lower().endswith(suffix)), None)
