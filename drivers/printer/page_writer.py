"""What the encoder asks of a printer's language: bytes for a style, a text, a picture, a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drivers.printer.base import Align, PrintBarcode
from drivers.printer.dots import Dots
from drivers.printer.symbols import CannotDraw, bar_dots, bars

MAX_IMAGE_ROWS = 256
"""Rows of one image command: status can be answered between two."""
BARCODE_DOTS = 80
"""Height of a bar code: 10 mm."""
MIN_MODULE, MAX_MODULE = 2, 3
"""Dots of the narrowest bar that readers take from paper, and of one that is easily read."""
QUIET_MODULES = 20
"""White at both sides of a bar code together."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks."""

    align: Align = Align.LEFT
    bold: bool = False
    double: bool = False
    tall: bool = False


class PageWriter(Protocol):
    """Collects the bytes of a page in one language."""

    def style(self, style: Style) -> None: ...

    def text(self, data: bytes) -> None:
        """Characters of the code page, no control codes."""

    def run(self, dots: Dots) -> None:
        """A picture 24 dots high within the line."""

    def end_line(self, lines: int = 1) -> None: ...

    def image(self, dots: Dots) -> None:
        """A picture on lines of its own."""

    def qr(self, data: bytes, size: int) -> bool:
        """Write a native code; False when the model has none."""

    def barcode(self, item: PrintBarcode, module: int) -> bool:
        """Write a native code with its text below; False when the model has none."""

    def finish(self) -> tuple[bytes, bytes, bytes]:
        """Return the bytes of the phases begin, body and cut."""


def module_width(symbology: str, data: str, dots: int) -> int:
    """Return how many dots a bar may take so that the code fits the paper; 0 when none does."""
    try:
        modules = len(bars(symbology, data)) + QUIET_MODULES
    except CannotDraw:
        return 0
    fits = min(MAX_MODULE, dots // modules)
    return fits if fits >= MIN_MODULE else 0


def drawn_barcode(item: PrintBarcode, dots: int) -> Dots:
    """Return a bar code as dots, for a printer that has none of its own. Raises CannotDraw."""
    module = module_width(item.symbology, item.data, dots) or 1
    return bar_dots(item.symbology, item.data, module, BARCODE_DOTS)
