"""What lies on the shelf of the demonstration: articles of the sample catalogue, and bad codes."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.numbering import check_digit

WEIGHT_PREFIX = "21"
"""In-store labels that carry a weight in grams: prefix, 5 digits of PLU, 5 digits, check digit."""
HOSTILE_CHARACTERS = 7000
"""A QR code holds 7,089 digits: a scanner sends whatever it reads."""


@dataclass(frozen=True, slots=True)
class Ware:
    """An article on the shelf; sold by weight when it has one, in grams."""

    code: str
    label: str
    department: str
    weight_g: int = 0

    @property
    def scanned(self) -> str:
        """Return what the scanner reads: the code, or the label that the scale prints."""
        if not self.weight_g:
            return self.code
        digits = f"{WEIGHT_PREFIX}{int(self.code):05}{self.weight_g:05}"
        return f"{digits}{check_digit(digits)}"


WARES = (
    Ware("3017760000062", "Petit beurre", "Biscuits"),
    Ware("3061990141354", "BN goût chocolat", "Biscuits"),
    Ware("7622210255068", "BelVita fraise", "Biscuits"),
    Ware("3760152700704", "Gressins sarrasin", "Bio"),
    Ware("3560071009175", "Lentilles vertes", "Conserves"),
    Ware("3274935302011", "Gaspacho Verde", "Plats"),
    Ware("2000000001081", "Café à emporter", "Boissons"),
    Ware("2000000001098", "Sandwich jambon", "Charcuterie"),
    Ware("2000000001036", "Bière blonde", "Bières"),
    Ware("2000000001012", "Bordeaux rouge", "Vins"),
    Ware("2000000001067", "Magazine", "Presse"),
    Ware("2000000001074", "Livre de poche", "Presse"),
    Ware("2000000000046", "Console XBOX 360", "Jeux"),
    Ware("2000000000015", "Salon de jardin", "Mobilier"),
    Ware("2000000000084", "Tong Temax", "Chaussures"),
    Ware("2000000000053", "Tablier radis", "Textile"),
    Ware("2000000000077", "Crème solaire", "Cosmétiques"),
    Ware("2000000000091", "Disque cadeau", "Cadeaux"),
    Ware("2000000000060", "Trousse de secours", "Santé"),
    Ware("2000000001104", "Sac de caisse", "Caisse"),
    Ware("4011", "Bananes", "Fruits", 842),
    Ware("4131", "Pommes Fuji", "Fruits", 1265),
    Ware("4664", "Tomates grappe", "Légumes", 530),
    Ware("4094", "Carottes", "Légumes", 1010),
)
TRICKS = {
    "unknown": "3000000000007",
    "check_digit": "3017760000063",
    "hostile": "9" * HOSTILE_CHARACTERS,
    "controls": "\x1b[2J\x07<script>",
}
"""Codes that no shop sells, by the name of what is wrong with them."""
