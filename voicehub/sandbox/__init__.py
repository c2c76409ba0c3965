"""Simulated vendors: for any provider the vendor's side of the wire, without a vendor and without a phone.

`Desk` is pure and answers one request; `SandboxServer` serves a desk on loopback, keeps the list of every callee it
accepted, and can break connections on purpose. A test compares the receipts with this list. The `Archive` holds what
the vendors remember, recordings and calls.
"""

from voicehub.sandbox._archive import Archive, Placed
from voicehub.sandbox._desk import Desk, Dialled
from voicehub.sandbox._faults import FAULTS, Fault, parse_fault
from voicehub.sandbox._script import ENDINGS, Script
from voicehub.sandbox._server import SandboxServer

__all__ = [
    "ENDINGS",
    "FAULTS",
    "Archive",
    "Desk",
    "Dialled",
    "Fault",
    "Placed",
    "SandboxServer",
    "Script",
    "parse_fault",
]
