"""What ``run`` and ``resume`` share: their options, the run itself, its signals, and how it ends."""

from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

import click

from voicehub.cli import _campaign_next, _campaign_status, _errors, _output, _until
from voicehub.cli._campaign_options import at_least_one, campaign, following
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.campaign import Campaign, Event, Status

_Command = TypeVar("_Command", bound=Callable[..., Any])
_STOPPING = "finishing what is in flight; Ctrl-C again gives up waiting, and it is in doubt"

_OPTIONS = (
    click.option(
        "--until",
        callback=_until.parsed,
        metavar="TIME",
        help="What has not gone by then is canceled: HH:MM today, or ISO 8601.",
    ),
    click.option("--max-calls", callback=at_least_one, metavar="N", help="End after so many callees were submitted."),
    click.option("--max-requests", callback=at_least_one, metavar="N", help="End after so many requests."),
    click.option("--max-doubts", callback=at_least_one, metavar="N", help="End when so many callees came in doubt."),
    click.option("--no-ramp", is_flag=True, help="Full requests at once, not 1, 10 and 50 callees first."),
)


def run_options(command: _Command) -> _Command:
    """Give a command the options of a run; `drive` takes them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def drive(
    run: Run, *, name: str, config: str | None, ledger: str | None, no_ramp: bool, until: float | None, **caps: Any
) -> None:
    """Run the campaign, show how it goes, and end with the exit code of its callees."""
    if until is not None:
        _output.words(f"voicehub: who has not been called by {_until.shown(until)} is canceled")
    with campaign(name, ledger, config) as (opened, _):
        status, interrupted, gave_up = _watched(run, opened, ramp=not no_ramp, until=until, **caps)
    run.code = _errors.campaign_code(status.counts, interrupted=interrupted)
    if run.as_json:
        _output.as_json(status.as_dict())
    else:
        _campaign_status.show(status)
    if gave_up:
        _output.words("voicehub: gave up waiting; what was in flight is in doubt")
    if status.counts.pending or status.counts.submitting:
        _campaign_next.to_go_on(name, {"config": config, "ledger": ledger})
    if status.counts.in_doubt:
        _output.words(f"Who is in doubt: {following('status', name, config=config, ledger=ledger)}")


def _watched(run: Run, opened: "Campaign", **how: Any) -> "tuple[Status, bool, bool]":
    """Run to the end: the status then, whether a signal came, and whether waiting was given up."""
    from voicehub.campaign import Finished
    from voicehub.cli._campaign_progress import watching
    from voicehub.cli._interrupts import Interrupts

    ended: Status | None = None
    with Interrupts(opened.stop, _STOPPING, in_doubt=lambda: True) as interrupts, watching(run) as watch:
        try:
            with interrupts.armed():
                for event in _told(opened, how):
                    watch(event)
                    if isinstance(event, Finished):
                        ended = event.status
        except KeyboardInterrupt:
            pass  # waiting was given up
    return ended or opened.status(), interrupts.stopping, ended is None


def _told(opened: "Campaign", how: Mapping[str, Any]) -> "Iterator[Event]":
    """The run's events, read by a thread of their own: to give up waiting here is to wait for nothing there."""
    told: SimpleQueue[Event | BaseException | None] = SimpleQueue()

    def read() -> None:
        try:
            for event in opened.events(**how):
                told.put(event)
            told.put(None)
        except BaseException as error:
            told.put(error)

    Thread(target=read, name="voicehub-campaign", daemon=True).start()
    while (event := told.get()) is not None:
        if isinstance(event, BaseException):
            raise event
        yield event
