"""Pages in ESC/POS. python-escpos builds the bytes of styles and codes and sends nothing.

Its automatic choice of code pages is off: it keeps an idea of the page across a reset and then
prints n-tilde for euro.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from drivers.printer.base import PrintBarcode
from drivers.printer.commands import (
    FEED_AND_CUT,
    INITIALISE,
    NO_REAL_TIME_PULSE,
    feed_lines,
    select_code_page,
)
from drivers.printer.dots import Dots
from drivers.printer.guard import disarmed, has_trigger
from drivers.printer.page_writer import BARCODE_DOTS, MAX_IMAGE_ROWS, Style
from drivers.printer.profiles import ImageCommand, Profile

TEAR_OFF_LINES = 5
"""Fed where there is no cutter, so that the last line comes above the tear bar."""
_BAND_ROWS = 24
_PROFILE = "TM-T20II"
"""Only read by python-escpos for what it will build; ours decide."""


class EscposWriter:
    """A PageWriter; see there for its calls."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        # Imported when the first job comes: it costs a quarter of a second.
        self._builder: Any = import_module("escpos.printer").Dummy(
            profile=_PROFILE, magic_encode_args={"disabled": True, "encoding": "CP1252"}
        )

    def style(self, style: Style) -> None:
        """Write what changes the look of what follows."""
        size: dict[str, bool] = (
            {"double_width": True, "double_height": True}
            if style.double
            else {"double_height": True, "double_width": False}
            if style.tall
            else {"normal_textsize": True}
        )
        self._builder.set(align=style.align.value, bold=style.bold, **size)

    def text(self, data: bytes) -> None:
        """Write characters of the code page."""
        self._raw(data)

    def run(self, dots: Dots) -> None:
        """Write a picture within the line: ESC * 33, three bytes a column."""
        self._raw(b"\x1b*\x21" + _word(dots.width) + disarmed(dots.columns(3)))

    def end_line(self, lines: int = 1) -> None:
        """Write line feeds."""
        self._raw(b"\n" * lines)

    def image(self, dots: Dots) -> None:
        """Write a picture in pieces of at most 256 rows."""
        if self._profile.image is ImageCommand.COLUMNS:
            self._raw(b"\x1b3\x18")  # lines of 24 dots: the bands touch one another
            for band in dots.bands(_BAND_ROWS):
                self.run(band)
                self._raw(b"\n")
            self._raw(b"\x1b2")
            return
        for band in dots.bands(MAX_IMAGE_ROWS):
            self._raw(self._image_command(band))

    def _image_command(self, dots: Dots) -> bytes:
        """Return one command, or two of half the rows when its length would be a real-time one."""
        graphics = self._profile.image is ImageCommand.GRAPHICS
        command = graphics_command(dots) if graphics else raster_command(dots)
        if not has_trigger(command):
            return command
        halves = dots.bands(max(1, dots.height // 2))
        return b"".join(map(self._image_command, halves))

    def qr(self, data: bytes, size: int) -> bool:
        """Write GS ( k 49; False when the model has none."""
        if not self._profile.native_qr:
            return False
        self._builder.qr(data.decode(), size=size, native=True)
        return True

    def barcode(self, item: PrintBarcode, module: int) -> bool:
        """Write GS k, function B; False when the model has none or the paper is too narrow."""
        if not self._profile.native_barcodes or not module:
            return False
        data = code128(item.data) if item.symbology == "CODE128" else item.data.encode("ascii")
        kind = 73 if item.symbology == "CODE128" else 67
        self._raw(
            b"\x1dh" + bytes((BARCODE_DOTS,)) + b"\x1dw" + bytes((module,)) + b"\x1df\x00\x1dH\x02"
            b"\x1dk" + bytes((kind, len(data))) + data
        )
        return True

    def finish(self) -> tuple[bytes, bytes, bytes]:
        """Return the bytes of the phases begin, body and cut."""
        profile = self._profile
        guard = NO_REAL_TIME_PULSE if profile.guards_pulse else b""
        begin = INITIALISE + guard + select_code_page(profile.code_page)
        cut = FEED_AND_CUT if profile.cutter else feed_lines(TEAR_OFF_LINES)
        return begin, bytes(self._builder.output), cut

    def _raw(self, data: bytes) -> None:
        self._builder._raw(data)  # noqa: SLF001 - its only way to take bytes as they are


def raster_command(dots: Dots) -> bytes:
    """GS v 0: bytes of a row, rows, and the dots without a real-time command among them."""
    return b"\x1dv0\x00" + _word(dots.row_bytes) + _word(dots.height) + disarmed(dots.rows)


def graphics_command(dots: Dots) -> bytes:
    """GS ( L: store (function 112) and print (50)."""
    head = b"\x30\x70\x30\x01\x01\x31" + _word(dots.width) + _word(dots.height)
    data = disarmed(dots.rows)
    return b"\x1d(L" + _word(len(head) + len(data)) + head + data + b"\x1d(L\x02\x00\x30\x32"


def code128(text: str) -> bytes:
    """Return the data of GS k 73: pairs of digits in code set C where that is shorter.

    Set C has bytes below 100, two of which could be a real-time command; then it stays with set B.
    """
    plain = b"{B" + text.replace("{", "{{").encode("ascii")
    if not (text.isdigit() and len(text) >= 4):
        return plain
    odd = len(text) % 2
    pairs = bytes(int(text[at : at + 2]) for at in range(odd, len(text), 2))
    dense = (b"{B" + text[:1].encode("ascii") if odd else b"") + b"{C" + pairs
    # The length that stands before the data takes part.
    return plain if has_trigger(bytes((len(dense),)) + dense) else dense


def _word(value: int) -> bytes:
    return value.to_bytes(2, "little")
