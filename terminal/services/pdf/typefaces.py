"""The typefaces that PDF documents embed, all free to ship.

Text is set in Reprise Figures (Inter with figures of one width, OFL; see ``terminal/ui/fonts``);
what it lacks (Greek, Cyrillic, arrows) in DejaVu Sans Mono, which python-barcode brings along.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD, FALLBACK = "RepriseFigures-Regular", "RepriseFigures-Bold", "DejaVuSansMono"
_FOLDER = Path(__file__).parents[2] / "ui" / "fonts"


@lru_cache(maxsize=1)
def register() -> None:
    """Make the typefaces known to reportlab, once in the life of the process."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(_FOLDER / f"{name}.ttf")))
    barcode = find_spec("barcode")
    origin = barcode.origin if barcode else None
    if origin is None:
        raise FileNotFoundError("python-barcode, which brings DejaVu Sans Mono, is not installed")
    path = Path(origin).with_name("fonts") / f"{FALLBACK}.ttf"
    pdfmetrics.registerFont(TTFont(FALLBACK, str(path)))


def runs(text: str, font: str) -> Iterator[tuple[str, str]]:
    """Part a text into runs of one face each: ``(face, text)``."""
    known = _known(font)
    start, current = 0, font
    for place, character in enumerate(text):
        face = font if ord(character) in known else FALLBACK
        if face != current:
            if place > start:
                yield current, text[start:place]
            start, current = place, face
    if start < len(text):
        yield current, text[start:]


def width(text: str, font: str, size: float) -> float:
    """Return how wide a text is set, in points."""
    return sum(float(pdfmetrics.stringWidth(part, face, size)) for face, part in runs(text, font))


def _known(font: str) -> Any:
    """Return the code points that a face has glyphs for."""
    return pdfmetrics.getFont(font).face.charToGlyph


def wrap(text: str, font: str, size: float, room: float) -> tuple[str, ...]:
    """Break a text into lines no wider than ``room`` points; a long word is cut. Never empty."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        candidate = f"{line} {word}" if line else word
        if width(candidate, font, size) <= room:
            line = candidate
            continue
        if line:
            lines.append(line)
        *full, line = _cut(word, font, size, room)
        lines.extend(full)
    return (*lines, line)


def _cut(word: str, font: str, size: float, room: float) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1] + character, font, size) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces
