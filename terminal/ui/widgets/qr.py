"""A QR code, drawn from its modules."""

from __future__ import annotations

from pathlib import Path

import segno
from kivy.graphics.texture import Texture
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.widget import Widget

QUIET_ZONE = 4
"""Light modules around the symbol (ISO/IEC 18004, section 6.3.8)."""


class QRCode(Widget):
    """Always dark on white, whatever the palette: phones and scanners want it so."""

    data = StringProperty("")
    texture = ObjectProperty(None, allownone=True)

    def on_data(self, _: object, data: str) -> None:
        self.texture = _texture(data) if data else None


def _texture(data: str) -> Texture:
    matrix = segno.make_qr(data, error="m").matrix
    side = len(matrix) + 2 * QUIET_ZONE
    pixels = bytearray(b"\xff" * side * side)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                pixels[(y + QUIET_ZONE) * side + x + QUIET_ZONE] = 0
    texture = Texture.create(size=(side, side), colorfmt="luminance")
    texture.blit_buffer(bytes(pixels), colorfmt="luminance", bufferfmt="ubyte")
    texture.mag_filter = "nearest"
    texture.min_filter = "nearest"
    texture.flip_vertical()
    return texture


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
