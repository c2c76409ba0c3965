"""The next steps for a person: command lines for a campaign, with the files that were given."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from voicehub.cli import _output
from voicehub.cli._campaign.options import following, ledger_file

if TYPE_CHECKING:
    from voicehub.campaign import Document, Doubt

Files = Mapping[str, str | None]  # config and ledger, as they were given


def to_go_on(name: str, files: Files) -> None:
    """Print the command that continues a campaign."""
    _output.words(f"To continue: {following('resume', name, **files)}")


def to_begin(name: str, digest: str, files: Files) -> None:
    """Print the command that begins a campaign as it was planned."""
    _output.words(f"To begin: {following('run', name, '--plan', digest, **files)}")


def to_settle(name: str, submitting: int, files: Files) -> None:
    """Print how callees become doubts whom a killed run left in flight; before that they cannot be reconciled."""
    from voicehub.campaign import abandoned

    if submitting and abandoned(ledger_file(files["ledger"])):
        _output.words(
            f"In flight when the run was killed: {submitting:,}. To have them in doubt, and then reconciled: "
            f"{following('resume', name, **files)}"
        )


def to_reconcile(name: str, document: "Document", files: Files) -> None:
    """Print how to ask the vendors about doubts; that needs a reference to recognise calls."""
    announcement = document.get("announcement")
    if isinstance(announcement, Mapping) and announcement.get("reference"):
        _output.words(f"To ask the vendors whether they rang: {following('reconcile', name, **files)}")
    else:
        _output.words(
            "Look up at the vendor whether they rang: without a --reference, reconcile cannot recognise their calls"
        )


def to_resolve(name: str, doubts: "Sequence[Doubt]", files: Files) -> None:
    """Print the command by which a person decides on the first of these doubts."""
    words = ("--batch", str(doubts[0].batch), "--as", "held", "--by", "WHO", "--why", "WHAT YOU KNOW")
    _output.words(f"To say what you know yourself: {following('resolve', name, *words, **files)}")
