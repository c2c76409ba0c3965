"""What every ledger is asked, and the words of its records. It knows no SQL, no file and no thread."""
