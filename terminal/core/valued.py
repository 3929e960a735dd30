"""A customer, points, benefits and coupons as values: what a sale holds of its valuation."""

from __future__ import annotations

from dataclasses import dataclass

PARTS = ("discounts", "points", "gifts", "coupons", "events")
"""Parts of the benefits section, in the order in which they are printed (RCP-15)."""
AMOUNT, POINTS, TEXT = "amount", "points", "text"


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys, as far as it is known; ``card`` is the number of the customer's card."""

    name: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """Points of the customer after the sale (RCP-12)."""

    earned: int
    used: int
    """Negative, or 0."""
    balance: int
    at_ms: int
    """When the balance was found; 0 when it is not said."""
    until: str = ""
    """ISO day until which the points are valid; empty for ever."""


@dataclass(frozen=True, slots=True)
class Benefit:
    """One row of the benefits section: a label, and an amount, points, or a text (RCP-16).

    The figure may be negative.  A row has a ``part`` of its own: a coupon may be there without any
    discount.
    """

    part: str
    label: str
    kind: str = TEXT
    """``amount`` (``value`` in minor units), ``points`` (``value``), or ``text``."""
    value: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon that the sale gives, before it has a number. Days are ISO days, both inclusive."""

    face_minor: int
    """Face value; 0 when the text says what it is worth."""
    text: str
    valid_from: str
    valid_until: str
    usage: str = ""


@dataclass(frozen=True, slots=True)
class IssuedCoupon:
    """A coupon with its number: 17 digits, the last a check digit."""

    number: str
    face_minor: int
    text: str
    valid_from: str
    valid_until: str
    usage: str = ""


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a valuation said of the basket as it stands."""

    by: str
    """``local`` or ``hub``."""
    points: Points | None = None
    benefits: tuple[Benefit, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    message: str = ""
