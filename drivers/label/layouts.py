"""The two labels of a shop, from words and figures already written in the shop's language.

A shelf label (57 x 32 mm, the common stock) shows name, price, price per kilogram or litre and the
article's barcode; a label of weighed goods (57 x 40 mm) shows weight, price per kilogram, price and
an in-store barcode, together, as directive 98/6/EC and EN 45501 want them.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.label.base import Align, Barcode, Field, Label, Rule, Text
from drivers.label.zpl import check_digit

WIDTH = 456
SHELF_HEIGHT, WEIGHED_HEIGHT = 256, 320
MARGIN = 12
_ROOM = WIDTH - 2 * MARGIN
_EM = 52
"""Hundredths of its height that an average character of the printer's scalable font is wide."""


@dataclass(frozen=True, slots=True)
class ShelfWords:
    """What stands on a shelf label."""

    name: str
    brand: str
    price: str
    unit_price: str
    """``1,23 €/kg``; empty when none has to be shown."""
    code: str
    note: str
    """Small, at the foot: the date of the label, a reference."""


@dataclass(frozen=True, slots=True)
class WeighedWords:
    """What stands on a label of weighed goods."""

    name: str
    weight_title: str
    weight: str
    unit_price_title: str
    unit_price: str
    price_title: str
    price: str
    code: str
    note: str


def shelf_label(words: ShelfWords) -> Label:
    """Return a shelf label."""
    fields: list[Field] = [
        Text(MARGIN, 10 + 32 * number, 32, line)
        for number, line in enumerate(_wrapped(words.name, 32, 2))
    ]
    fields.append(Text(MARGIN, 78, 22, _fitting(words.brand, 22, _ROOM // 2)))
    fields.append(_price(words.price, 76, 96, 216))
    fields.append(Text(MARGIN, 104, 24, words.unit_price))
    fields.append(_bars(words.code, MARGIN + 14, 176, 48))
    fields.append(Text(236, 224, 18, words.note, WIDTH - MARGIN - 236, Align.RIGHT))
    return Label(WIDTH, SHELF_HEIGHT, tuple(fields))


def weighed_label(words: WeighedWords) -> Label:
    """Return a label of weighed goods."""
    fields: list[Field] = [
        Text(MARGIN, 10 + 32 * number, 32, line)
        for number, line in enumerate(_wrapped(words.name, 32, 2))
    ]
    fields += [
        Rule(MARGIN, 80, _ROOM, 2),
        Text(MARGIN, 90, 18, words.weight_title),
        Text(MARGIN, 110, 30, words.weight),
        Text(MARGIN, 150, 18, words.unit_price_title),
        Text(MARGIN, 170, 30, words.unit_price),
        Text(WIDTH // 2, 90, 18, words.price_title, WIDTH // 2 - MARGIN, Align.RIGHT),
        _price(words.price, 80, 112, WIDTH // 2 - MARGIN),
        Rule(MARGIN, 208, _ROOM, 2),
        _bars(words.code, MARGIN + 14, 222, 60),
        Text(236, 292, 18, words.note, WIDTH - MARGIN - 236, Align.RIGHT),
    ]
    return Label(WIDTH, WEIGHED_HEIGHT, tuple(fields))


def _price(price: str, height: int, top: int, room: int) -> Text:
    """The price as large as it fits, at the right edge."""
    fits = min(height, room * 100 // (_EM * max(1, len(price))))
    return Text(WIDTH - MARGIN - room, top + height - fits, fits, price, room, Align.RIGHT)


def _bars(code: str, left: int, top: int, height: int) -> Field:
    """The code as EAN where it is one, else as Code 128; nothing that cannot be scanned."""
    digits = code.isascii() and code.isdigit()
    if digits and len(code) in (8, 13) and check_digit(code[:-1]) == code[-1]:
        return Barcode(left, top, height, f"ean{len(code)}", code)
    if code and len(code) <= 14 and all(" " <= one <= "~" for one in code):
        return Barcode(left, top, height, "code128", code, module=2 if len(code) <= 8 else 1)
    return Text(left, top, 24, code[:30])


def _wrapped(text: str, height: int, lines: int) -> list[str]:
    """Break a name between words; what does not fit ends in an ellipsis."""
    most = _ROOM * 100 // (_EM * height)
    found: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}".strip()
        if line and len(joined) > most:
            found.append(line)
            line = word
        else:
            line = joined
    found.append(line)
    if len(found) > lines:
        found = [*found[: lines - 1], " ".join(found[lines - 1 :])]
    return [_fitting(one, height, _ROOM) for one in found]


def _fitting(text: str, height: int, room: int) -> str:
    most = room * 100 // (_EM * height)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
