"""Amounts as nexo writes them: decimal major units, exact to the minor unit (ISO 4217)."""

from __future__ import annotations

from decimal import Decimal

DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits after the point where they are not two (ISO 4217:2015, table A.1)."""
MAX_MINOR = 10**12


def to_major(minor: int, currency: str) -> Decimal:
    """Return minor units as a decimal number of major units, with all its digits."""
    return Decimal(minor).scaleb(-DIGITS.get(currency, 2))


def to_minor(major: Decimal | None, currency: str) -> int | None:
    """Return major units as minor units; None when absent, negative, too large or not exact."""
    if major is None or not major.is_finite():
        return None
    if major < 0 or major.adjusted() > 15:
        return None
    minor = major.scaleb(DIGITS.get(currency, 2))
    if minor != minor.to_integral_value() or minor > MAX_MINOR:
        return None
    return int(minor)
