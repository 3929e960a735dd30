"""A document as a PDF that looks like a receipt: a strip 80 mm wide, as long as what is on it.

The blocks are those of the paper (RCP-25); here they are set in a proportional face, with vector
bars and QR codes that a scanner reads from a phone's screen.  The same document gives the same
bytes: no clock, no random identifier.  ``large`` doubles everything, page included, for readers
with low vision: letters of about 6 mm line height on a page as wide as two strips.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from drivers.printer.symbols import QR_QUIET_MODULES, bars, qr_dots
from terminal.core.blocks import QR, Align, Banner, Barcode, Block, Row, Rule, Spacer, Table, Text
from terminal.core.layout import clean
from terminal.core.numbering import grouped, is_digits
from terminal.services.pdf import typefaces
from terminal.services.pdf.typefaces import BOLD, REGULAR, width, wrap

MM = 72 / 25.4
STRIP = 80 * MM
MARGIN = 6 * MM
ROOM = STRIP - 2 * MARGIN
LONGEST_PAGE = 14_000.0
"""Points: PDF readers take pages of up to 200 inches (ISO 32000-1, annex C); more is a new page."""
LARGE = 2.0
_SIZE, _SMALL, _NAME, _BIG = 8.5, 7.5, 12.0, 15.0
_LEADING = 1.38
_INDENT = 4.0
_GAP = 6.0
_MIDDLE = 46.0
"""Points from the right edge to the column of figures that explain an amount."""
_INK, _SOFT, _LINE, _GROUND = (
    HexColor(colour) for colour in ("#14213d", "#4a5875", "#c3cbdb", "#f1f4fa")
)
_BAR_HEIGHT = 14 * MM
_LARGEST_BAR = 0.42 * MM
_QR_SIDE = 42 * MM
_LARGEST_QR_MODULE = 1.0 * MM
_LOGO_SIDE = (44 * MM, 22 * MM)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file says about itself."""

    title: str
    author: str
    language: str
    made: str
    """When, as ``YYYYMMDDhhmmss``; the file never says when it was drawn."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something as high as ``height``, drawn by ``draw(canvas, top)``."""

    height: float
    draw: Any


@dataclass(slots=True)
class _Strip:
    """Places blocks below one another."""

    pieces: list[_Piece] = field(default_factory=list)
    titled: bool = False
    """The first centred bold line is the shop's name; it is set larger."""

    def add(self, height: float, draw: Any) -> None:
        self.pieces.append(_Piece(height, draw))


def pdf(
    blocks: tuple[Block, ...], facts: Facts, *, logo: bytes = b"", large: bool = False
) -> bytes:
    """Return a document as a PDF file.

    ``logo`` is a PNG file; it stands at the head, at most 44 by 22 mm.
    """
    typefaces.register()
    strip = _Strip()
    if logo:
        _logo(strip, logo)
    for block in blocks:
        _place(strip, block)
    scale = LARGE if large else 1.0
    file = io.BytesIO()
    canvas = Canvas(
        file, pagesize=(STRIP, STRIP), invariant=1, pageCompression=1, initialFontName=REGULAR
    )
    canvas.setDateFormatter(lambda *_drawn: f"D:{facts.made}")
    canvas.setTitle(facts.title)
    canvas.setAuthor(facts.author)
    canvas.setSubject("")
    canvas.setCreator("Reprise")
    canvas.setCatalogEntry("Lang", facts.language)
    for page in _pages(strip.pieces, LONGEST_PAGE / scale - 2 * MARGIN):
        height = sum(piece.height for piece in page) + 2 * MARGIN
        canvas.setPageSize((STRIP * scale, height * scale))
        canvas.scale(scale, scale)
        top = height - MARGIN
        for piece in page:
            piece.draw(canvas, top)
            top -= piece.height
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _pages(pieces: list[_Piece], longest: float) -> Iterator[list[_Piece]]:
    page: list[_Piece] = []
    used = 0.0
    for piece in pieces:
        if page and used + piece.height > longest:
            yield page
            page, used = [], 0.0
        page.append(piece)
        used += piece.height
    yield page


def _place(strip: _Strip, block: Block) -> None:
    match block:
        case Text():
            _text(strip, block)
        case Banner():
            _banner(strip, block)
        case Row():
            _row(strip, block)
        case Table():
            _table(strip, block)
        case Rule():
            strip.add(_GAP, _rule)
        case Spacer():
            strip.add(_GAP * block.lines, _nothing)
        case Barcode():
            _barcode(strip, block)
        case QR():
            _qr(strip, block)


