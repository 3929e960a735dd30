"""Bar codes and QR codes as dots: drawn by the simulator, and sent by printers that know none."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from drivers.printer.dots import Dots, from_bits

_CLASSES = {
    "EAN13": "ean13",
    "EAN8": "ean8",
    "UPC-A": "upca",
    "CODE39": "code39",
    "CODE128": "code128",
    "GS1-128": "gs1_128",
    "ITF": "itf",
    "CODABAR": "codabar",
}
"""Symbology -> class of python-barcode, which python-escpos brings along."""
_PARITY = ("EEEOOO", "EEOEOO", "EEOOEO", "EEOOOE", "EOEEOO", "EOOEEO", "EOOOEE", "EOEOEO",
           "EOEOOE", "EOOEOE")  # fmt: skip
_ODD = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011",
        "0110111", "0001011")  # fmt: skip
QR_QUIET_MODULES = 4
"""The white border that readers ask for (ISO/IEC 18004)."""


class CannotDraw(ValueError):
    """No such symbology, or the data does not fit it."""


@lru_cache(maxsize=256)
def bars(symbology: str, data: str) -> str:
    """Return a bar code as modules, ``1`` black. Raises CannotDraw."""
    if symbology == "UPC-E":
        return _upc_e(data)
    name = _CLASSES.get(symbology)
    if name is None:
        raise CannotDraw(f"{symbology} is not drawn")
    module = import_module("barcode")
    options = {"add_checksum": False} if name == "code39" else {}
    try:
        code = module.get_barcode_class(name)(data, **options)
        drawn = code.build()
    except (module.errors.BarcodeError, KeyError, ValueError, IndexError) as error:
        raise CannotDraw(f"{symbology} cannot hold {data!r}") from error
    return str(drawn[0])


def _upc_e(data: str) -> str:
    """UPC-E with number system 0 (GS1 General Specifications 5.2.2.4)."""
    digits = data if data.isascii() and data.isdigit() else ""
    if len(digits) in (11, 12):
        digits = _short_of(digits)
    if len(digits) not in (6, 7, 8):
        raise CannotDraw(f"UPC-E cannot hold {data!r}")
    body = digits[-6:] if len(digits) == 6 else digits[1:7]
    pattern = _PARITY[int(_check_digit("0" + _long_of(body)))]
    drawn = "".join(
        _ODD[int(digit)] if parity == "O" else _even(int(digit))
        for digit, parity in zip(body, pattern, strict=True)
    )
    return "101" + drawn + "010101"


def _even(digit: int) -> str:
    return "".join("10"[int(bit)] for bit in _ODD[digit])[::-1]


def _long_of(body: str) -> str:
    """Return the ten digits that six stand for."""
    last = body[5]
    if last in "012":
        return body[:2] + last + "0000" + body[2:5]
    if last == "3":
        return body[:3] + "00000" + body[3:5]
    if last == "4":
        return body[:4] + "00000" + body[4]
    return body[:5] + "0000" + last


def _short_of(digits: str) -> str:
    """Return the six digits of a UPC-A code that has zeros to leave out."""
    maker, item = digits[1:6], digits[6:11]
    if maker[2:] in ("000", "100", "200") and item[:2] == "00":
        return maker[:2] + item[2:] + maker[2]
    if maker[3:] == "00" and item[:3] == "000":
        return maker[:3] + item[3:] + "3"
    if maker[4:] == "0" and item[:4] == "0000":
        return maker[:4] + item[4] + "4"
    if item[:4] == "0000" and item[4] in "56789":
        return maker + item[4]
    raise CannotDraw(f"{digits} has no short form")


def _check_digit(digits: str) -> str:
    weighted = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(digits))
    return str(-weighted % 10)


def bar_dots(symbology: str, data: str, module: int, height: int) -> Dots:
    """Return a bar code as dots: ``module`` dots a bar, so high. Raises CannotDraw."""
    row = [bar == "1" for bar in bars(symbology, data) for _ in range(module)]
    line = from_bits([row])
    return Dots(line.width, line.rows * height)


@lru_cache(maxsize=64)
def qr_dots(data: str, module: int, level: str = "M", quiet: int = QR_QUIET_MODULES) -> Dots:
    """Return a QR code as dots with its quiet zone. Raises CannotDraw when it holds too much."""
    segno = import_module("segno")
    try:
        code = segno.make(data, error=level, micro=False, boost_error=False)
    except (ValueError, LookupError) as error:
        raise CannotDraw("a QR code cannot hold so much") from error
    rows = [[bool(cell) for cell in row] for row in code.matrix_iter(border=quiet)]
    return from_bits(rows).stretched(module, module)
