"""Words about a payment at the cash machine, where those of a card would be untrue."""

from __future__ import annotations

from terminal.words import Words


def said(kind: str, key: str, words: Words) -> str:
    """Return the words of a key, or of its twin about cash when the tender is the machine's.

    The twin of ``payment.cancelled`` is ``payment.cash_cancelled``; where there is none the words
    fit both.
    """
    section, _, name = key.rpartition(".")
    twin = f"{section}.cash_{name}"
    return words.text(twin if kind == "cash_machine" and words.has(twin) else key)


def inserted(text: str, amount_minor: int, words: Words) -> str:
    """Return how much is in and how much remains; ``text`` is the machine's newest count."""
    count = int(text) if text.isdigit() else 0
    left = max(0, amount_minor - count)
    return words.text("payment.cash_inserted", inserted_minor=count, left_minor=left)
