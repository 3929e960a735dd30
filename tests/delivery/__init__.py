"""Receipts on their way to customers, and what comes back on them."""
