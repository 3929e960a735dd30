"""Coupons that a customer brings: known by their number, taken once (RCP-11)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.errors import Refused
from terminal.core.numbering import check, is_coupon_number, is_numbered_coupon
from terminal.core.state import Discount, Sale, TerminalState


def bare(coupon: str) -> str:
    """Return a coupon's number without the spaces it is printed with; another text as it is."""
    digits = coupon.replace(" ", "")
    return digits if is_numbered_coupon(digits) else coupon


def counting(sale: Sale) -> Iterator[Discount]:
    """Yield the discounts that count: not those of a line that was voided."""
    for discount in sale.discounts:
        line = sale.line(discount.line)
        if line is None or not line.void:
            yield discount


def check_coupon(state: TerminalState, coupon: str, redeemed_in: str) -> Refused | None:
    """Return why a coupon cannot be taken, or None.

    ``redeemed_in`` is the receipt that has taken it before, as the store knows; the sales that are
    not finished are looked at here.  A text that is no number may come again and again.
    """
    if not is_numbered_coupon(coupon):
        return None
    if not check(coupon):
        return Refused("bad_check_digit", {"code": coupon})
    if redeemed_in:
        return Refused("coupon_redeemed", {"coupon": coupon, "receipt_number": redeemed_in})
    unfinished = (*state.parked.values(), *((state.sale,) if state.sale else ()))
    if any(one.coupon == coupon for sale in unfinished for one in counting(sale)):
        return Refused("coupon_redeemed", {"coupon": coupon, "receipt_number": ""})
    return None


def redeemed(sale: Sale) -> tuple[str, ...]:
    """Return the numbers of the coupons that a sale has taken, each once."""
    numbers = (one.coupon for one in counting(sale) if is_coupon_number(one.coupon))
    return tuple(dict.fromkeys(numbers))
