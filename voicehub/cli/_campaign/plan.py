"""``voicehub campaign plan``: shows what a run would do, and stores it with all callees pending. Sends nothing."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _options, _output
from voicehub.cli._campaign.options import campaign_options, following, hours, ledger_file, opened
from voicehub.cli._options import account_option, not_empty
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.campaign import Plan

_LISTED = 20  # countries that the table lists
_CALL = {
    "caller_id": "caller id",
    "ring_timeout_seconds": "rings for, seconds",
    "max_duration_seconds": "lasts at most, seconds",
    "plays": "plays",
}


@click.command("plan")
@click.argument("file", metavar="FILE")
@click.option("--name", required=True, metavar="NAME", help="Name to give the campaign.")
@account_option
@click.option("--column", metavar="NAME", help="Column with the numbers. Default: guessed; the plan says which one.")
@click.option("--region", metavar="AF", help="Country of numbers without a country code (needs the extra 'phone').")
@click.option(
    "--only", metavar="OUTCOME", help="FILE is a report: take only its rows with this outcome, such as refused."
)
@click.option(
    "--rejects",
    metavar="FILE",
    callback=not_empty,
    help="Write the rows that are left out to this file, with the reasons.",
)
@click.option(
    "--do-not-call",
    metavar="FILE",
    callback=not_empty,
    help="Never call the numbers in this file, one per line; it is also read during the run.",
)
@click.option(
    "--not-phoned-within",
    callback=hours,
    metavar="HOURS",
    help="Skip callees another campaign of this ledger phoned in the last HOURS.",
)
@_options.announcement_options
@campaign_options
@click.pass_obj
def command(run: Run, /, file: str, name: str, config: str | None, ledger: str | None, **options: Any) -> None:
    """Read the callees in FILE (CSV, JSON lines, Excel, Parquet), check everything, and store it as the campaign NAME.

    Nothing is sent. The plan shows what a run would do, and ends with the command that runs exactly this plan. Invalid
    and duplicate numbers are left out and counted; --rejects lists them.
    """
    fields = _options.announcement(options)  # errors of usage come first
    from voicehub.campaign import plan
    from voicehub.cli._campaign.progress import reading
    from voicehub.config import load
    from voicehub.message import Announcement, UploadedAudio

    configuration = load(config)
    announcement = Announcement.model_validate(fields)
    given = ("account", "column", "region", "only", "rejects", "do_not_call")
    with opened(ledger, is_made=True) as kept, reading() as on_progress:
        planned = plan(
            kept,
            name,
            file,
            announcement,
            configuration=configuration,
            not_phoned_within_hours=options["not_phoned_within"],
            on_progress=on_progress,
            **{option: options[option] for option in given},
        )
    if run.as_json:
        _output.as_json({**planned.as_dict(), "ledger": ledger_file(ledger)})
        return
    _show(planned, ledger_file(ledger))
    if len(planned.chain) > 1 and isinstance(announcement.content, UploadedAudio):
        _output.words(
            "All of these accounts get the same file id, and ids belong to accounts: unless yours share it, write"
            " [audio.NAME] with an id for each of them, and plan with --audio NAME"
        )
    next_one = following("run", name, "--plan", planned.digest, config=config, ledger=ledger)
    _output.show("Nothing was sent. To run exactly this:\n")
    _output.data(f"  {next_one}")  # on one line, however narrow the terminal is


def _show(plan: "Plan", ledger: str) -> None:
    takes = "as long as the vendor takes; the account has no pace" if plan.seconds is None else _lasting(plan.seconds)
    rows = [
        ("file", str(plan.file)),
        ("column of numbers", f"{plan.column} ({'guessed; --column chooses another' if plan.guessed else 'as given'})"),
        ("rows", f"{plan.rows:,}"),
        ("valid", f"{plan.valid:,}"),
        ("duplicates, left out", f"{plan.duplicates:,}"),
        *(("invalid, left out", f"{count:,}: {reason}") for reason, count in plan.invalid.items()),
        *_countries(plan.countries),
        *_announcement(plan.announcement),
        ("do not call", str(plan.do_not_call or "no list")),
        ("not phoned within", "no limit" if (spared := plan.not_phoned_within_hours) is None else f"{spared:g} hours"),
        ("requests", _requests(plan)),
        ("takes about", takes),
        ("accounts", ", then ".join(map("{} ({})".format, plan.chain, plan.providers))),
        *([("left out, with reasons", str(plan.rejects))] if plan.rejects else []),
        ("ledger", ledger),
        ("digest", plan.digest),
    ]
    table = _output.table("", ("", ""), rows, header=False)
    _output.show(_output.heading(f"Campaign {plan.name}: planned"), table)


def _announcement(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The rows of the announcement; its content once, if all accounts play the same."""
    contents = [(account, _content(content)) for account, content in said["content"].items()]
    if len({content for _, content in contents}) == 1:
        yield "says", contents[0][1]
    else:
        yield from ((f"says by {account}", content) for account, content in contents)
    for field, label in _CALL.items():
        if field in said:
            yield label, str(said[field])
    if said.get("provider_options"):
        yield "vendors' options", json.dumps(said["provider_options"])
    yield "reference", said.get("reference") or "none: callees in doubt could not be reconciled; see --reference"


def _content(content: Mapping[str, Any]) -> str:
    """The recording, or the text with its language and voice."""
    said = ", ".join(str(value) for name, value in content.items() if name != "kind" and value is not None)
    return f"{content['kind'].replace('_', ' ')}: {said}"


def _requests(plan: "Plan") -> str:
    """The number of full requests, and the sizes of the first ones if the ramp changes them."""
    first = ", ".join(f"{count:,}" for count in plan.first)
    ramp = f" if full; the first have {first} callees, unless --no-ramp" if plan.batches < plan.valid else ""
    return f"{plan.batches:,}{ramp}"


def _countries(counts: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    by_size = sorted(counts.items(), key=lambda pair: -pair[1])
    for country, count in by_size[:_LISTED]:
        yield f"to {country}", f"{count:,}"
    if len(by_size) > _LISTED:
        yield f"to {len(by_size) - _LISTED} more countries", f"{sum(count for _, count in by_size[_LISTED:]):,}"


def _lasting(seconds: float) -> str:
    whole = max(1, round(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
