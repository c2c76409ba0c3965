"""`SqliteLedger`: the contract of ledgers, kept in one file by the standard library's SQLite."""
