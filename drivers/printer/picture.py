"""Draw the simulated printer's paper as a picture: 8 dots a millimetre, white strip, black ink."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from drivers.printer.paper import LINE_DOTS, Element

CELL_WIDTH = 12
MARGIN = 32
FONT_SIZE = 20
MAX_SCALE = 8
"""ESC/POS enlarges characters eight times at most."""
MAX_HEIGHT = 20_000
"""Dots drawn at most, two and a half metres: what comes after is left out."""
_FONTS = {False: "DejaVuSansMono.ttf", True: "DejaVuSansMono-Bold.ttf"}
_PAPER, _INK, _CUT = 255, 24, 160


def draw(elements: Iterable[Element], *, dots: int = 576, torn: bool = True) -> Image.Image:
    """Return a greyscale picture of a piece of paper; ``torn`` draws the cutter's edges."""
    strips = [_strip(element, dots) for element in elements]
    height = min(MAX_HEIGHT, sum(strip.height for strip in strips) + 2 * MARGIN)
    paper = Image.new("L", (dots + 2 * MARGIN, height), _PAPER)
    top = MARGIN
    for strip in strips:
        paper.paste(strip, (MARGIN, top))
        top += strip.height
    if torn:
        pen = ImageDraw.Draw(paper)
        for left in range(0, paper.width, 12):
            pen.line((left, 0, left + 5, 0), fill=_CUT)
            pen.line((left, height - 1, left + 5, height - 1), fill=_CUT)
    return paper


def png(elements: Iterable[Element]) -> bytes:
    """Return the picture as a PNG file."""
    file = BytesIO()
    draw(elements).save(file, "PNG")
    return file.getvalue()


def _strip(element: Element, dots: int) -> Image.Image:
    match element["kind"]:
        case "line":
            return _line(element, dots)
        case "qr":
            return _aligned(_qr(element), element["align"], dots)
        case "barcode":
            return _aligned(_barcode(element), element["align"], dots)
        case "image":
            return _aligned(_image(element), element["align"], dots)
    return _blank(dots, int(element.get("dots", LINE_DOTS)))


def _blank(width: int, height: int) -> Image.Image:
    return Image.new("L", (width, max(1, height)), _PAPER)


def _aligned(picture: Image.Image, align: str, dots: int) -> Image.Image:
    strip = _blank(dots, picture.height)
    room = dots - picture.width
    left = {"left": 0, "center": room // 2, "right": room}[align]
    strip.paste(picture, (left, 0))
    return strip


def _line(element: Element, dots: int) -> Image.Image:
    spans = [
        _span(span["text"], span["bold"], span["width"], span["height"])
        for span in element["spans"]
    ]
    height = max(span.height for span in spans)
    line = _blank(sum(span.width for span in spans), height)
    left = 0
    for span in spans:
        line.paste(span, (left, height - span.height))
        left += span.width
    return _aligned(line, element["align"], dots)


def _span(text: str, bold: bool, width: int, height: int) -> Image.Image:
    """Draw each character in its own cell: the columns stand whatever the font."""
    scale = min(width, height, MAX_SCALE)
    cells = _blank(CELL_WIDTH * scale * len(text), LINE_DOTS * scale)
    pen = ImageDraw.Draw(cells)
    for column, character in enumerate(text):
        place = (CELL_WIDTH * scale * column, 3 * scale)
        pen.text(place, character, fill=_INK, font=_font(bold, scale))
    if width == height == scale:
        return cells
    return cells.resize((CELL_WIDTH * width * len(text), LINE_DOTS * height))


@lru_cache(maxsize=2 * MAX_SCALE)
def _font(bold: bool, scale: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_FONTS[bold], FONT_SIZE * scale)
    except OSError:  # this machine has no DejaVu; Pillow brings a font of its own
        return ImageFont.load_default(FONT_SIZE * scale)


def _qr(element: Element) -> Image.Image:
    segno = import_module("segno")
    code = segno.make(element["data"], error=element["level"], micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=2)]
    picture = _blank(len(rows), len(rows))
    picture.putdata([_PAPER if not cell else _INK for row in rows for cell in row])
    side = len(rows) * int(element["size"])
    return picture.resize((side, side), Image.Resampling.NEAREST)


def _barcode(element: Element) -> Image.Image:
    """Draw the bars with python-barcode, which python-escpos brings along."""
    names = {"EAN13": "ean13", "CODE128": "code128"}
    name = names.get(element["symbology"])
    if name is None:
        return _span(f"[{element['symbology']} {element['data']}]", False, 1, 1)
    module = import_module("barcode")
    try:
        bars = module.get_barcode_class(name)(element["data"]).build()[0]
    except module.errors.BarcodeError:
        return _span(f"[{element['data']}]", False, 1, 1)  # a real printer prints nothing
    high = int(element["height"])
    picture = _blank(3 * len(bars), high + LINE_DOTS)
    pen = ImageDraw.Draw(picture)
    for place, bar in enumerate(bars):
        if bar == "1":
            pen.rectangle((3 * place, 0, 3 * place + 2, high - 1), fill=_INK)
    label = _span(element["data"], False, 1, 1)
    picture.paste(label, (max(0, (picture.width - label.width) // 2), high))
    return picture


def _image(element: Element) -> Image.Image:
    width, rows = 8 * int(element["row_bytes"]), int(element["rows"])
    if width == 0 or rows == 0:
        return _blank(1, 1)
    raster = Image.frombytes("1", (width, rows), base64.b64decode(element["data"]), "raw", "1;I")
    return raster.convert("L")
