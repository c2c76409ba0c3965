"""The lazy group: a table has its commands' names, and a command is imported only when it is called."""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from voicehub.cli import _output
from voicehub.cli._run import Run


class Commands(click.Group):
    """A group of commands. ``table``: name to one line of help. ``modules``: the module of a command, ``{}`` its name.

    The outermost group also turns every error into words, JSON and an exit code.
    """

    def __init__(
        self, name: str, *, modules: str, table: Mapping[str, str], version: bool = False, **options: Any
    ) -> None:
        super().__init__(name, no_args_is_help=False, invoke_without_command=True, callback=_help_if_bare, **options)
        self.modules, self.table = modules, table
        if version:
            self.params.append(
                click.Option(
                    ["--version"],
                    is_flag=True,
                    is_eager=True,
                    callback=_show_version,
                    expose_value=False,
                    help="Show the version and exit.",
                )
            )

    def list_commands(self, _: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of this name; ``None``: there is none."""
        if cmd_name not in self.table:
            return None
        command: click.Command = import_module(self.modules.format(cmd_name.replace("-", "_"))).command
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """As click's; a closed pipe ends it without an error."""
        with _staying():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As click's; a closed pipe ends it without an error, and ``sys.exit`` in a plugin is an error."""
        with _staying():
            return super().invoke(ctx)

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run, and exit with an exit code of the table."""
        del prog_name  # always the same name: texts and completion depend on it
        arguments = list(sys.argv[1:] if args is None else args)
        sys.exit(_run(self, arguments, **extra))


def _run(group: Commands, arguments: list[str], **extra: Any) -> int:
    run = Run(arguments, as_json="--json" in arguments, dry_run="--dry-run" in arguments)  # until click parses them
    _output.prepare()
    try:
        _call(group, run, extra)
    except KeyboardInterrupt:  # while an error was being printed
        run.code = run.code or 130
    return run.code


def _call(group: Commands, run: Run, extra: dict[str, Any]) -> None:
    try:
        _concluded(group, run, extra)
    except _output.Unwritten as error:
        run.code = run.code or _unwritten(run)
        _output.words(f"voicehub: {error}")


def _unwritten(run: Run) -> int:
    """The exit code of a command that succeeded, but for its output: 5 if a phone may have rung, else 1.

    Nobody may take a send whose receipt is lost for one that failed, and send again.
    """
    receipt = run.receipt()
    if receipt is None or len(receipt.not_attempted) == len(receipt):
        return 1
    counts = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in receipt.counts().items() if count)
    _output.words(f"voicehub: {counts}; do not send again because of this")
    return 5


def _concluded(group: Commands, run: Run, extra: dict[str, Any]) -> None:
    try:
        code = click.Group.main(group, run.arguments, "voicehub", standalone_mode=False, obj=run, **extra)
        run.code = code or run.code  # click hands back the code of --help and of ctx.exit
    except _output.Unwritten:
        raise
    except Exception as error:
        if _is_from_printing_help(error):
            with _output.writing(sys.stdout):
                raise
        from voicehub.cli import _errors

        _errors.conclude(run, click.UsageError(_FOLDER_GONE) if _is_folder_gone(error) else error)


_FOLDER_GONE = "the current folder was deleted, so relative paths do not work; change to another folder"


def _is_folder_gone(error: Exception) -> bool:
    if isinstance(error, FileNotFoundError):
        try:
            os.getcwd()  # noqa: PTH109 - Path.cwd is the same call
        except FileNotFoundError:
            return True
    return False


def _is_from_printing_help(error: Exception) -> bool:
    """Whether click could not write a help text; everything else is printed by `_output`."""
    *_, (last, _) = traceback.walk_tb(error.__traceback__)
    return isinstance(error, OSError) and last.f_code is click.echo.__code__


@contextlib.contextmanager
def _staying() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # from printing a help text; _output handles its own
        _output.discard(sys.stdout)
        raise click.exceptions.Exit(0) from None
    except SystemExit as leaving:
        raise RuntimeError(f"something called sys.exit({leaving.code!r})") from leaving


def _help_if_bare() -> None:
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        _output.words(context.get_help())
        context.exit(2)


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        import voicehub

        _output.data(f"voicehub {voicehub.__version__}")
        context.exit()
