"""Pages in Star line mode (Star Line Mode command specification)."""

from __future__ import annotations

from drivers.printer.base import Align, PrintBarcode
from drivers.printer.dots import Dots
from drivers.printer.guard import STAR_TRIGGER, disarmed
from drivers.printer.page_writer import BARCODE_DOTS, Style
from drivers.printer.profiles import Profile

INITIALISE = b"\x1b@"
AUTO_STATUS_ON = b"\x1b\x1ea\x01"
FENCE = b"\x17"
"""ETB: the printer counts it when it gets there."""
CUT = b"\x1bd3"
"""Feed to the cutter and cut partially."""
_ALIGN = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
_BAND_ROWS = 24
_KIND = {"EAN13": 51, "CODE128": 54}
_MAX_QR_SIZE = 8


class StarWriter:
    """A PageWriter; see there for its calls."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._body = bytearray()

    def style(self, style: Style) -> None:
        """Write what changes the look of what follows."""
        self._body += b"\x1b\x1da" + bytes((_ALIGN[style.align],))
        self._body += b"\x1bE" if style.bold else b"\x1bF"
        high, wide = style.double or style.tall, style.double
        self._body += b"\x1bi" + bytes((high, wide))

    def text(self, data: bytes) -> None:
        """Write characters of the code page."""
        self._body += data

    def run(self, dots: Dots) -> None:
        """Write a picture within the line: ESC X, three bytes a column."""
        self._body += b"\x1bX" + _word(dots.width) + disarmed(dots.columns(3), STAR_TRIGGER)

    def end_line(self, lines: int = 1) -> None:
        """Write line feeds."""
        self._body += b"\n" * lines

    def image(self, dots: Dots) -> None:
        """Write a picture in bands of 24 rows that touch one another."""
        self._body += b"\x1b0"
        for band in dots.bands(_BAND_ROWS):
            rows = band.rows.ljust(_BAND_ROWS * band.row_bytes, b"\x00")
            self._body += b"\x1bk" + _word(band.row_bytes) + disarmed(rows, STAR_TRIGGER) + b"\n"
        self._body += b"\x1bz1"

    def qr(self, data: bytes, size: int) -> bool:
        """Write ESC GS y: model 2, level M, size, data, print."""
        if not self._profile.native_qr:
            return False
        order = b"\x1b\x1dy"
        self._body += order + b"S0\x02" + order + b"S1\x01"
        self._body += order + b"S2" + bytes((min(size, _MAX_QR_SIZE),))
        self._body += order + b"D1\x00" + _word(len(data)) + data + order + b"P"
        return True

    def barcode(self, item: PrintBarcode, module: int) -> bool:
        """Write ESC b with its text below; False when the paper is too narrow."""
        if not self._profile.native_barcodes or not module:
            return False
        data = item.data.replace("%", "%0").encode("ascii")
        head = bytes((_KIND[item.symbology], 50, 47 + module, BARCODE_DOTS))
        self._body += b"\x1bb" + head + data + b"\x1e"
        return True

    def finish(self) -> tuple[bytes, bytes, bytes]:
        """Return the bytes of the phases begin, body and cut."""
        page = b"\x1b\x1dt" + bytes((self._profile.code_page,))
        return INITIALISE + AUTO_STATUS_ON + page, bytes(self._body), CUT


def _word(value: int) -> bytes:
    return value.to_bytes(2, "little")
