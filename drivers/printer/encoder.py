"""From a laid-out page to a printer's bytes, by its profile.

Text goes out in the one code page that the job sets; a run of characters that the page lacks goes
out as dots in the same cells, so that columns stand and the rest of the line stays text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from drivers.errors import LocalProtocolError
from drivers.printer.base import (
    Align,
    EncodedJob,
    PrintBarcode,
    PrintFeed,
    PrintImage,
    PrintItem,
    PrintLine,
    PrintQR,
)
from drivers.printer.dots import Dots
from drivers.printer.escpos_writer import EscposWriter
from drivers.printer.glyphs import cells, drawable, run_dots
from drivers.printer.page_writer import PageWriter, Style, drawn_barcode, module_width
from drivers.printer.profiles import DEFAULT, Language, Profile, profile_of
from drivers.printer.star_writer import StarWriter
from drivers.printer.symbols import CannotDraw, qr_dots

MAX_QR_BYTES = 1000
"""Keeps the length bytes of the QR command below every real-time code; a token has 100 bytes."""
MAX_DRAWN_QR_BYTES = 2000
"""A longer code than the command takes is drawn; in digits it is 105 modules wide at most here."""
MAX_QR_MODULE = 16
LARGE_QR_BYTES = 60
"""From here on a code is measured before it is printed: it may be too wide for the paper."""
MAX_BARCODE_CHARS = 30
MAX_FEED_LINES = 9
MAX_LINE_CHARS = 256
MAX_IMAGE_ROWS = 2000
"""25 cm of paper."""
_SAME = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2212": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\ufeff": "",
    }
)
"""Signs that differ from one of the page by nothing that can be seen on paper."""
_LIKE = str.maketrans(
    {"\u0141": "L", "\u0142": "l", "\u1e9e": "SS", "\u0110": "D", "\u0111": "d", "\u0131": "i"}
)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

Run = tuple[bytes, tuple[str, ...]]
"""Either bytes of the code page, or clusters to be drawn."""


def encode(items: tuple[PrintItem, ...], profile: Profile | None = None) -> EncodedJob:
    """Turn a page into the bytes of a job. Raises LocalProtocolError on data no code can hold."""
    profile = profile or profile_of(DEFAULT)
    star = profile.language is Language.STAR_LINE
    writer: PageWriter = StarWriter(profile) if star else EscposWriter(profile)
    style = None
    for item in items:
        wanted = _style(item)
        if wanted != style:
            writer.style(wanted)
            style = wanted
        _add(writer, item, profile)
    return EncodedJob(*writer.finish())


def printable(text: str, encoding: str = "cp1252") -> str:
    """Return ``text`` as the paper shows it: composed, without control codes.

    What neither the code page nor the face has becomes its likeness, else ``?``.
    """
    shown = []
    for data, drawn in runs(text, encoding):
        shown.append(data.decode(encoding) if data else "".join(drawn))
    return "".join(shown)


def runs(text: str, encoding: str = "cp1252") -> list[Run]:
    """Cut a text into runs of the code page and runs to be drawn."""
    found: list[Run] = []
    for cluster in _clusters(text):
        data, drawn = _written(cluster, encoding)
        if not data and not drawn:
            continue
        if found and bool(found[-1][0]) == bool(data):
            found[-1] = (found[-1][0] + data, found[-1][1] + drawn)
        else:
            found.append((data, drawn))
    return found


def _clusters(text: str) -> Iterator[str]:
    """Yield characters, each with the combining marks that follow it."""
    composed = unicodedata.normalize("NFC", text).translate(_SAME)
    cluster = ""
    for character in composed:
        if unicodedata.category(character) in _INVISIBLE:
            continue
        if cluster and unicodedata.category(character).startswith("M"):
            cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


@lru_cache(maxsize=4096)
def _written(cluster: str, encoding: str) -> Run:
    data = _bytes(cluster, encoding)
    if data:
        return data, ()
    if unicodedata.category(cluster[0]).startswith("M"):
        return b"", ()  # a mark on nothing
    if drawable(cluster):
        return b"", (cluster,)
    plain = unicodedata.normalize("NFKD", cluster.translate(_LIKE))
    like = b"".join(_bytes(part, encoding) for part in plain if not unicodedata.combining(part))
    return like or b"?" * cells(cluster), ()


def _bytes(text: str, encoding: str) -> bytes:
    """Return the bytes of a text that the code page has as a whole, else none."""
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return b""
    return data if text.isprintable() and min(data, default=0) >= 0x20 else b""


def _style(item: PrintItem) -> Style:
    if isinstance(item, PrintLine):
        return Style(item.align, item.bold, item.double, item.tall)
    return Style(Align.LEFT if isinstance(item, PrintFeed) else Align.CENTER)


def _add(writer: PageWriter, item: PrintItem, profile: Profile) -> None:
    match item:
        case PrintLine():
            _add_line(writer, item, profile)
        case PrintFeed():
            writer.end_line(max(0, min(item.lines, MAX_FEED_LINES)))
        case PrintQR():
            _add_qr(writer, item, profile)
        case PrintBarcode():
            _add_barcode(writer, item, profile)
        case PrintImage():
            writer.image(_on_paper(Dots(item.width, item.rows), profile.dots))


def _add_line(writer: PageWriter, item: PrintLine, profile: Profile) -> None:
    for data, drawn in runs(item.text[:MAX_LINE_CHARS], profile.encoding):
        if data:
            writer.text(data)
        else:
            writer.run(run_dots(drawn, bold=item.bold, wide=item.double))
    writer.end_line()


def _add_qr(writer: PageWriter, item: PrintQR, profile: Profile) -> None:
    content = "".join(c for c in item.data if c.isprintable())
    data = content.encode()
    if not 0 < len(data) <= MAX_DRAWN_QR_BYTES:
        raise LocalProtocolError(f"a QR code holds 1 to {MAX_DRAWN_QR_BYTES} bytes here")
    size = max(1, min(item.size, MAX_QR_MODULE))
    if len(data) >= LARGE_QR_BYTES or not profile.native_qr:
        size = min(size, max(1, profile.dots // qr_dots(content, 1).width))
    if len(data) > MAX_QR_BYTES or not writer.qr(data, size):
        writer.image(qr_dots(content, size))


def _add_barcode(writer: PageWriter, item: PrintBarcode, profile: Profile) -> None:
    data = item.data
    if item.symbology == "EAN13":
        if not (data.isascii() and data.isdigit() and len(data) in (12, 13)):
            raise LocalProtocolError("EAN-13 has 13 digits")
    elif item.symbology != "CODE128":
        raise LocalProtocolError(f"symbology {item.symbology!r} is neither EAN13 nor CODE128")
    elif not 0 < len(data) <= MAX_BARCODE_CHARS or not all(" " <= c <= "~" for c in data):
        raise LocalProtocolError(f"CODE128 holds 1 to {MAX_BARCODE_CHARS} ASCII characters here")
    if writer.barcode(item, module_width(item.symbology, data, profile.dots)):
        return
    try:
        writer.image(_on_paper(drawn_barcode(item, profile.dots), profile.dots))
    except CannotDraw as error:
        raise LocalProtocolError(str(error)) from error
    writer.text(data.encode("ascii"))
    writer.end_line()


def _on_paper(dots: Dots, paper_dots: int) -> Dots:
    """Return a picture without what would fall beside the paper."""
    if dots.width == 0 or dots.row_bytes * dots.height != len(dots.rows):
        raise LocalProtocolError("a picture has whole rows of at least one dot")
    rows = dots.rows[: dots.row_bytes * MAX_IMAGE_ROWS]
    if dots.width <= paper_dots:
        return Dots(dots.width, rows)
    room = paper_dots // 8
    kept = (rows[at : at + room] for at in range(0, len(rows), dots.row_bytes))
    return Dots(8 * room, b"".join(kept))
