"""Labels as ZPL II (Zebra, *ZPL Programming Guide* P1099958): the encoder.

Every field's data stands behind ``^FH``: bytes that a printer could take for a command (``^``,
``~``, the indicator itself) or that are not ASCII are sent as ``_`` and two hexadecimal digits, so
that no article name can ever inject one.  ``^CI28`` makes the bytes UTF-8.
"""

from __future__ import annotations

import unicodedata

from drivers.errors import LocalProtocolError
from drivers.label.base import (
    MAX_COPIES,
    MAX_FIELDS,
    MAX_QR,
    MAX_TEXT,
    QR,
    Align,
    Barcode,
    Field,
    Label,
    Rule,
    Text,
)

MAX_DOTS = 32_000
"""Largest coordinate and size of ZPL."""
_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b"^~_")
_JUSTIFIED = {Align.LEFT: "L", Align.RIGHT: "R", Align.CENTER: "C"}
_CODE128 = {">": ">0", "^": "><", "~": ">="}
"""``>`` begins an invocation in a Code 128 field (``^BC``); these three have one of their own."""


def encode(label: Label, copies: int = 1) -> bytes:
    """Return the ZPL of ``copies`` of a label.

    Raises:
        LocalProtocolError: a number is out of its range, or a code cannot be that barcode.
    """
    if not 1 <= copies <= MAX_COPIES:
        raise LocalProtocolError(f"1 to {MAX_COPIES} labels at a time, not {copies}")
    if len(label.fields) > MAX_FIELDS:
        raise LocalProtocolError(f"a label holds at most {MAX_FIELDS} fields")
    parts = [
        f"^XA^CI28^LH0,0^PW{_dots(label.width)}^LL{_dots(label.height)}",
        *(_field(field) for field in label.fields),
        f"^PQ{copies},0,0,N^XZ\n",
    ]
    return "".join(parts).encode("ascii")


def field_data(text: str) -> str:
    """Return the ``^FH^FD ... ^FS`` of any text; control characters become spaces."""
    readable = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in text)
    escaped = "".join(
        chr(byte) if byte in _PLAIN else f"_{byte:02X}" for byte in readable.encode("utf-8")
    )
    return f"^FH_^FD{escaped}^FS"


def check_digit(digits: str) -> str:
    """Return the GS1 check digit that follows ``digits`` (GS1 General Specifications, 7.9)."""
    total = sum(int(one) * (3 if place % 2 == 0 else 1) for place, one in enumerate(digits[::-1]))
    return str(-total % 10)


def _field(field: Field) -> str:
    origin = f"^FO{_dots(field.left)},{_dots(field.top)}"
    match field:
        case Text():
            return origin + _text(field)
        case Barcode():
            return origin + _barcode(field)
        case QR():
            if not 1 <= field.module <= 10:
                raise LocalProtocolError("modules of a QR code have 1 to 10 dots")
            if not 1 <= len(field.data) <= MAX_QR:
                raise LocalProtocolError(f"a QR code holds 1 to {MAX_QR} characters")
            return f"{origin}^BQN,2,{field.module}{field_data('MA,' + field.data)}"
        case Rule():
            width, height = _dots(field.width), _dots(field.height)
            thick = min(width, height)
            return f"{origin}^GB{width},{height},{thick},B,0^FS"


def _text(field: Text) -> str:
    text = field.text[:MAX_TEXT]
    height = _dots(field.height)
    font = f"^A0N,{height},{height * 3 // 4 if field.narrow else height}"
    if field.align is Align.LEFT:
        return font + field_data(text)
    # In a block a backslash begins a command of its own (line feed, hyphen).
    block = f"^FB{_dots(field.width)},1,0,{_JUSTIFIED[field.align]},0"
    return font + block + field_data(text.replace("\\", "/"))


def _barcode(field: Barcode) -> str:
    if not 1 <= field.module <= 10:
        raise LocalProtocolError("bars have 1 to 10 dots")
    height = _dots(field.height)
    sized = f"^BY{field.module},3,{height}"
    match field.kind:
        case "ean13":
            return f"{sized}^BEN,{height},Y,N{field_data(_checked(field.data, 13)[:-1])}"
        case "ean8":
            return f"{sized}^B8N,{height},Y,N{field_data(_checked(field.data, 8)[:-1])}"
        case "code128":
            if not 1 <= len(field.data) <= 48 or not all(" " <= one <= "~" for one in field.data):
                raise LocalProtocolError("Code 128 holds 1 to 48 ASCII characters here")
            data = "".join(_CODE128.get(one, one) for one in field.data)
            return f"{sized}^BCN,{height},Y,N,N,N{field_data(data)}"
    raise LocalProtocolError(f"no barcode is called {field.kind!r}")


def _checked(digits: str, length: int) -> str:
    if len(digits) != length or not (digits.isascii() and digits.isdigit()):
        raise LocalProtocolError(f"{digits[:20]!r} is not {length} digits")
    if check_digit(digits[:-1]) != digits[-1]:
        raise LocalProtocolError(f"{digits}: the check digit is wrong")
    return digits


def _dots(value: int) -> int:
    if not 0 <= value <= MAX_DOTS:
        raise LocalProtocolError(f"{value} dots are out of range")
    return value
