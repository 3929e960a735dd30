"""The scale as a screen shows it: weight, unit price and price together, and whether they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.core.items import Article
from terminal.services.scale_reading import ABSENT, STABLE, ScaleReading
from terminal.words import Words

AT_ZERO, FAULT = "zero", "fault"
_LOOKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        STABLE: ("good", "circle-check"),
        "unstable": ("warn", "hourglass"),
        AT_ZERO: ("info", "scale"),
        "under_minimum": ("info", "scale"),
        "not_ready": ("info", "hourglass"),
        "same_weight": ("warn", "undo-2"),
    }
)
"""State -> tone and icon; all others are bad."""
_BAD = ("bad", "circle-x")


@dataclass(frozen=True, slots=True)
class ScaleView:
    """Without a status it is not shown."""

    status: str = ""
    tone: str = "info"
    icon: str = "scale"
    weight: str = ""
    """Dashes while nothing stands still."""
    held: bool = False
    """What is shown may be sold by."""
    per_kg: str = ""
    unit_price: str = ""
    to_pay: str = ""
    price: str = ""
    tare: str = ""
    at_zero: str = ""

    @property
    def shown(self) -> bool:
        return bool(self.status)


def scale_view(article: Article, reading: ScaleReading, words: Words, currency: str) -> ScaleView:
    """Return what the scale shows for an article; a reading for another one shows nothing."""
    ours = reading.code in ("", article.code)
    state = reading.state if ours else "not_ready"
    tone, icon = _LOOKS.get(state, _BAD)
    held = state == STABLE and reading.weight_g is not None and reading.price_minor is not None
    zero, tare_g = words.format_weight(0), reading.tare_g
    weight, price = _dashes(zero), _dashes(words.format_money(0, currency))
    if held and reading.weight_g is not None and reading.price_minor is not None:
        weight = words.format_weight(reading.weight_g)
        price = words.format_money(reading.price_minor, currency)
    elif state == AT_ZERO:
        weight = zero
    return ScaleView(
        status=words.text(f"screen.scale.{state}"),
        tone=tone,
        icon=icon,
        weight=weight,
        held=held,
        per_kg=words.text("screen.scale.per_kg"),
        unit_price=f"{words.format_money(article.price_minor, currency)}/kg",
        to_pay=words.text("screen.scale.to_pay"),
        price=price,
        tare=words.text("screen.scale.tare", tare_g=tare_g) if tare_g else "",
        at_zero=words.text("screen.scale.at_zero") if state == AT_ZERO else "",
    )


def usable(reading: ScaleReading | None) -> bool:
    """Tell whether there is a scale that answers, and does not say that it is broken."""
    return reading is not None and reading.state not in (ABSENT, FAULT)


def _dashes(figure: str) -> str:
    return re.sub(r"\d", "–", figure)
