"""Settings of the receipt: when it is printed, in which languages, what stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from terminal.core.receipt.customer import HIDDEN, LAST_FOUR, WHOLE
from terminal.core.receipt.properties import (
    AMOUNT,
    DEFAULT_PROPERTIES,
    TEXT,
    PropertyRule,
    in_scope,
)
from terminal.settings import Kind, choice, flag, setting, text
from terminal.shop_settings import LANGUAGES

ALWAYS, ON_REQUEST, BY_COUNTRY = "always", "request", "country"
OFF, BENEATH, BLOCK = "off", "beneath", "block"
PAPER_ON_REQUEST = frozenset({"FR"})
"""Countries where no receipt is printed that nobody asked for; see ``core.receipt.paper``."""
MAX_PROPERTIES = 30

PROPERTY_KINDS: Mapping[str, Kind] = {
    "key": text(32, r"[A-Za-z][\w-]*", 'the key of an attribute, like "colour"'),
    "label": text(30),
    "form": choice(TEXT, AMOUNT),
    "language": choice("", *LANGUAGES),
    "site": text(20),
}
"""What the fields of a ``[[receipt.properties]]`` record may be."""


def _properties() -> Kind:
    """Return the kind of the list of property records."""

    def record(plain: Any) -> PropertyRule | None:
        if (
            not isinstance(plain, dict)
            or "key" not in plain
            or not plain.keys() <= PROPERTY_KINDS.keys()
        ):
            return None
        kept: dict[str, Any] = {
            name: PROPERTY_KINDS[name].accept(value) for name, value in plain.items()
        }
        return None if None in kept.values() else PropertyRule(**kept)

    def accept(value: Any) -> Any | None:
        if not isinstance(value, list | tuple) or len(value) > MAX_PROPERTIES:
            return None
        rules = tuple(one if isinstance(one, PropertyRule) else record(one) for one in value)
        kept = tuple(rule for rule in rules if rule is not None)
        return kept if len(kept) == len(rules) and len(set(map(scope, kept))) == len(kept) else None

    names = ", ".join(PROPERTY_KINDS)
    return Kind(
        f"at most {MAX_PROPERTIES} [[receipt.properties]] records of {names}, one a key and scope",
        accept,
        lambda typed: [{"key": key.strip()} for key in typed.split(",") if key.strip()],
    )


def scope(rule: PropertyRule) -> tuple[str, str, str]:
    """Return what makes a record the same one: a later one with it takes its place."""
    return rule.key, rule.language, rule.site


@dataclass(frozen=True, slots=True)
class ReceiptSettings:
    """What stands on the receipt, and when it is printed."""

    paper: str = setting(
        BY_COUNTRY,
        "always, request (when asked for, or demanded by law), or country (as its law says).",
        choice(BY_COUNTRY, ALWAYS, ON_REQUEST),
    )
    second_language: str = setting(
        OFF,
        "The shopper's language beside the shop's: beneath each text, or as a second block.",
        choice(OFF, BENEATH, BLOCK),
    )
    large_print: bool = setting(False, "Letters twice as high on every receipt.", flag())
    points: bool = setting(True, "The points section; false for a chain without points.", flag())
    customer_card: str = setting(
        LAST_FOUR,
        "How much of the customer's card number is shown.",
        choice(WHOLE, LAST_FOUR, HIDDEN),
    )
    message: str = setting("", "A line for every customer to whom nothing else is said.", text(120))
    coupon_prefix: str = setting(
        "33", "First digits of the coupons that this shop issues.", text(2, r"\d{2}", "2 digits")
    )
    properties: tuple[PropertyRule, ...] = setting((), "", _properties())

    def rules(self, language: str, site: str) -> tuple[PropertyRule, ...]:
        """Return the properties for a paper of this language at this site."""
        return in_scope(self.properties or DEFAULT_PROPERTIES, language=language, site=site)

    def paper_on_request(self, country: str) -> bool:
        """Tell whether nothing is printed unless asked for, or demanded by law."""
        by_law = self.paper == BY_COUNTRY and country in PAPER_ON_REQUEST
        return by_law or self.paper == ON_REQUEST


def spelt(rule: PropertyRule) -> Mapping[str, str]:
    """Return a record's fields that say something."""
    values = {one.name: getattr(rule, one.name) for one in fields(rule)}
    return {name: value for name, value in values.items() if value and value != TEXT}
