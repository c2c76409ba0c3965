"""``voicehub webhooks``: what vendors push of their calls."""

from voicehub.cli._group import Commands

command = Commands(
    "webhooks",
    help="Take what vendors report of their calls, and keep it in the ledger.",
    table={"serve": ("webhooks_serve", "Take reports over HTTP, until it is stopped.")},
)
