"""Weights and their prices: all that this software adds to a weighing instrument.

It is kept small and by itself, with a version, because computing a price from a weight makes it
part of an instrument under legal control (Directive 2014/31/EU, EN 45501, WELMEC 2.2).  Where the
scale computes the price, this module only checks it.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.errors import Refused
from terminal.core.money import round_half_away

VERSION = "1.0"
"""Raised whenever anything here changes; ``reprise doctor`` shows it with a checksum."""
GRAMS_PER_KILOGRAM = 1000
SCALE = "scale"
TYPED = "typed"
MAX_ANSWER = 80
"""Characters of a scale's answer that are recorded."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """How the weight of a line was found."""

    by: str
    """``scale``, or ``typed`` by somebody who may."""
    tare_g: int = 0
    price_minor: int | None = None
    """What the scale itself computed; None when it did not."""
    answer: str = ""
    """What the scale said, for the record."""


def price_minor(unit_price_minor: int, weight_g: int) -> int:
    """Return the price of a weight: unit price x grams / 1000, half away from zero."""
    return round_half_away(unit_price_minor * weight_g, GRAMS_PER_KILOGRAM)


def check_price(unit_price_minor: int, weight_g: int, weighed: Weighed) -> Refused | None:
    """Refuse a price that the scale computed and we do not come to: nothing is shown wrong."""
    ours = price_minor(unit_price_minor, weight_g)
    if weighed.price_minor is None or weighed.price_minor == ours:
        return None
    return Refused("scale_price_differs", {"scale_minor": weighed.price_minor, "ours_minor": ours})
