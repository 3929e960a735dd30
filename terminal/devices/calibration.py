"""The calibration code of keyboard scanners, as a picture and as paper.

Code 128 for scanners that read bars only, QR for those that read screens.  The picture is as wide
as 80 mm paper has dots (576): it can be printed at its size, or shown on any screen.
"""

from __future__ import annotations

from importlib import import_module
from io import BytesIO

import segno
from PIL import Image, ImageDraw, ImageFont

from drivers.scanner.layouts import CALIBRATION, LAYOUTS

WIDTH = 576
"""Dots; a multiple of eight."""
_BAR_DOTS, _BAR_HIGH, _QR_DOTS, _MARGIN, _LINE = 2, 120, 8, 24, 32
_TEXT_DOTS = 20
_INITIALISE, _RASTER, _FEED_AND_CUT = b"\x1b@", b"\x1dv0\0", b"\x1dVB\0"


def picture() -> Image.Image:
    """Return the code in black and white, with what it says in letters."""
    parts = (_bars(), _label(CALIBRATION), _qr(), _label(" · ".join(LAYOUTS)))
    height = sum(part.height + _MARGIN for part in parts) + _MARGIN
    sheet = Image.new("1", (WIDTH, height), 1)
    top = _MARGIN
    for part in parts:
        sheet.paste(part, ((WIDTH - part.width) // 2, top))
        top += part.height + _MARGIN
    return sheet


def png() -> bytes:
    """Return the picture as a PNG file of 203 dots an inch."""
    file = BytesIO()
    picture().save(file, "PNG", dpi=(203, 203))
    return file.getvalue()


def escpos() -> bytes:
    """Return the picture as a job for a receipt printer (GS v 0: one bit a dot, 1 is black)."""
    sheet = picture()
    row_bytes = sheet.width // 8
    dots = bytes(byte ^ 0xFF for byte in sheet.tobytes())
    size = row_bytes.to_bytes(2, "little") + sheet.height.to_bytes(2, "little")
    return _INITIALISE + _RASTER + size + dots + _FEED_AND_CUT


def _bars() -> Image.Image:
    barcode = import_module("barcode")  # python-escpos brings it along
    modules = barcode.get_barcode_class("code128")(CALIBRATION).build()[0]
    bars = Image.new("1", (len(modules) * _BAR_DOTS, _BAR_HIGH), 1)
    pen = ImageDraw.Draw(bars)
    for place, module in enumerate(modules):
        if module == "1":
            left = place * _BAR_DOTS
            pen.rectangle((left, 0, left + _BAR_DOTS - 1, _BAR_HIGH - 1), fill=0)
    return bars


def _qr() -> Image.Image:
    matrix = segno.make_qr(CALIBRATION, error="m").matrix
    code = Image.new("1", (len(matrix), len(matrix)), 1)
    code.putdata([not cell for row in matrix for cell in row])
    side = len(matrix) * _QR_DOTS
    return code.resize((side, side), Image.Resampling.NEAREST)


def _label(text: str) -> Image.Image:
    label = Image.new("1", (WIDTH, _LINE), 1)
    font = ImageFont.load_default(_TEXT_DOTS)
    ImageDraw.Draw(label).text((WIDTH // 2, _LINE // 2), text, fill=0, font=font, anchor="mm")
    return label
