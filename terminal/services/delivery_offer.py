"""How the receipt at hand can be had, as the screens show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeliveryOffer:
    """How a customer may have the receipt at hand; the first choice is the default."""

    choices: tuple[str, ...] = ("print", "none")
    link: str = ""
    """Address of the receipt's page; empty where there is none."""
    code: str = ""
    """What a scanner reads for a return; empty when there is none."""
