"""Amounts, rates and weights as a shop writes them, from integers and a few words of format.

The core knows no locale: whoever does (the terminal's words) fills a ``Formats``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Formats:
    """How a locale and a currency write figures."""

    decimal: str = ","
    group: str = " "
    symbol: str = "€"
    symbol_first: bool = False
    symbol_gap: str = " "
    percent_gap: str = ""
    exponent: int = 2
    """Digits of the currency's minor unit."""
    date_time: str = ""
    """When the document was made, already in words of the locale."""

    def _decimals(self, figure: int, digits: int) -> str:
        text = str(abs(figure)).zfill(digits + 1)
        whole = text[: len(text) - digits]
        groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)]
        sign = "-" if figure < 0 else ""
        tail = f"{self.decimal}{text[len(text) - digits :]}" if digits else ""
        return f"{sign}{self.group.join(reversed(groups))}{tail}"

    def amount(self, minor: int) -> str:
        """Return an amount without its currency."""
        return self._decimals(minor, self.exponent)

    def money(self, minor: int) -> str:
        """Return an amount with its currency."""
        if not self.symbol_first:
            return f"{self.amount(minor)}{self.symbol_gap}{self.symbol}"
        sign = "-" if minor < 0 else ""
        return f"{sign}{self.symbol}{self.symbol_gap}{self.amount(abs(minor))}"

    def rate(self, basis_points: int) -> str:
        """Return a percentage with two decimals."""
        return f"{self._decimals(basis_points, 2)}{self.percent_gap}%"

    def kilograms(self, grams: int) -> str:
        """Return a weight with three decimals."""
        return f"{self._decimals(grams, 3)} kg"
