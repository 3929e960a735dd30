"""The page that a printer prints to show what it can: no sentence, so no language."""

from __future__ import annotations

from drivers.printer.base import (
    Align,
    PrintBarcode,
    PrintFeed,
    PrintItem,
    PrintLine,
    PrintQR,
)
from drivers.printer.profiles import Profile

ACCENTS = "ÀÂÇÈÉÊËÎÏÔÙÛÜ àâçèéêëîïôùûü Œœ € ß ñ"


def test_page(profile: Profile) -> tuple[PrintItem, ...]:
    """Return the page: name, columns, accents, styles, a drawn run, both kinds of code."""
    ruler = "".join(str(n % 10) for n in range(1, profile.columns + 1))
    return (
        PrintLine("REPRISE", Align.CENTER, bold=True, double=True),
        PrintLine(profile.title, Align.CENTER),
        PrintLine(ruler),
        PrintLine(ACCENTS[: profile.columns]),
        PrintLine("Łódź Žilina Ελλάς → ✓"),
        PrintLine("1 234,56 €", Align.RIGHT, bold=True),
        PrintBarcode("3017620422003", "EAN13"),
        PrintQR("https://example.org/reprise"),
        PrintFeed(1),
    )
