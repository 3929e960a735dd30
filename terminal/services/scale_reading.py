"""What the scale shows for the article that is put on it."""

from __future__ import annotations

from dataclasses import dataclass

ABSENT = "absent"
STABLE = "stable"


@dataclass(frozen=True, slots=True)
class ScaleReading:
    """One look at the scale, as plain values; weight and price always belong together."""

    state: str = ABSENT
    """``absent``, or a word of ``drivers.scale.base.ScaleState``."""
    code: str = ""
    """Article that the price is computed for; empty when nobody watches the scale."""
    weight_g: int | None = None
    """Stable net weight; None whatever else the scale says."""
    price_minor: int | None = None
    """What that weight costs: as the scale computed it, or as we do where it does not."""
    tare_g: int = 0
    can_zero: bool = False
