"""Characters that a printer's code page lacks, as dots in the cells of its own font.

The face is DejaVu Sans Mono, which python-barcode brings along: as wide as the printer's own,
with Latin, Greek, Cyrillic and signs.  Pillow is loaded when the first such character comes.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib import import_module, resources
from typing import Any

from drivers.printer.dots import Dots

CELL_WIDTH, CELL_HEIGHT = 12, 24
_SIZE = 20
_BASELINE = 20
_NOT_THERE = "\U0010ffff"


def cells(cluster: str) -> int:
    """Return how many columns a character with its marks takes (Unicode Annex 11)."""
    return 2 if unicodedata.east_asian_width(cluster[:1]) in ("W", "F") else 1


@lru_cache(maxsize=2048)
def drawable(cluster: str) -> bool:
    """Tell whether the face has a character with its marks, in the cells that it takes."""
    font = _font()
    if round(font.getlength(cluster)) != CELL_WIDTH * cells(cluster):
        return False
    return bytes(font.getmask(cluster)) != bytes(font.getmask(_NOT_THERE))


@lru_cache(maxsize=512)
def run_dots(run: tuple[str, ...], *, bold: bool = False, wide: bool = False) -> Dots:
    """Return clusters side by side, each in its cells, 24 dots high; ``wide`` doubles the width."""
    draw_module, image_module = import_module("PIL.ImageDraw"), import_module("PIL.Image")
    width = CELL_WIDTH * sum(map(cells, run))
    picture = image_module.new("L", (width, CELL_HEIGHT), 0)
    pen, left = draw_module.Draw(picture), 0
    for cluster in run:
        for shift in (0, 1) if bold else (0,):
            pen.text((left + shift, _BASELINE), cluster, fill=255, font=_font(), anchor="ls")
        left += CELL_WIDTH * cells(cluster)
    black = picture.point(lambda level: 255 if level > 110 else 0).convert("1")
    dots = Dots(width, black.tobytes())
    return dots.stretched(2, 1) if wide else dots


@lru_cache(maxsize=1)
def _font() -> Any:
    face = resources.files("barcode") / "fonts" / "DejaVuSansMono.ttf"
    with resources.as_file(face) as path:
        return import_module("PIL.ImageFont").truetype(str(path), _SIZE)
