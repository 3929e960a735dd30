"""The figure that a screen is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TotalZone:
    """What there is to pay, always in sight (SAL-03)."""

    label: str = ""
    amount: str = ""
    note: str = ""
