"""Turns the end of a command into words, JSON and an exit code: the one place with the table of exit codes.

==== ===================================================================================================
0    every callee accepted
1    a bug: unexpected error; or output that is not a send's could not be written
2    usage or configuration; nothing was tried
3    nobody rang: a value the message rules refuse, not sent, or refused by the vendor
4    some accepted, some refused or not attempted; nobody in doubt
5    at least one callee in doubt, or the outcome of a send could not be written
6    the ledger cannot be used
130  interrupted, nobody in doubt (5 goes before 130, 130 before 4)
==== ===================================================================================================
"""

import traceback
from typing import TYPE_CHECKING, Any

import click

from voicehub.cli import _output
from voicehub.cli._run import Run

if TYPE_CHECKING:
    from voicehub.campaign import Counts
    from voicehub.receipt import Receipt

BUG, USAGE, NOBODY_RANG, PARTLY, IN_DOUBT, LEDGER, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130


def exit_code(error: BaseException | None, receipt: "Receipt | None" = None, *, interrupted: bool = False) -> int:
    """The exit code of a command. Doubt goes before everything: it says that a phone could have rung."""
    counts = receipt.counts() if receipt else {}
    if counts.get("in_doubt"):
        return IN_DOUBT
    code = _code_of(error, counts.get("refused", 0) > 0)
    return INTERRUPTED if interrupted and code in (0, NOBODY_RANG, PARTLY) else code


def campaign_code(counts: "Counts", *, interrupted: bool = False) -> int:
    """The exit code of a campaign's run, by its counts. Callees that are still submitting count as in doubt."""
    if counts.in_doubt or counts.submitting:
        return IN_DOUBT
    if interrupted:
        return INTERRUPTED
    if not counts.accepted:
        return NOBODY_RANG
    return 0 if counts.accepted == counts.total else PARTLY


def conclude(run: Run, error: BaseException | None, *, interrupted: bool = False) -> None:
    """Set the run's exit code, then print the outcome of every callee and the error (``None``: there is none)."""
    receipt = run.receipt()
    run.code = exit_code(error, receipt, interrupted=interrupted)
    try:
        if run.as_json:
            _output.as_json(_document(run, receipt, error))
        elif receipt and len(receipt) > len(receipt.not_attempted):
            from voicehub.cli import _receipt

            _receipt.show(receipt, run)
    finally:  # also if the data could not be written, as on a full disk
        if error is not None:
            _output.words(f"voicehub: {_words(run, error)}")
            if isinstance(error, click.UsageError) and error.ctx is not None:
                _output.words(f"Try '{error.ctx.command_path} --help'.")


def _code_of(error: BaseException | None, refused: bool) -> int:
    if error is None:
        return PARTLY if refused else 0
    if isinstance(error, click.ClickException):
        return USAGE
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    from voicehub import errors

    if isinstance(error, errors.PluginError):
        return NOBODY_RANG if refused else USAGE  # earlier requests of a split may have been refused
    for kinds, code in (
        ((errors.InDoubt,), IN_DOUBT),
        ((errors.Incomplete,), PARTLY),
        ((errors.MessageError, errors.NotSent, errors.Refused, errors.AskError), NOBODY_RANG),
        ((errors.ConfigError,), USAGE),
        ((errors.LedgerError,), LEDGER),
    ):
        if isinstance(error, kinds):
            return code
    return NOBODY_RANG if _of_message(error) else BUG


def _of_message(error: BaseException) -> bool:
    """Whether the message rules refused a value at construction: other ValidationErrors do not get here."""
    from pydantic import ValidationError

    return isinstance(error, ValidationError)


def _document(run: Run, receipt: "Receipt | None", error: BaseException | None) -> dict[str, Any]:
    from voicehub.cli import _receipt

    document: dict[str, Any] = {"account": run.account, "provider": run.provider} if run.is_send else {}
    if run.is_send and not run.dry_run:
        document["outcomes"] = _receipt.rows(receipt, run) if receipt else []
    if error is not None:
        document["error"] = told(run, error)
    return document


def told(run: Run, error: BaseException) -> dict[str, Any]:
    """An error as JSON."""
    return {"type": _name(error), "message": _words(run, error), **_particulars(run, error)}


def _name(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "Interrupted"
    return "UsageError" if isinstance(error, click.ClickException) else type(error).__name__


def _particulars(run: Run, error: BaseException) -> dict[str, Any]:
    from voicehub import errors

    if isinstance(error, errors.MessageError):
        return {"field": error.field}
    if isinstance(error, errors.Refused):
        return {"kind": error.kind.value, "code": error.code and run.without_secrets(error.code)}
    if isinstance(error, errors.AskError):
        return {"kind": error.kind and error.kind.value, "code": error.code and run.without_secrets(error.code)}
    if not isinstance(error, click.ClickException) and _of_message(error):
        return {"field": _first(error)[0].split(".")[0]}
    return {}


def _words(run: Run, error: BaseException) -> str:
    from voicehub import errors
    from voicehub._masking import mask_text, printable

    if isinstance(error, click.ClickException):
        return printable(run.usage_masked(" ".join(error.format_message().split())))  # click lists choices in lines
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _interrupted(run)
    if isinstance(error, errors.VoicehubError):
        return run.masked(str(error))
    if _of_message(error):
        where, what = _first(error)
        return run.masked(what if not where or what.startswith(where) else f"{where}: {what}")
    place = traceback.extract_tb(error.__traceback__)[-1]
    file = place.filename.replace("\\", "/").rsplit("/", 1)[-1]
    message = mask_text(_str(error), run.secrets)
    return f"this is a bug, please report it: {type(error).__name__}: {message} ({file}, line {place.lineno})"


def _first(error: Any) -> tuple[str, str]:
    from voicehub._forms import first_error

    return first_error(error)


def _interrupted(run: Run) -> str:
    receipt = run.receipt()
    if receipt and receipt.in_doubt:
        count = len(receipt.in_doubt)
        return f"interrupted; {count} in doubt: their phones may have rung, so they are not called again"
    return "interrupted" if receipt else "interrupted; nothing was sent"


def _str(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an error whose __str__ fails
        return "without a text"
