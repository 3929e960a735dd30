"""Currencies by number (ISO 4217): terminals use the number where we use the letters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "BGN": "975",
        "CHF": "756",
        "CZK": "203",
        "DKK": "208",
        "EUR": "978",
        "GBP": "826",
        "HUF": "348",
        "MAD": "504",
        "NOK": "578",
        "PLN": "985",
        "RON": "946",
        "SEK": "752",
        "TND": "788",
        "USD": "840",
        "XOF": "952",
        "XPF": "953",
    }
)
"""Where terminals of the supported protocols are in use, or tourists pay from."""


def letters_of(number: str) -> str:
    """Return the letters of a currency's number; empty when it is none of ours."""
    return next((letters for letters, known in NUMBERS.items() if known == number), "")
