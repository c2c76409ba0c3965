"""What ``run`` and ``resume`` share: their options, the run itself, its signals, and its exit code."""

from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

import click

from voicehub.cli import _errors, _output
from voicehub.cli._campaign.next import to_go_on
from voicehub.cli._campaign.options import at_least_one, campaign, following
from voicehub.cli._campaign.status import show
from voicehub.cli._campaign.until import parsed, shown
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.campaign import Campaign, Event, Status

_Command = TypeVar("_Command", bound=Callable[..., Any])
_STOPPING = "waiting for the requests in flight; Ctrl-C again gives up waiting, and their callees are in doubt"

_OPTIONS = (
    click.option(
        "--until",
        callback=parsed,
        metavar="TIME",
        help="Cancel all who have not been called by then: HH:MM today, or ISO 8601.",
    ),
    click.option("--max-calls", callback=at_least_one, metavar="N", help="End after N callees were submitted."),
    click.option("--max-requests", callback=at_least_one, metavar="N", help="End after N requests."),
    click.option(
        "--max-doubts", callback=at_least_one, metavar="N", help="Stop before more than N callees are in doubt."
    ),
    click.option(
        "--no-ramp", is_flag=True, help="Begin with full requests. Default: first requests of 1, 10 and 50 callees."
    ),
)


def run_options(command: _Command) -> _Command:
    """Give a command the options of a run; `drive` takes them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def drive(
    run: Run, *, name: str, config: str | None, ledger: str | None, no_ramp: bool, until: float | None, **caps: Any
) -> None:
    """Run the campaign, show its progress, and set the exit code by its callees."""
    if until is not None:
        _output.words(f"voicehub: callees who have not been called by {shown(until)} will be canceled")
    with campaign(name, ledger, config) as (opened, _):
        status, interrupted, gave_up = _watched(run, opened, ramp=not no_ramp, until=until, **caps)
    run.code = _errors.campaign_code(status.counts, interrupted=interrupted)
    if run.as_json:
        _output.as_json(status.as_dict())
    else:
        show(status)
    if gave_up:
        _output.words("voicehub: gave up waiting; the callees of the requests in flight are in doubt")
    if status.counts.pending or status.counts.submitting:
        to_go_on(name, {"config": config, "ledger": ledger})
    if status.counts.in_doubt:
        _output.words(f"To see the batches in doubt: {following('status', name, config=config, ledger=ledger)}")
        _output.words(f"To see every callee: {following('report', name, config=config, ledger=ledger)}")


def _watched(run: Run, opened: "Campaign", **how: Any) -> "tuple[Status, bool, bool]":
    """Run to the end: the status then, whether a signal came, and whether waiting was given up."""
    from voicehub.campaign import Finished
    from voicehub.cli._campaign.progress import watching
    from voicehub.cli._interrupts import Interrupts

    ended: Status | None = None
    with Interrupts(opened.stop, _STOPPING, in_doubt=lambda: True) as interrupts, watching(run) as watch:
        try:
            with interrupts.armed():
                for event in _events(opened, how):
                    watch(event)
                    if isinstance(event, Finished):
                        ended = event.status
        except KeyboardInterrupt:
            pass  # waiting was given up
    return ended or opened.status(), interrupts.stopping, ended is None


def _events(opened: "Campaign", how: Mapping[str, Any]) -> "Iterator[Event]":
    """The run's events, read in another thread, so that an interruption here does not wait for the run's end."""
    queue: SimpleQueue[Event | BaseException | None] = SimpleQueue()

    def read() -> None:
        try:
            for event in opened.events(**how):
                queue.put(event)
            queue.put(None)
        except BaseException as error:
            queue.put(error)

    Thread(target=read, name="voicehub-campaign", daemon=True).start()
    while (event := queue.get()) is not None:
        if isinstance(event, BaseException):
            raise event
        yield event
