"""The ledger of units: double entry, final rows."""
