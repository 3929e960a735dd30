"""Money: integers of minor units, and the few ways in which they may be rounded.

Every rounding of the product has its name here or in the function that calls it; nothing in the
core ever holds a float or a Decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.core.errors import CoreError


class UnknownCurrency(CoreError):
    """The currency code is not in the table."""


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: ``exponent`` is the number of digits of its minor unit."""

    code: str
    exponent: int


_TABLE = {
    code: Currency(code, exponent)
    for code, exponent in (
        ("EUR", 2), ("CHF", 2), ("GBP", 2), ("USD", 2), ("CAD", 2), ("SEK", 2), ("NOK", 2),
        ("DKK", 2), ("ISK", 0), ("PLN", 2), ("CZK", 2), ("HUF", 2), ("RON", 2), ("BGN", 2),
        ("MAD", 2), ("TND", 3), ("DZD", 2), ("XOF", 0), ("XAF", 0), ("XPF", 0), ("JPY", 0),
    )
}  # fmt: skip


def currency(code: str) -> Currency:
    """Return the currency of an ISO 4217 code.

    Raises:
        UnknownCurrency: the code is not in the table.
    """
    found = _TABLE.get(code)
    if found is None:
        raise UnknownCurrency(code)
    return found


def round_half_away(numerator: int, denominator: int) -> int:
    """Divide, rounding to the nearest integer; exact halves go away from zero.

    The rule of EN 16931's examples: -6491.34 x 25 % is -1622.84. ``denominator`` must be positive.
    """
    if denominator <= 0:
        raise CoreError("denominator must be positive")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def share(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share an amount over weights so that the parts add up to it: largest remainder.

    Parts left over go to the largest remainders, ties in order. Weights must not be negative; when
    they are all zero nothing can be shared, and only 0 may be.
    """
    if any(weight < 0 for weight in weights):
        raise CoreError("a weight is negative")
    whole = sum(weights)
    if whole == 0:
        if amount != 0:
            raise CoreError("an amount needs somewhere to go")
        return (0,) * len(weights)
    sign = -1 if amount < 0 else 1
    products = [abs(amount) * weight for weight in weights]
    parts = [product // whole for product in products]
    left = abs(amount) - sum(parts)
    if left:
        order = sorted(range(len(weights)), key=lambda i: -(products[i] % whole))
        for i in order[:left]:
            parts[i] += 1
    return tuple(sign * part for part in parts)


def cash_round(amount: int, step: int) -> int:
    """Round an amount to what coins can pay: the nearest multiple of ``step`` minor units."""
    return amount if step <= 1 else round_half_away(amount, step) * step
