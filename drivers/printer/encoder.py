"""From a laid-out page to ESC/POS bytes.

python-escpos builds the bytes and sends nothing.  Its automatic choice of code pages is off: it
keeps an idea of the page across a reset and then prints n-tilde for euro.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib import import_module
from typing import Any

from drivers.errors import LocalProtocolError
from drivers.printer.base import (
    Align,
    EncodedJob,
    PrintBarcode,
    PrintFeed,
    PrintItem,
    PrintLine,
    PrintQR,
)
from drivers.printer.commands import (
    CODE_PAGE_CP1252,
    FEED_AND_CUT,
    INITIALISE,
    NO_REAL_TIME_PULSE,
)

ENCODING = "cp1252"
PROFILE = "TM-T20II"
MAX_QR_BYTES = 1000
"""Keeps the length bytes of the QR command below every real-time code; a token has 100 bytes."""
MAX_BARCODE_CHARS = 30
MAX_FEED_LINES = 9
MAX_LINE_CHARS = 256
_TRANSLITERATION = str.maketrans(
    {
        "\u202f": " ",
        "\u2009": " ",
        "\u2212": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u2192": ">",
        "\u2190": "<",
        "\u2713": "v",
        "\u0141": "L",
        "\u0142": "l",
        "\u1e9e": "SS",
        "\u20a3": "F",
        "\u0110": "D",
        "\u0111": "d",
        "\u0131": "i",
        "\u2033": '"',
        "\u2032": "'",
        "\ufeff": "",
    }
)


def encode(items: tuple[PrintItem, ...]) -> EncodedJob:
    """Turn a page into the bytes of a job. Raises LocalProtocolError on data no code can hold."""
    builder = _builder()
    style = None
    for item in items:
        wanted = _style(item)
        if wanted != style:
            _set(builder, wanted)
            style = wanted
        _add(builder, item)
    return EncodedJob(
        begin=INITIALISE + NO_REAL_TIME_PULSE + CODE_PAGE_CP1252,
        body=bytes(builder.output),
        cut=FEED_AND_CUT,
    )


def printable(text: str) -> str:
    """Return ``text`` as the paper can show it: without control codes, and within CP1252.

    A character that CP1252 lacks becomes its likeness (a c with caron becomes c), else ``?``.
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(map(_in_page, composed.translate(_TRANSLITERATION)))


@lru_cache(maxsize=4096)
def _in_page(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return ""
    if _has(character):
        return character
    plain = "".join(
        part
        for part in unicodedata.normalize("NFKD", character)
        if not unicodedata.combining(part) and _has(part)
    )
    return plain or ("" if unicodedata.combining(character) else "?")


def _has(character: str) -> bool:
    return character.isprintable() and character.encode(ENCODING, "ignore") != b""


def _builder() -> Any:
    """Import python-escpos when the first job comes: it costs a quarter of a second."""
    return import_module("escpos.printer").Dummy(
        profile=PROFILE, magic_encode_args={"disabled": True, "encoding": "CP1252"}
    )


_Style = tuple[Align, bool, bool]


def _style(item: PrintItem) -> _Style:
    if isinstance(item, PrintLine):
        return item.align, item.bold, item.double
    return (Align.LEFT if isinstance(item, PrintFeed) else Align.CENTER), False, False


def _set(builder: Any, style: _Style) -> None:
    align, bold, double = style
    if double:
        builder.set(align=align.value, bold=bold, double_width=True, double_height=True)
    else:
        builder.set(align=align.value, bold=bold, normal_textsize=True)


def _add(builder: Any, item: PrintItem) -> None:
    match item:
        case PrintLine():
            builder.text(printable(item.text)[:MAX_LINE_CHARS] + "\n")
        case PrintFeed():
            builder.text("\n" * max(0, min(item.lines, MAX_FEED_LINES)))
        case PrintQR():
            content = "".join(c for c in item.data if c.isprintable())
            if not 0 < len(content.encode()) <= MAX_QR_BYTES:
                raise LocalProtocolError(f"a QR code holds 1 to {MAX_QR_BYTES} bytes here")
            builder.qr(content, size=max(1, min(item.size, 16)), native=True)
        case PrintBarcode():
            _add_barcode(builder, item)


def _add_barcode(builder: Any, item: PrintBarcode) -> None:
    data = item.data
    if item.symbology == "EAN13":
        if not (data.isascii() and data.isdigit() and len(data) in (12, 13)):
            raise LocalProtocolError("EAN-13 has 13 digits")
    elif item.symbology != "CODE128":
        raise LocalProtocolError(f"symbology {item.symbology!r} is neither EAN13 nor CODE128")
    elif not 0 < len(data) <= MAX_BARCODE_CHARS or not all(" " <= c <= "~" for c in data):
        raise LocalProtocolError(f"CODE128 holds 1 to {MAX_BARCODE_CHARS} ASCII characters here")
    else:
        data = "{B" + data.replace("{", "{{")
    # The public method prints a remark on standard output, which belongs to the console.
    builder._hw_barcode(  # noqa: SLF001
        data, item.symbology, function_type="B", align_ct=False, check=False
    )
