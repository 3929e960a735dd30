"""The picture that stands on the screen from the first second: the name, on black, in one strip.

The first file system has no program that could draw, so there is a strip for each width that
screens of tills have, as the bytes of a frame buffer (blue, green, red, unused): it is copied.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from image.recipe import PROJECT

WIDTHS = (800, 1024, 1080, 1280, 1366, 1920)
ROWS = 160
NAME = "Reprise"
_FONT = PROJECT / "terminal" / "ui" / "fonts" / "RepriseFigures-SemiBold.ttf"
_INK, _ACCENT = (255, 255, 255), (11, 95, 255)


def strip(width: int) -> bytes:
    """Return the strip for a screen ``width`` pixels wide: ``ROWS`` rows of 4 bytes a pixel."""
    picture = Image.new("RGB", (width, ROWS))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(_FONT), 72)
    middle = width // 2
    draw.text((middle, 64), NAME, fill=_INK, font=font, anchor="mm")
    draw.rounded_rectangle((middle - 48, 128, middle + 48, 135), radius=4, fill=_ACCENT)
    return picture.tobytes("raw", "BGRX")


def write(folder: Path) -> None:
    """Write the strips into ``folder``, as the first file system looks for them."""
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        (folder / f"splash-{width}.xrgb").write_bytes(strip(width))
