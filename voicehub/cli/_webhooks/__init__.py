"""``voicehub webhooks``: the vendors' reports about calls."""

from voicehub.cli._group import Commands

command = Commands(
    "webhooks",
    help="Receive the vendors' reports about calls, and keep them in the ledger.",
    modules="voicehub.cli._webhooks.{}",
    table={"serve": "Receive reports over HTTP, until it is stopped."},
)
