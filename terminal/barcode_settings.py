"""Settings of codes that carry their own weight, price or quantity."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import choice, setting, text, whole


@dataclass(frozen=True, slots=True)
class BarcodeScheme:
    """A code that carries its own weight, price or quantity; positions count from 0."""

    prefix: str = setting("", "First digits that tell it.", text(4, r"\d{1,4}", "1 to 4 digits"))
    length: int = setting(13, "Digits in all.", whole(8, 18))
    item_start: int = setting(2, "Where the article number begins.", whole(0, 17))
    item_length: int = setting(5, "Its digits.", whole(1, 12))
    value_start: int = setting(7, "Where the value begins.", whole(0, 17))
    value_length: int = setting(5, "Its digits.", whole(1, 8))
    kind: str = setting(
        "weight", "weight, price or quantity.", choice("weight", "price", "quantity")
    )
    decimals: int = setting(3, "Of a kilogram or of the currency unit.", whole(0, 3))
