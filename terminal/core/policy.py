"""What a shop decides once, in configuration, and every decision of the core may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MAX_CATEGORY = 8
"""Characters of a category's code; a longer one is none."""
CATEGORY = "category"
"""Attribute by which an article names its own tax category."""
CASHIER = "cashier"
SUPERVISOR = "supervisor"

ALL_RIGHTS = frozenset(
    {
        "price",
        "discount",
        "return",
        "foreign_return",
        "drawer",
        "reprint",
        "cancel",
        "resolve",
        "approve_age",
        "cash",
        "close",
        "archive",
        "weight",
        "devices",
        "invoice",
        "training",
        "clock",
        "service",
    }
)
DEFAULT_RIGHTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        CASHIER: ALL_RIGHTS
        - {
            "resolve", "foreign_return", "close", "archive", "devices", "training", "clock",
            "service",
        },
        SUPERVISOR: ALL_RIGHTS,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """The shop's rules, as values."""

    role: str = "till"
    """``till`` (staffed, an operator signs on) or ``kiosk`` (self-checkout)."""
    currency: str = "EUR"
    cash_rounding_minor: int = 1
    """Step that cash amounts are rounded to, in minor units: 1 none, 5 in BE, NL, FI, EE."""
    till_number: str = "3001"
    """Register number, 4 digits (NUM-05)."""
    workstation: str = "300101"
    receipt_prefix: str = "82"
    """Leading digits of every receipt number (NUM-02)."""
    invoice_prefix: str = "FA"
    """Leading characters of every invoice number."""
    coupon_prefix: str = "33"
    """Leading digits of the coupons that this shop issues."""
    deposit_vat_rate_bp: int = 2000
    paper_on_request: bool = False
    """No receipt is printed unless the customer asks, or the law demands it (``core.receipt``)."""
    default_category: str = "TLB1"
    """Tax category of what names none, goods in France; see ``core.categories``."""
    deposit_category: str = "TLB1"
    department_categories: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Department -> tax category of its articles."""
    rights: Mapping[str, frozenset[str]] = field(default_factory=lambda: DEFAULT_RIGHTS)
    """Operator role -> what it may do beyond selling."""
    express_limit: int = 0
    """Articles allowed in an express lane; 0 means no limit (SAL-17)."""
    shopper_may_void: bool = True
    default_language: str = "fr"
    receipt_choices: tuple[str, ...] = ("print", "none")
    """How a customer may have the receipt, in order; the first is the default (RCP-01)."""
    foreign_returns: str = "supervisor"
    """Returns on another till's receipt: ``refuse``, or ``supervisor`` (right foreign_return)."""
    max_lines: int = 2000
    """A basket above this is refused: it bounds memory, paper and time."""

    @property
    def prints_on_request(self) -> bool:
        """Tell whether a receipt is printed only when somebody asks for it."""
        return self.paper_on_request or self.receipt_choices[0] not in {"print", "both"}

    def category_of(self, own: str, department: str) -> str:
        """Return the tax category of an article: its own, its department's, or the shop's."""
        if 0 < len(own) <= MAX_CATEGORY:
            return own
        return self.department_categories.get(department, self.default_category)

    def allows(self, operator_role: str | None, right: str) -> bool:
        """Tell whether an operator of this role may do this."""
        return operator_role is not None and right in self.rights.get(operator_role, frozenset())


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was decided: wall time and business date come in, the core reads no clock."""

    at_ms: int
    """UTC, milliseconds since 1970-01-01."""
    business_date: str
    """ISO date of the trading day."""
    behind_ms: int = 0
    """How far the clock is behind the newest record, whose time is held then; it is not written."""
