"""Articles as the catalogue describes them to a sale."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """How an article is counted."""

    PIECE = "piece"
    KILOGRAM = "kg"


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the catalogue, with the price of today's list.

    The sale copies what it needs into its own events: a later change of the catalogue changes
    nothing that was already sold.
    """

    code: str
    """Catalogue key: a GTIN as printed, a PLU, or a shop's own code."""
    label: str
    brand: str
    department: str
    price_minor: int
    """Tax included, per piece or per kilogram, in minor units."""
    vat_rate_bp: int
    """Hundredths of a percent: 20 % is 2000, 5.5 % is 550."""
    unit: Unit = Unit.PIECE
    attributes: tuple[tuple[str, str], ...] = ()
    """Ordered (key, value) pairs: ``ref``, ``colour``, ``size``, ``eco`` (minor units) ..."""
    minimum_age: int = 0
    """Years of age required of the buyer; 0 when free."""

    def attribute(self, key: str) -> str:
        """Return an attribute's value, or an empty string."""
        return next((value for name, value in self.attributes if name == key), "")