# --- text -----------------------------------------------------------------------------------------


def _write(
    canvas: Any, text: str, font: str, size: float, *, x: float, top: float, ink: Any = _INK
) -> None:
    """Write one line; ``top`` is where its leading begins."""
    canvas.setFillColor(ink)
    at = x
    baseline = top - size * (_LEADING + 0.72) / 2
    for face, part in typefaces.runs(text, font):
        canvas.setFont(face, size)
        canvas.drawString(at, baseline, part)
        at += width(part, font, size)


def _left(strip: _Strip, text: str, font: str, size: float, *, x: float, ink: Any = _INK) -> None:
    def draw(canvas: Any, top: float) -> None:
        _write(canvas, text, font, size, x=x, top=top, ink=ink)

    strip.add(size * _LEADING, draw)


def _text(strip: _Strip, block: Text) -> None:
    font, size, ink = (BOLD if block.bold else REGULAR), _SIZE, _INK
    centred = block.align is Align.CENTER
    if centred and block.bold and not strip.titled:
        strip.titled, size = True, _NAME
    elif centred and not block.bold:
        size, ink = _SMALL + 0.5, _SOFT
    for line in wrap(clean(block.text), font, size, ROOM):
        x = MARGIN + (ROOM - width(line, font, size)) / 2 if centred else MARGIN
        _left(strip, line, font, size, x=x, ink=ink)
    _under(strip, block.under, MARGIN + _INDENT, centred=centred)


def _under(strip: _Strip, text: str, indent: float, *, centred: bool = False) -> None:
    """The same in another language: smaller, softer, beneath."""
    if not text:
        return
    for line in wrap(clean(text), REGULAR, _SMALL, STRIP - MARGIN - indent):
        x = (STRIP - width(line, REGULAR, _SMALL)) / 2 if centred else indent
        _left(strip, line, REGULAR, _SMALL, x=x, ink=_SOFT)


def _banner(strip: _Strip, block: Banner) -> None:
    """A word nobody must miss, in a frame."""
    size = _BIG - 3
    lines = wrap(clean(block.text), BOLD, size, ROOM - 12)
    height = len(lines) * size * _LEADING + 8

    def draw(canvas: Any, top: float) -> None:
        canvas.setStrokeColor(_INK)
        canvas.setFillColor(_GROUND)
        canvas.setLineWidth(1.1)
        canvas.roundRect(MARGIN + 0.6, top - height + 2, ROOM - 1.2, height - 4, 4, fill=1)
        at = top - 4
        for line in lines:
            x = MARGIN + (ROOM - width(line, BOLD, size)) / 2
            _write(canvas, line, BOLD, size, x=x, top=at)
            at -= size * _LEADING

    strip.add(height, draw)
    _under(strip, block.under, MARGIN, centred=True)


def _row(strip: _Strip, block: Row) -> None:
    """The label at the left, figures at the right edge, beside its last line when both fit."""
    bold = block.bold or block.double
    font, size = (BOLD if bold else REGULAR), (_BIG if block.double else _SIZE)
    right, label = clean(block.right), clean(block.label)
    indent = MARGIN + (_INDENT if block.indent else 0.0)
    figures = width(right, font, size)
    if block.double and width(label, font, size) + figures + _GAP > ROOM:
        size = _NAME
        figures = width(right, font, size)
    middle = clean(block.middle)
    taken = figures
    if middle:
        taken = max(_MIDDLE, figures + _GAP) + width(middle, font, size)
    ink = _SOFT if block.indent and not bold and not right else _INK
    room = STRIP - MARGIN - indent
    beside = room - taken - (_GAP if taken else 0)
    if beside >= room / 4:
        *above, last = wrap(label, font, size, beside)
    else:
        above, last = list(wrap(label, font, size, room)), ""
    for line in above:
        _left(strip, line, font, size, x=indent, ink=ink)
    if figures > room:
        for line in (last, *wrap(f"{middle} {right}", font, size, room)):
            _left(strip, line, font, size, x=indent, ink=ink)
        return
    edge = STRIP - MARGIN
    between = edge - max(_MIDDLE, figures + _GAP) - width(middle, font, size)

    def draw(canvas: Any, top: float) -> None:
        write = partial(_write, canvas, font=font, size=size, top=top)
        write(last, x=indent, ink=ink)
        if middle:
            write(middle, x=max(indent, between), ink=_SOFT)
        write(right, x=edge - figures)

    strip.add(size * _LEADING, draw)
    _under(strip, block.under, indent + _INDENT)


