"""What a person can do next about a campaign: the command lines, with the files that were given."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from voicehub.cli import _output
from voicehub.cli._campaign.options import following

if TYPE_CHECKING:
    from voicehub.campaign import Document, Doubt

Files = Mapping[str, str | None]  # config and ledger, as they were given


def to_go_on(name: str, files: Files) -> None:
    """How a campaign that stands still is continued."""
    _output.words(f"To continue: {following('resume', name, **files)}")


def to_reconcile(name: str, document: "Document", files: Files) -> None:
    """How the vendors are asked about doubts, where their calls can be known by a reference."""
    if document["announcement"].get("reference"):
        _output.words(f"To ask the vendors whether they rang: {following('reconcile', name, **files)}")
    else:
        _output.words(
            "Look up at the vendor whether they rang: without a --reference, reconcile cannot recognise their calls"
        )


def to_resolve(name: str, doubts: "Sequence[Doubt]", files: Files) -> None:
    """How a person says what they know of the first of these doubts."""
    words = ("--batch", str(doubts[0].batch), "--as", "held", "--by", "WHO", "--why", "WHAT YOU KNOW")
    _output.words(f"To say what you know yourself: {following('resolve', name, *words, **files)}")
