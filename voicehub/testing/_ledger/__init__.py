"""The laws of the contract of ledgers, and what they are tried on."""
