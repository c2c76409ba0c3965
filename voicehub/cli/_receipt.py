"""A receipt for people, and as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from voicehub.cli import _output

if TYPE_CHECKING:
    from voicehub.cli._run import Run
    from voicehub.receipt import Outcome, Receipt

WORDS = {"accepted": "accepted", "refused": "refused", "in_doubt": "in doubt", "not_attempted": "not attempted"}
_STYLES = {"accepted": "green", "refused": "red", "in_doubt": "yellow", "not_attempted": "dim"}


def rows(receipt: "Receipt", run: "Run") -> list[dict[str, str | None]]:
    """Every outcome in order, numbers in full: this is the caller's own data. Only secrets are hidden in it."""
    theirs = ("call_id", "code", "reason")  # the vendor's words
    return [
        {
            name: value and run.without_secrets(value) if name in theirs else value
            for name, value in outcome._asdict().items()
        }
        for outcome in receipt
    ]


def show(receipt: "Receipt", run: "Run", *, most: int = 50) -> None:
    """A table of callees and a line of sums on stdout. If there are more than ``most``, accepted ones are left out."""
    accepted_last = sorted(enumerate(receipt), key=lambda pair: pair[1].status == "accepted")
    listed = sorted(accepted_last[:most])
    lines = [_line(position, outcome, run) for position, outcome in listed]
    table = _output.table("", ("callee", "number", "status", "call id", "vendor says"), lines)
    _output.show(table, _summary(receipt, len(receipt) - len(listed)))


def summary(receipt: "Receipt") -> str:
    """``2 accepted, 1 refused by account alerts (acme)``."""
    counts = ", ".join(f"{count} {WORDS[status]}" for status, count in receipt.counts().items() if count)
    account = f"account {receipt.account} ({receipt.provider})" if receipt.account else receipt.provider
    return f"{counts} by {account}"


def _line(position: int, outcome: "Outcome", run: "Run") -> Sequence[str | tuple[str, str]]:
    from voicehub._masking import hide, mask_number, mask_text

    callee = outcome.callee
    call_id = hide(run.without_credentials(outcome.call_id or ""), numbers=[callee])
    code = None if outcome.status == "accepted" else outcome.code  # the vendor's word for "all is well" says nothing
    said = " ".join(filter(None, (code, outcome.reason)))
    status = (WORDS[outcome.status], _STYLES[outcome.status])
    return f"to[{position}]", mask_number(callee), status, call_id, mask_text(run.without_credentials(said))


def _summary(receipt: "Receipt", hidden: int) -> str:
    lines = [summary(receipt)]
    if hidden:
        lines.insert(0, f"... and {hidden} more; --json lists all of them")
    if receipt.unmatched:
        more = len(receipt.unmatched)
        rows_name = "row of the answer names" if more == 1 else "rows of the answer name"
        lines.append(f"{more} more {rows_name} somebody who was not in the request, or a callee twice.")
    return "\n".join(lines)
