"""A finished sale as a document: the same sections for paper, picture, text, PDF and JSON (RCP-25).

One module per part of the receipt, from the head of the paper to its foot.
"""

from terminal.core.receipt.document import Receipt, gift_receipt, receipt
from terminal.core.receipt.interruption import interruption
from terminal.core.receipt.page import NotFinal, ShopIdentity
from terminal.core.receipt.properties import PropertyRule
from terminal.core.receipt.words import RECEIPT_WORDS

__all__ = [
    "RECEIPT_WORDS",
    "NotFinal",
    "PropertyRule",
    "Receipt",
    "ShopIdentity",
    "gift_receipt",
    "interruption",
    "receipt",
]
