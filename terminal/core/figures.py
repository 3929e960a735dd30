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

    def count(self, number: int) -> str:
        """Return a number of something that is no money: ``16 506``."""

    def day(self, iso: str) -> str:
        """Return an ISO day as the language writes it: ``05/12/2021``."""

    def moment(self, at_ms: int) -> str:
        """Return a day and a time of day, to the minute."""

    def kilograms(self, grams: int) -> str:
        """Return a weight with three decimals: ``0,842 kg``."""
