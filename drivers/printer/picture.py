"""Draw the simulated printer's paper as a picture: 8 dots a millimetre, white strip, black ink."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFont

from drivers.printer.dots import Dots
from drivers.printer.paper import CELL_DOTS, FONT_DOTS, LINE_DOTS, Element, span_width
from drivers.printer.symbols import CannotDraw, bar_dots, qr_dots

MARGIN = 32
FONT_SIZE = 20
FOOT_DOTS = 4
"""From the foot of a character's cell, where dots within the line end, to that of the line."""
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


def png(elements: Iterable[Element], *, dots: int = 576) -> bytes:
    """Return the picture as a PNG file."""
    file = BytesIO()
    draw(elements, dots=dots).save(file, "PNG")
    return file.getvalue()


def _strip(element: Element, dots: int) -> Image.Image:
    match element["kind"]:
        case "line":
            return _line(element, dots)
        case "page":
            return _page(element, dots)
        case "feed":
            return _blank(dots, int(element["dots"]))
    return _aligned(_block(element), element["align"], dots)


def _block(element: Element) -> Image.Image:
    """Draw what stands on lines of its own, as wide as it is."""
    match element["kind"]:
        case "qr":
            return _qr(element)
        case "barcode":
            return _barcode(element)
        case "image":
            picture = _dots(element)
            return picture.resize(
                (picture.width * element.get("sx", 1), picture.height * element.get("sy", 1)),
                Image.Resampling.NEAREST,
            )
    return _label(f"[{element['symbology']} {element['data']}]")


def _blank(width: int, height: int) -> Image.Image:
    return Image.new("L", (max(1, width), max(1, height)), _PAPER)


def _aligned(picture: Image.Image, align: str, dots: int) -> Image.Image:
    strip = _blank(dots, picture.height)
    room = dots - picture.width
    left = {"left": 0, "center": room // 2, "right": room}[align]
    strip.paste(picture, (left, 0))
    return strip


# --- lines of text ---


def _line(element: Element, dots: int) -> Image.Image:
    content = _spans(element["spans"], int(element.get("pitch", 0)))
    line = _aligned(content, element["align"], dots - int(element.get("margin", 0)))
    if element.get("margin"):
        wider = _blank(dots, line.height)
        wider.paste(line, (int(element["margin"]), 0))
        line = wider
    return line.rotate(180) if element.get("upside_down") else line


def _spans(spans: list[Mapping[str, Any]], pitch: int) -> Image.Image:
    """Draw the pieces of a line beside one another, on one foot."""
    drawn = [(span_width(span), _span(span)) for span in spans]
    height = max([pitch, *(picture.height for _, picture in drawn if picture is not None)])
    width, left = 0, 0
    for advance, _ in drawn:
        left += advance
        width = max(width, left)
    line = _blank(width, height)
    left = 0
    written = any("text" in span for span in spans)
    for span, (advance, picture) in zip(spans, drawn, strict=True):
        if picture is not None:
            foot = FOOT_DOTS if written and "rows" in span else 0
            place = (left, max(0, height - picture.height - foot))
            box = (*place, left + picture.width, place[1] + picture.height)
            line.paste(ImageChops.darker(line.crop(box), picture), place)
        left += advance
    return line


def _span(span: Mapping[str, Any]) -> Image.Image | None:
    if "skip" in span:
        return None
    return _dots(span) if "rows" in span else _characters(span)


def _characters(span: Mapping[str, Any]) -> Image.Image:
    """Draw each character in its own cell: the columns stand whatever the font."""
    text = "".join(character if character.isprintable() else " " for character in span["text"])
    width, height = span["width"], span["height"]
    cell = FONT_DOTS[span.get("font", "A")] + span.get("gap", 0)
    scale = min(width, height, MAX_SCALE)
    cells = _blank(cell * scale * len(text), LINE_DOTS * scale)
    pen = ImageDraw.Draw(cells)
    size = FONT_SIZE * cell // CELL_DOTS if span.get("font", "A") != "A" else FONT_SIZE
    for column, character in enumerate(text):
        place = (cell * scale * column, 3 * scale)
        if span.get("turned"):
            one = _blank(cell * scale, LINE_DOTS * scale)
            ImageDraw.Draw(one).text(
                (0, 3 * scale), character, fill=_INK, font=_font(span["bold"], size * scale)
            )
            cells.paste(one.rotate(-90), (cell * scale * column, 0))
        else:
            pen.text(place, character, fill=_INK, font=_font(span["bold"], size * scale))
    if span.get("underline"):
        pen.line((0, 27 * scale, cells.width, 27 * scale), fill=_INK, width=scale)
    if span.get("inverse"):
        cells = ImageChops.invert(cells)
    if width == height == scale:
        return cells
    return cells.resize((cell * width * len(text), LINE_DOTS * height))


def _label(text: str) -> Image.Image:
    return _characters({"text": text, "bold": False, "width": 1, "height": 1})


@lru_cache(maxsize=4 * MAX_SCALE)
def _font(bold: bool, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_FONTS[bold], size)
    except OSError:  # this machine has no DejaVu; Pillow brings a font of its own
        return ImageFont.load_default(size)


# --- page mode ---


def _page(element: Element, dots: int) -> Image.Image:
    page = _blank(dots, int(element["rows"]))
    for area in element["areas"]:
        turn = int(area["turn"])
        width, height = int(area["width"]), min(int(area["height"]), page.height)
        across, down = (height, width) if turn % 2 else (width, height)
        canvas = _blank(across, down)
        for item in area["items"]:
            piece = _strip(item["element"], across)
            place = (int(item["x"]), int(item["y"]))
            box = (*place, place[0] + piece.width, place[1] + piece.height)
            canvas.paste(ImageChops.darker(canvas.crop(box), piece), place)
        turned = canvas.rotate(90 * turn, expand=True)
        place = (int(area["x"]), int(area["y"]))
        box = (*place, place[0] + turned.width, place[1] + turned.height)
        page.paste(ImageChops.darker(page.crop(box), turned), place)
    return page


# --- codes and pictures ---


def _qr(element: Element) -> Image.Image:
    try:
        code = qr_dots(element["data"], int(element["size"]), element["level"])
    except CannotDraw:
        return _label("[QR]")
    return _picture(code)


def _barcode(element: Element) -> Image.Image:
    """Draw the bars, and what they say above or below when that is asked for."""
    module = max(2, int(element.get("width", 3)))
    try:
        code = bar_dots(element["symbology"], element["data"], module, int(element["height"]))
    except CannotDraw:
        return _label(f"[{element['symbology']} {element['data']}]")
    quiet = 10 * module
    hri = element.get("hri", "below")
    top = LINE_DOTS if hri in ("above", "both") else 0
    picture = _blank(code.width + 2 * quiet, code.height + top + LINE_DOTS)
    picture.paste(_picture(code), (quiet, top))
    label = _label(element["data"])
    middle = max(0, (picture.width - label.width) // 2)
    if top:
        picture.paste(label, (middle, 0))
    if hri in ("below", "both"):
        picture.paste(label, (middle, top + code.height))
    return picture


def _picture(dots: Dots) -> Image.Image:
    if not dots.height:
        return _blank(1, 1)
    raster = Image.frombytes("1", (dots.row_bytes * 8, dots.height), dots.rows, "raw", "1;I")
    return raster.convert("L").crop((0, 0, dots.width, dots.height))


def _dots(element: Mapping[str, Any]) -> Image.Image:
    rows = base64.b64decode(element["data"])
    return _picture(Dots(int(element.get("dots", 8 * element["row_bytes"])), rows))
