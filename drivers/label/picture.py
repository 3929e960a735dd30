"""Draw what a label printer prints: 8 dots a millimetre, black on white."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFont

from drivers.label.print_engine import Element

MAX_SIDE = 4000
"""Dots drawn in each direction, half a metre: the rest of a larger label is left out."""
MAX_BAR_HEIGHT = 2000
MAX_FONT = 600
MAX_DRAWN_TEXT = 300
_PAPER, _INK = 255, 0
_FONT = "DejaVuSansCondensed-Bold.ttf"
_INVOCATIONS = {">0": ">", ">=": "~", "><": "^", ">8": "\xf1"}


def png(label: Mapping[str, Any]) -> bytes:
    """Return the picture of a label as a PNG file."""
    file = BytesIO()
    draw(label).save(file, "PNG")
    return file.getvalue()


def draw(label: Mapping[str, Any]) -> Image.Image:
    """Return a greyscale picture of a label."""
    size = (min(label["width"], MAX_SIDE), min(label["length"], MAX_SIDE))
    paper = Image.new("L", size, _PAPER)
    for element in label["elements"]:
        ink = _drawn(element)
        if ink is None:
            continue
        place = (element["left"], _top(element, ink))
        if element["reverse"]:
            there = Image.new("L", size, _PAPER)
            there.paste(ink, place)
            paper = ImageChops.invert(ImageChops.difference(paper, there))
        else:
            mask = Image.new("L", ink.size, _PAPER) if element.get("white") else ink
            paper.paste(_PAPER if element.get("white") else _INK, place, ImageChops.invert(mask))
    return paper


def _top(element: Element, ink: Image.Image) -> int:
    if element.get("baseline"):
        return int(element["top"]) - ink.height * 3 // 4
    return int(element["top"])


def _drawn(element: Element) -> Image.Image | None:
    match element["kind"]:
        case "text":
            return _text(element)
        case "box":
            return _box(element)
        case "barcode":
            return _barcode(element)
        case "qr":
            return _qr(element)
    return _image(element)


def _blank(width: int, height: int) -> Image.Image:
    return Image.new("L", (max(1, min(width, MAX_SIDE)), max(1, min(height, MAX_SIDE))), _PAPER)


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_FONT, size)
    except OSError:  # this machine has no DejaVu; Pillow brings a font of its own
        return ImageFont.load_default(size)


def _line(text: str, height: int, char_width: int) -> Image.Image:
    """Draw one line; a width unlike the height squeezes or stretches it."""
    height = min(height, MAX_FONT)
    font = _font(max(4, height * 4 // 5))
    wide = round(font.getlength(text[:MAX_DRAWN_TEXT])) + 2
    line = _blank(wide, height)
    ImageDraw.Draw(line).text((0, 0), text[:MAX_DRAWN_TEXT], fill=_INK, font=font)
    stretched = min(MAX_SIDE, wide * min(char_width, MAX_FONT) // max(1, height))
    return line if stretched == wide else line.resize((max(1, stretched), height))


def _text(element: Element) -> Image.Image:
    height, char_width = int(element["height"]), int(element["char_width"])
    if "block" not in element:
        return _line(element["text"], height, char_width)
    width, most, justify = element["block"]
    lines = re.split(r"\\&", element["text"])[: min(most, 50)]
    block = _blank(width, height * len(lines))
    for number, text in enumerate(lines):
        line = _line(text, height, char_width)
        room = max(0, width - line.width)
        left = {"R": room, "C": room // 2}.get(justify, 0)
        block.paste(line, (left, number * height))
    return block


def _box(element: Element) -> Image.Image:
    box = _blank(element["width"], element["height"])
    thick = min(element["thick"], MAX_SIDE)
    ImageDraw.Draw(box).rectangle((0, 0, box.width - 1, box.height - 1), outline=_INK, width=thick)
    return box


def _qr(element: Element) -> Image.Image:
    segno = import_module("segno")
    try:
        code = segno.make(element["data"], error=element["level"], micro=False, boost_error=False)
    except ValueError:  # too much, or nothing: a real printer prints nothing
        return _blank(1, 1)
    rows = [list(row) for row in code.matrix_iter(border=0)]
    picture = _blank(len(rows), len(rows))
    picture.putdata([_INK if cell else _PAPER for row in rows for cell in row])
    side = min(MAX_SIDE, len(rows) * int(element["module"]))
    return picture.resize((side, side), Image.Resampling.NEAREST)


def _barcode(element: Element) -> Image.Image:
    """Draw the bars with python-barcode, which python-escpos brings along."""
    module = import_module("barcode")
    kind, data = element["symbology"], element["data"]
    if kind == "code128":
        data = re.sub(r">.", lambda pair: _INVOCATIONS.get(pair[0], ""), data)
    try:
        symbol = module.get_barcode_class(kind)(data)
        bars = symbol.build()[0]
    except (module.errors.BarcodeError, KeyError, ValueError, IndexError):
        return _blank(1, 1)  # a real printer prints nothing
    high, wide = min(int(element["height"]), MAX_BAR_HEIGHT), int(element["module"])
    picture = _blank(wide * len(bars), high + 26)
    pen = ImageDraw.Draw(picture)
    for place, bar in enumerate(bars):
        if bar != "0":
            pen.rectangle((wide * place, 0, wide * place + wide - 1, high - 1), fill=_INK)
    if element["readable"]:
        label = _line(symbol.get_fullcode(), 24, 24)
        picture.paste(label, (max(0, (picture.width - label.width) // 2), high + 2))
    return picture


def _image(element: Element) -> Image.Image:
    row_bytes = int(element["row_bytes"])
    data = bytes.fromhex(element["data"][: len(element["data"]) // 2 * 2])
    rows = min(len(data) // row_bytes, MAX_SIDE)
    if rows == 0:
        return _blank(1, 1)
    raster = Image.frombytes("1", (8 * row_bytes, rows), data[: rows * row_bytes], "raw", "1;I")
    return raster.convert("L")
