"""Receipts as documents: what stands on them, in every form."""
