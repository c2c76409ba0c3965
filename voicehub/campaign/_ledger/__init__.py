"""The contract of every ledger, and the types of its records. No SQL, no file and no thread in here."""
