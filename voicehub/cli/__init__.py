"""The command line: one command per file, loaded when it is called.

``voicehub --help`` imports no command, and no command imports a room of the house before it runs: the time to the first
word is click's alone.
"""

import os
from typing import NoReturn

from voicehub.cli._group import Commands

__all__ = ["cli", "main"]

cli = Commands(
    "voicehub",
    help="Send voice messages through any vendor, with every callee accounted for.",
    table={
        "demo": ("demo", "See it work on pretended vendors; no credentials."),
        "providers": ("providers", "What each installed provider takes, with source and date."),
        "send": ("send", "Send one message, and account for every callee."),
        "campaign": ("campaign", "Announce to many callees; nobody is phoned twice, nobody is forgotten."),
        "audio": ("audio", "The recordings an account holds at its vendor."),
        "records": ("records", "What became of calls, by id or by time."),
        "webhooks": ("webhooks", "What vendors report of calls, into the ledger."),
        "sandbox": ("sandbox", "Pretend the vendors on loopback, to develop and test against."),
        "config": ("config", "The configuration, and where each value comes from."),
        "doctor": ("doctor", "Look for what is missing or broken; sends nothing."),
        "check": ("check", "Examine a provider by every law of the contract."),
        "new-plugin": ("new_plugin", "Begin a plugin for your own vendor."),
    },
    version=True,
)


def main() -> NoReturn:
    """The console script. Leaves with an exit code of the table in ``voicehub.cli._errors``, never a traceback."""
    # pydantic looks for plugins of its own in every distribution, and one malformed entry_points.txt would stop us.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    cli.main()
