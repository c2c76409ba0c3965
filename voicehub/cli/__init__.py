"""The command line: one command per file, loaded when it is called.

``voicehub --help`` imports no command, and no command imports another package of voicehub before it runs: the time to
the first output is click's alone.
"""

import os
from typing import NoReturn

from voicehub.cli._group import Commands

__all__ = ["cli", "main"]

cli = Commands(
    "voicehub",
    help="Send voice messages through any vendor. The result names every callee.",
    modules="voicehub.cli._{}",
    table={
        "demo": "See it work with simulated vendors; needs no credentials.",
        "providers": "Show the limits of each installed provider, with source and date.",
        "send": "Send one message, and show the result for every callee.",
        "campaign": "Call everybody in a file; nobody is phoned twice, nobody is forgotten.",
        "audio": "Upload, list and delete the recordings an account has at its vendor.",
        "records": "Ask the vendor what became of calls, by id or by time.",
        "webhooks": "Receive the vendors' reports about calls, and keep them in the ledger.",
        "sandbox": "Simulate the vendors on this machine, to develop and test against.",
        "config": "Show the configuration, and where each value comes from.",
        "doctor": "Find what is missing or broken; sends nothing.",
        "check": "Test a provider against every law of the contract.",
        "new-plugin": "Create a plugin for your own vendor.",
    },
    version=True,
)


def main() -> NoReturn:
    """The console script. Leaves with an exit code of the table in ``voicehub.cli._errors``, never a traceback."""
    # pydantic searches every distribution for plugins, and one malformed entry_points.txt would stop us.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    cli.main()
