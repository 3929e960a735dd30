"""The totals that a terminal tells when its period is closed (nexo ReconciliationResponse)."""

from __future__ import annotations

from drivers.errors import RemoteProtocolError
from drivers.payment.base import Totals
from drivers.payment.nexo.amounts import to_minor
from drivers.payment.nexo.json_text import Tree

SIGNS = {"Debit": 1, "Credit": -1, "ReverseDebit": -1, "ReverseCredit": 1}
"""What a TransactionType adds: Debit takes from the cardholder, Credit gives back."""


def read_totals(message: Tree) -> Totals:
    """Return what stood in the period. Raises RemoteProtocolError for totals that do not add up."""
    net, count, currencies = 0, 0, set()
    for group in message.items("ReconciliationResponse", "TransactionTotals"):
        currency = group.text("PaymentCurrency")
        for total in group.items("PaymentTotals"):
            sign = SIGNS.get(total.text("TransactionType"))
            if sign is None:
                continue  # declined and failed ones are counted too, and move no money
            amount = to_minor(total.number("TransactionAmount"), currency)
            number = total.number("TransactionCount")
            if amount is None or number is None or number != int(number):
                raise RemoteProtocolError("totals that are no numbers")
            currencies.add(currency)
            net += sign * amount
            count += -int(number) if _undone(total) else int(number)
    if len(currencies) > 1:
        raise RemoteProtocolError("totals in several currencies")
    return Totals(currency=next(iter(currencies), ""), net_minor=net, count=count)


def _undone(total: Tree) -> bool:
    return total.text("TransactionType").startswith("Reverse")
