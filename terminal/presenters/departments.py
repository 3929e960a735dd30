"""The generated picture of an article: an icon and a soft tint by department."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Look:
    icon: str
    tint: str


_PLAIN = Look("package", "#e7effc")
_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "biscuit": Look("cookie", "#f7efe1"),
        "boulang": Look("croissant", "#f8eddd"),
        "viennois": Look("croissant", "#f8eddd"),
        "cereale": Look("wheat", "#f9f1d9"),
        "bio": Look("leaf", "#e4f4e4"),
        "fruit": Look("apple", "#fbe6e4"),
        "legume": Look("salad", "#e2f4e6"),
        "plat": Look("utensils", "#fdebdf"),
        "charcut": Look("ham", "#fce6e8"),
        "viande": Look("beef", "#fbe3e1"),
        "poisson": Look("fish", "#e0f1fa"),
        "conserve": Look("soup", "#fbeedd"),
        "dessert": Look("cake", "#fbe7f1"),
        "cremerie": Look("milk", "#e8f1fd"),
        "surgel": Look("snowflake", "#e1f2fb"),
        "boisson": Look("cup-soda", "#e5effd"),
        "vin": Look("wine", "#f5e4ee"),
        "alcool": Look("wine", "#f5e4ee"),
        "biere": Look("beer", "#fbf0d8"),
        "jeu": Look("gamepad-2", "#ebe7fc"),
        "multimedia": Look("gamepad-2", "#ebe7fc"),
        "textile": Look("shirt", "#e6ecfb"),
        "vetement": Look("shirt", "#e6ecfb"),
        "chaussure": Look("footprints", "#efeae4"),
        "jardin": Look("sofa", "#e6f3e0"),
        "mobilier": Look("sofa", "#efeae4"),
        "cadeau": Look("gift", "#fde8ee"),
        "presse": Look("file-text", "#eeeeee"),
    }
)
"""Beginning of a word of the department (lower case, no accents) -> look."""


def department_look(department: str) -> Look:
    """Return the icon and tint of a department; a parcel when nothing fits its name."""
    folded = unicodedata.normalize("NFKD", department.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    for word in plain.split():
        for start, look in _LOOKS.items():
            if word.startswith(start):
                return look
    return _PLAIN
