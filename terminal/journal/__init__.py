"""The append-only, hash-chained record of everything that happened; the only truth."""
