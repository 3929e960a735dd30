"""What a document needs to write amounts, rates and weights: the core itself knows no locale."""

from __future__ import annotations

from typing import Protocol


class Figures(Protocol):
    """How one language and one currency write figures on paper, and when the document was made."""

    @property
    def date_time(self) -> str:
        """When the document was made, in words of the language."""

    def amount(self, minor: int) -> str:
        """Return an amount without its currency: ``1 234,56``."""

    def money(self, minor: int) -> str:
        """Return an amount with its currency: ``1 234,56 €``."""

    def rate(self, basis_points: int) -> str:
        """Return hundredths of a percent as a rate: ``5,5 %``."""

    def kilograms(self, grams: int) -> str:
        """Return a weight with three decimals: ``0,842 kg``."""