def _table(strip: _Strip, block: Table) -> None:
    """Columns as wide as their widest cell, spread over the paper; the first rows head them."""
    if not block.rows:
        return
    rows = [tuple(clean(cell) for cell in row) for row in block.rows]
    size = _SMALL + 0.5
    widths = [max(width(c, REGULAR, size) for c in column) for column in zip(*rows, strict=True)]
    spare = ROOM - sum(widths)
    if spare < 2.0 * (len(widths) - 1):
        for row in rows:
            for line in wrap("  ".join(row), REGULAR, size, ROOM):
                x = STRIP - MARGIN - width(line, REGULAR, size)
                _left(strip, line, REGULAR, size, x=x)
        return
    gap = spare / max(1, len(widths) - 1)
    edges = [MARGIN + sum(widths[: i + 1]) + gap * i for i in range(len(widths))]
    for number, row in enumerate(rows):
        strip.add(size * _LEADING, partial(_cells, row, edges, size, heads=number < block.heads))


def _cells(
    row: tuple[str, ...], edges: list[float], size: float, canvas: Any, top: float, *, heads: bool
) -> None:
    for i, (cell, edge) in enumerate(zip(row, edges, strict=True)):
        x = edge - width(cell, REGULAR, size) if i else MARGIN
        _write(canvas, cell, REGULAR, size, x=x, top=top, ink=_SOFT if heads else _INK)


def _rule(canvas: Any, top: float) -> None:
    canvas.setStrokeColor(_LINE)
    canvas.setLineWidth(0.8)
    canvas.line(MARGIN, top - _GAP / 2, STRIP - MARGIN, top - _GAP / 2)


def _nothing(_canvas: Any, _top: float) -> None:
    """A spacer has only its height."""


# --- symbols and picture --------------------------------------------------------------------------


def _barcode(strip: _Strip, block: Barcode) -> None:
    """CODE128 as rectangles, and below it what a person can type."""
    shown = grouped(block.data) if is_digits(block.data) else block.data
    modules = bars("CODE128", block.data)
    module = min(ROOM / len(modules), _LARGEST_BAR)
    left = (STRIP - module * len(modules)) / 2

    def draw(canvas: Any, top: float) -> None:
        _fill(canvas, modules, (left, top - 3 - _BAR_HEIGHT), module, _BAR_HEIGHT)

    strip.add(_BAR_HEIGHT + 5, draw)
    if not block.caption:
        return
    for line in wrap(shown, REGULAR, _SMALL, ROOM):
        _left(strip, line, REGULAR, _SMALL, x=(STRIP - width(line, REGULAR, _SMALL)) / 2)


def _qr(strip: _Strip, block: QR) -> None:
    dots = qr_dots(block.data, 1)
    side = dots.height
    module = min(_QR_SIDE / (side - 2 * QR_QUIET_MODULES), _LARGEST_QR_MODULE)
    lines = ["".join("01"[dots.black(x, y)] for x in range(side)) for y in range(side)]
    left = (STRIP - module * side) / 2

    def draw(canvas: Any, top: float) -> None:
        for number, line in enumerate(lines, start=1):
            _fill(canvas, line, (left, top - module * number), module, module)

    strip.add(module * side, draw)


def _fill(canvas: Any, modules: str, at: tuple[float, float], module: float, height: float) -> None:
    """Fill each run of ``1`` as one rectangle, so that no seam shows between two modules."""
    left, bottom = at
    canvas.setFillColor(_INK)
    path = canvas.beginPath()
    place = 0
    for run in modules.replace("10", "1 0").replace("01", "0 1").split():
        if run[0] == "1":
            path.rect(left + place * module, bottom, len(run) * module, height)
        place += len(run)
    canvas.drawPath(path, stroke=0, fill=1)


def _logo(strip: _Strip, png: bytes) -> None:
    picture = ImageReader(io.BytesIO(png))
    wide, high = picture.getSize()
    scale = min(_LOGO_SIDE[0] / wide, _LOGO_SIDE[1] / high)
    wide, high = wide * scale, high * scale

    def draw(canvas: Any, top: float) -> None:
        canvas.drawImage(picture, (STRIP - wide) / 2, top - high, wide, high, mask="auto")

    strip.add(high + _GAP, draw)
