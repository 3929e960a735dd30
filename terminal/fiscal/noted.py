"""The settings that the law asks about: who sells, who answers for it, what the books follow."""

from __future__ import annotations

from terminal.config import Config
from terminal.settings import spell

NOTED = (
    *("shop.name", "shop.address", "shop.phone", "shop.site", "shop.registration"),
    *("shop.currency", "shop.country", "shop.timezone", "shop.deposit_vat_rate_bp"),
    *("terminal.role", "terminal.till_number", "terminal.workstation", "terminal.receipt_prefix"),
    *("terminal.cash_rounding_minor", "terminal.business_day_ends"),
    *("rights.cashier", "rights.supervisor"),
    *("fiscal.regime", "fiscal.key", "fiscal.head_folder"),
)
"""Settings whose change is a technical event (``fiscal.jet``)."""


def noted(config: Config) -> dict[str, str]:
    """Return these settings as they are written in TOML."""
    return {name: spell(_value(config, name)) for name in NOTED}


def _value(config: Config, name: str) -> object:
    section, _, key = name.partition(".")
    value: object = getattr(getattr(config, section), key)
    return value
