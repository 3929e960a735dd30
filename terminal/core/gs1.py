"""GS1 element strings and Digital Link URIs, as far as a sale needs them.

biip parses; this module asks it only in a GS1 context (without one, digits that start like an
application identifier are read as one), gives it ASCII only, and reads the figures as integers.
Sections are those of the GS1 General Specifications.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from terminal.core.money import round_half_away
from terminal.core.numbering import is_digits

GROUP_SEPARATOR = "\x1d"
MESSAGE_AIMS = frozenset({"]C1", "]e0", "]d2", "]Q3", "]J1"})
"""Symbology identifiers that announce element strings (section 5.1.3)."""
_URI_SCHEMES = ("http://", "https://")
_CENTURY = 2000
"""An expiry date of goods on sale lies in this century (section 7.12 until 2050)."""


@dataclass(frozen=True, slots=True)
class Elements:
    """The application identifiers of one symbol, first of each: ``310n`` is kept as ``3103``."""

    values: Mapping[str, str]

    def value(self, ai: str) -> str:
        """Return the digits of an application identifier, or an empty string."""
        found = self.values.get(ai, "")
        return found if is_digits(found) else ""

    def scaled(self, ai: str, exponent: int) -> int | None:
        """Return a figure whose identifier ends in its number of decimals, as an integer.

        ``exponent`` is the number of decimals wanted: 3 gives grams of kilograms. More decimals
        than that round half away from zero.
        """
        for decimals in range(10):
            digits = self.value(f"{ai}{decimals}")
            if digits:
                return rescale(int(digits), decimals, exponent)
        return None


def rescale(figure: int, decimals: int, exponent: int) -> int:
    """Return a figure of ``decimals`` decimals as one of ``exponent`` decimals."""
    scale: int = 10 ** abs(exponent - decimals)
    return figure * scale if decimals <= exponent else round_half_away(figure, scale)


def is_context(text: str, aim: str) -> bool:
    """Tell whether a scan announces GS1 data: symbology, separator, parentheses or web address."""
    return aim in MESSAGE_AIMS or GROUP_SEPARATOR in text or text.startswith("(01)") or is_uri(text)


def is_uri(text: str) -> bool:
    """Tell whether a text is a web address, which may be a GS1 Digital Link."""
    return text.lower().startswith(_URI_SCHEMES)


def parse(text: str) -> Elements | None:
    """Return the elements of a GS1 symbol, or None when it is not well formed.

    ``text`` must be bounded by the caller; any text is safe.
    """
    if not text.isascii():
        return None
    from terminal.core.gs1_syntax import identifiers  # noqa: PLC0415 - see load

    found = identifiers(text, uri=is_uri(text))
    if found is None:
        return None
    values: dict[str, str] = {}
    for identifier, value in found:
        values.setdefault(identifier, value)
    return Elements(values)


def load() -> None:
    """Load the parser ahead of the first symbol; no start waits for its tables."""
    import_module("terminal.core.gs1_syntax")


def expiry(yymmdd: str) -> str | None:
    """Return an AI 17 date as ISO text; day 00 is the end of the month. None when impossible."""
    year, month, day = (int(yymmdd[i : i + 2]) for i in (0, 2, 4))
    year += _CENTURY
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return f"{year:04d}-{month:02d}-{day or last:02d}" if day <= last else None
