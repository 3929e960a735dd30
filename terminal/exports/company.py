"""Who exports: what every file says of the company and the till, and how it writes figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from terminal.formats import CURRENCY_DECIMALS


@dataclass(frozen=True, slots=True)
class Company:
    """The company, its shop and the till that the figures come from."""

    name: str
    address: tuple[str, ...]
    country: str
    number: str
    """SIREN or organisation number, 9 digits; empty when the settings have none."""
    vat_number: str
    till: str
    workstation: str
    role: str
    currency: str
    timezone: ZoneInfo
    software: str

    def local(self, at_ms: int) -> datetime:
        """Return a moment in the shop's time zone, to the second."""
        return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(self.timezone)

    def amount(self, minor: int, point: str = ".") -> str:
        """Return minor units as a decimal number: ``-12.50``, without a thousands separator."""
        decimals = CURRENCY_DECIMALS.get(self.currency, 2)
        sign = "-" if minor < 0 else ""
        if not decimals:
            return f"{sign}{abs(minor)}"
        whole, part = divmod(abs(minor), 10**decimals)
        return f"{sign}{whole}{point}{part:0{decimals}}"


def percent(rate_bp: int) -> str:
    """Return a rate with two decimals: ``5.50``."""
    return f"{rate_bp // 100}.{rate_bp % 100:02}"


def short_rate(rate_bp: int) -> str:
    """Return a rate as settings name it: ``20``, ``5.5``."""
    return percent(rate_bp).rstrip("0").rstrip(".")
